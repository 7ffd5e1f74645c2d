/* claim_twin.c - claimTwin() of claim.h: runs a bare body, watches it from outside, judges, cleans up. */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#else
#define __WALL 0
#endif

#include "claim.h"
#include "claim_order.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { MAX_FAMILY = 512 };
enum { NOT_SO = 100 };          /* what a body's process ends with if a claimThat() in it did not hold */

static pid_t watcher, body;     /* body: 0 when there is none */
static bool traced;             /* this process is a body, or its child, in a forced order */
static sigset_t watched;        /* what nextReport() waits for: blocked, so that it misses none */

/* ---- Looking at a process ---- */

/* The first `size` - 1 bytes of /proc/PID/`file`; "" if it may not be read or is gone. */
static void
readProc(pid_t pid, const char *file, char text[], size_t size)
{
    char path[64];
    size_t len = 0;
    FILE *fp;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long) pid, file);
    fp = fopen(path, "re");
    if (fp != NULL) {
        len = fread(text, 1, size - 1, fp);
        fclose(fp);
    }
    text[len] = '\0';
}

char
stateOf(pid_t pid)
{
    char text[512];
    const char *name;

    readProc(pid, "stat", text, sizeof(text));
    name = strrchr(text, ')');          /* a program's name may hold blanks and parentheses */
    return name != NULL ? name[2] : '\0';
}

long
switches(pid_t pid)
{
    char text[4096];
    const char *line = text;
    long sum = -1, count;

    readProc(pid, "status", text, sizeof(text));
    while ((line = strstr(line, "voluntary_ctxt_switches:")) != NULL)   /* also the end of "nonvoluntary_..." */
        if (sscanf(line++, "voluntary_ctxt_switches: %ld", &count) == 1)
            sum += count;
    return sum;
}

#ifdef __linux__

enum sleep
sleepIn(pid_t pid, struct blocked *b)
{
    char text[256];

    if (blockedIn(pid, b))
        return b->semid == -1 ? AWAKE : b->timed ? IN_TIMED_SEMOP : IN_SEMOP;
    readProc(pid, "syscall", text, sizeof(text));
    switch (atol(text)) {               /* "running" gives 0, which is not a wait anywhere */
    case SYS_wait4:
    case SYS_waitid:
        return stateOf(pid) == 'S' ? IN_WAIT : AWAKE;
    }
    return AWAKE;
}

#else

enum sleep
sleepIn(pid_t pid, struct blocked *b)
{
    (void) pid;
    (void) b;
    return AWAKE;
}

#endif

/* Adds the descendants of `pid` to list[], each before its own, in the order of their birth; returns the new `n`. */
static int
addDescendants(pid_t pid, pid_t list[], int n)
{
    char path[64];
    FILE *fp;
    long child;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long) pid, (long) pid);
    fp = fopen(path, "re");
    if (fp == NULL)
        return n;
    while (n < MAX_FAMILY && fscanf(fp, "%ld", &child) == 1) {
        list[n++] = (pid_t) child;
        n = addDescendants((pid_t) child, list, n);
    }
    fclose(fp);
    return n;
}

/* The body, its children and theirs; orphans too, for this process adopts them. */
static int
family(pid_t list[])
{
    return addDescendants(getpid(), list, 0);
}

/* ---- Stuck ---- */

/* Does every process of the body sleep until another of them wakes it? Each was seen asleep twice, and had not run
   between the two looks: so between the two rounds of looks all slept at once, none was born, and none can ever wake.
   A child that has just ended shows as such a little before its parent is woken, while the kernel holds a lock that
   waitid() takes: the parent is awake by the second look. */
static bool
allAsleep(void)
{
    static struct blocked b;
    pid_t list[MAX_FAMILY], again[MAX_FAMILY];
    long before[MAX_FAMILY];
    int n = family(list);
    siginfo_t news = { .si_pid = 0 };

    for (int look = 0; look < 2; look++) {
        if (family(again) != n || memcmp(list, again, (size_t) n * sizeof(list[0])) != 0)
            return false;
        if (waitid(P_ALL, 0, &news, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == -1 || news.si_pid != 0)
            return false;               /* one has ended or stopped, and we have not heard of it */
        for (int i = 0; i < n; i++) {
            enum sleep sleep = sleepIn(list[i], &b);

            if (sleep != IN_SEMOP && sleep != IN_WAIT && stateOf(list[i]) != 'Z')
                return false;
            if (look == 0)
                before[i] = switches(list[i]);
            else if (before[i] != switches(list[i]))
                return false;
        }
    }
    return n > 0;
}

static void
printValues(int semid)
{
    struct semid_ds ds = { .sem_nsems = 0 };
    union semun arg = { .buf = &ds };

    if (semctl(semid, 0, IPC_STAT, arg) == -1)
        return;
    for (int semnum = 0; semnum < (int) ds.sem_nsems; semnum++)
        printf("semaphore %d of %d: semval %d, semncnt %d, semzcnt %d\n", semnum, semid,
               semctl(semid, semnum, GETVAL), semctl(semid, semnum, GETNCNT), semctl(semid, semnum, GETZCNT));
}

/* Who sleeps on what, and the sets they sleep on. */
static void
report(void)
{
    static struct blocked b;
    pid_t list[MAX_FAMILY];
    int n = family(list), sets[MAX_FAMILY], nsets = 0, known;

    for (int i = 0; i < n; i++) {
        switch (sleepIn(list[i], &b)) {
        case IN_SEMOP:
        case IN_TIMED_SEMOP:
            printf("%ld sleeps in semop(%d): %s\n", (long) list[i], b.semid, formatOps(b.sops, b.nsops));
            for (known = 0; known < nsets && sets[known] != b.semid; known++)
                continue;
            if (known == nsets)
                sets[nsets++] = b.semid;
            break;
        case IN_WAIT:
            printf("%ld waits for a child to end\n", (long) list[i]);
            break;
        default:
            if (stateOf(list[i]) != 'Z')
                printf("%ld runs\n", (long) list[i]);
        }
    }
    for (int i = 0; i < nsets; i++)
        printValues(sets[i]);
    fflush(stdout);
}

/* ---- The end of the body ---- */

/* Lets go of the body if `status` says that it stopped, with the signal it stopped for. */
static void
letGo(int status)
{
#ifdef __linux__
    long sig = status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80) ? WSTOPSIG(status) : 0;

    if (WIFSTOPPED(status))
        ptrace(PTRACE_DETACH, body, NULL, sig);
#endif
}

static void
killOthers(int sig)
{
    pid_t list[MAX_FAMILY];
    int n = family(list);

    for (int i = 0; i < n; i++)
        if (list[i] != body)
            kill(list[i], sig);
}

/* Ends all that is left of the body. SIGTERM for the body itself: its handler removes its sets. The others are
   stopped before that, so that none of them sees a set vanish, and never go on. */
static void
endBody(void)
{
    pid_t pid;
    int status;

    if (getpid() != watcher)            /* a forked child inherits this exit handler */
        return;
    killOthers(SIGSTOP);
    if (body != 0) {
        kill(body, SIGTERM);
#ifdef __linux__
        ptrace(PTRACE_DETACH, body, NULL, (long) SIGTERM);  /* works if it is held, at a call or at that signal */
#endif
    }
    while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) != -1 || errno == EINTR) {
        if (pid == body && body != 0) {
            letGo(status);
            if (!WIFSTOPPED(status))
                body = 0;
        }
        killOthers(SIGKILL);
        sched_yield();
    }
}

static _Noreturn void
endBySignal(int sig)
{
    endBody();
    raise(sig);
    sigprocmask(SIG_UNBLOCK, &watched, NULL);
    exit(CLAIM_COULD_NOT_RUN);          /* a handler caught it and came back */
}

pid_t
nextReport(pid_t pid, int *status)
{
    static const struct timespec aLook = { .tv_nsec = 1000000 };
    pid_t who;
    int sig;

    while ((who = waitpid(pid, status, __WALL | WNOHANG)) == 0) {
        sig = sigtimedwait(&watched, NULL, &aLook);
        if (sig == -1)
            return 0;
        if (sig == SIGALRM) {
            puts("not over after 60 seconds");
            report();
            exit(CLAIM_COULD_NOT_RUN);
        }
        if (sig != SIGCHLD)
            endBySignal(sig);
    }
    if (who == -1)
        errExit("waitpid(%ld)", (long) pid);
    return who;
}

/* ---- The two ways to run it ---- */

#ifdef __SANITIZE_ADDRESS__
/* Asked by the leak checker before it looks: it needs ptrace() itself, and two cannot trace one process. */
int __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
    return traced;
}
#endif

/* Returns `held`. `note` stands behind the answer. */
static bool
judge(const struct claimTwin *twin, bool held, const char *note)
{
    printf("%s: %s%s\n", twin->property, held ? "yes" : "no", note);
    fflush(stdout);
    return held;
}

/* Blocks what nextReport() waits for, and remembers in *before what was blocked. A signal that is ignored stays so. */
static void
watchSignals(sigset_t *before)
{
    static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
    struct sigaction sa;

    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        errExit("signal(SIGCHLD)");
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGALRM);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
        if (sigaction(ending[i], NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
            sigaddset(&watched, ending[i]);
    if (sigprocmask(SIG_BLOCK, &watched, before) == -1)
        errExit("sigprocmask");
}

static _Noreturn void
runBody(const struct claimTwin *twin, const sigset_t *mask, const int held[2])
{
    char byte;
    int status;

#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
        err_exit("prctl(PR_SET_PDEATHSIG)");
#endif
    if (getppid() != watcher)           /* it died before the line above */
        _exit(CLAIM_COULD_NOT_RUN);
    if (signal(SIGALRM, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, mask, NULL) == -1)
        err_exit("sigprocmask");
    close(held[1]);
    while (read(held[0], &byte, 1) == -1 && errno == EINTR)
        continue;                       /* until the watcher has taken hold, and closes its end */
    close(held[0]);
    traced = twin->order != NULL;
    status = twin->body();
    exit(claimStands() ? status : NOT_SO);
}

static void
startBody(const struct claimTwin *twin)
{
    sigset_t before;
    int held[2];

    watchSignals(&before);
    if (pipe(held) == -1)
        errExit("pipe");
    fflush(NULL);
    body = fork();
    if (body == -1)
        errExit("fork");
    if (body == 0)
        runBody(twin, &before, held);
    close(held[0]);
    if (twin->order != NULL)
        takeHold(body);
    close(held[1]);
}

/* Until the body has ended: true, and its wait status in *status. False: it is stuck. */
static bool
watch(const char *order, int *status)
{
    pid_t who;

    if (order != NULL && !forceOrder(order, status))
        return true;
    for (;;) {
        who = nextReport(-1, status);
        if (who == 0) {
            if (allAsleep())
                return false;
        } else if (WIFSTOPPED(*status)) {
            goOn(who, *status);
        } else if (who == body) {
            return true;
        }
    }
}

static int
watchedRun(const struct claimTwin *twin)
{
    int status = 0;
    bool ended, held;

    claimStart();
    watcher = getpid();
    if (atexit(endBody) != 0)
        fatal("atexit");
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1L);
#endif
    startBody(twin);
    ended = watch(twin->order, &status);
    if (ended) {
        body = 0;
    } else {
        puts("stuck: each sleeps until another wakes it");
        report();
        claimThat(twin->holds || twin->mayHang, "it fails, but not by being stuck");
    }
    endBody();
    held = ended && status == 0;
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == NOT_SO) {
        puts("the claim does not hold");
        endOutput();
        return CLAIM_FAILS;
    }
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) > 1)
        return WEXITSTATUS(status);     /* it has said why */
    if (ended && !WIFEXITED(status)) {
        claimThat(false, "the body %s", howEnded(status));
    } else {
        if (held == twin->holds)
            checkOrder();
        claimThat(judge(twin, held, held || twin->holds ? "" : ", as claimed") == twin->holds, "%s", twin->property);
    }
    return claimVerdict();
}

/* --help, or a usage error, for a program that takes nothing but -r. */
static void
onlyMinusR(int argc, char *argv[])
{
    const char *name = strrchr(argv[0], '/');
    char operands[256];

    snprintf(operands, sizeof(operands), "[-r]\n"
             "  -r  the bare lesson alone: no order forced, nobody watches; a wrong one may hang\n"
             "      (exit status 0 only if the property held)\n"
             "Example: ./%s -r", name != NULL ? name + 1 : argv[0]);
    helpIfAsked(argc, argv, operands);
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "-r") != 0))
        misuse(argv, operands);
}

int
claimTwin(int argc, char *argv[], const struct claimTwin *twin)
{
    bool held;

    if (!twin->ownArguments)
        onlyMinusR(argc, argv);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-r") == 0) {
            errExitStatus = CLAIM_COULD_NOT_RUN;
            held = twin->body() == 0;
            return judge(twin, held, "") && claimStands() ? 0 : 1;
        }
    }
    return watchedRun(twin);
}
