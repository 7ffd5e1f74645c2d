/* claim.c - see claim.h */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "claim.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { DEADLINE = 60, MAX_CHILDREN = 512 };
enum { FIRST_KEY = 0x73760000, KEY_PAIRS = 0x8000, USERS_PAIRS = 64 };

static bool failed;
static pid_t parent;                /* of children[]: the process that called claimFork() */
static pid_t children[MAX_CHILDREN];

static void
endChildren(void)
{
    if (getpid() != parent)         /* a forked child inherits this handler */
        return;
    for (int i = 0; i < MAX_CHILDREN; i++) {
        if (children[i] != 0) {
            kill(children[i], SIGKILL);
            while (waitpid(children[i], NULL, 0) == -1 && errno == EINTR)
                continue;
            children[i] = 0;
        }
    }
}

static void
tooLate(int sig)
{
    static const char text[] = "not over after 60 seconds\n";

    (void) sig;
    if (write(STDOUT_FILENO, text, sizeof(text) - 1) == -1)
        errno = 0;
    endChildren();
    removeOwned();
    _exit(failed ? CLAIM_FAILS : CLAIM_COULD_NOT_RUN);
}

/* Has a child that ended so, by exit() or a signal, been kept from its part? By a full disk, or a reader that is gone. */
static bool
gaveUp(bool exited, int value)
{
    return exited ? value == CLAIM_COULD_NOT_RUN : value == SIGPIPE;
}

/* Nothing that a child gave up will come: who sleeps until it does would sleep on to the deadline. */
static void
childEnded(int sig)
{
    static const char text[] = "ERROR: a child could not go on\n";
    int savedErrno = errno;
    siginfo_t end;

    (void) sig;
    for (int i = 0; i < MAX_CHILDREN; i++) {
        end.si_pid = 0;
        if (children[i] == 0 || waitid(P_PID, (id_t) children[i], &end, WEXITED | WNOHANG | WNOWAIT) == -1
                || end.si_pid == 0 || !gaveUp(end.si_code == CLD_EXITED, end.si_status))
            continue;
        if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
            errno = 0;
        endChildren();
        removeOwned();
        _exit(CLAIM_COULD_NOT_RUN);
    }
    errno = savedErrno;
}

void
claimStart(void)
{
    struct sigaction sa = { .sa_handler = childEnded, .sa_flags = SA_RESTART | SA_NOCLDSTOP };

    errExitStatus = CLAIM_COULD_NOT_RUN;
    if (atexit(endChildren) != 0)
        fatal("atexit");
    sigemptyset(&sa.sa_mask);
    if (signal(SIGALRM, tooLate) == SIG_ERR || sigaction(SIGCHLD, &sa, NULL) == -1)
        errExit("signal");
    alarm(DEADLINE);
}

pid_t
claimFork(void)
{
    sigset_t ends, before;
    pid_t pid;
    int slot = 0;

    while (slot < MAX_CHILDREN && children[slot] != 0)
        slot++;
    if (slot == MAX_CHILDREN)
        fatal("more than %d children", MAX_CHILDREN);
    parent = getpid();
    endUsers = endChildren;
    fflush(NULL);
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);          /* it may end before it is in the list */
    sigprocmask(SIG_BLOCK, &ends, &before);
    pid = fork();
    if (pid == -1)
        errExit("fork");
    if (pid != 0)
        children[slot] = pid;
    else
        memset(children, 0, sizeof(children));
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid != 0)
        return pid;
    if (signal(SIGALRM, SIG_DFL) == SIG_ERR)
        err_exit("signal");
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        err_exit("prctl(PR_SET_PDEATHSIG)");
#endif
    if (getppid() != parent)        /* it died before the line above */
        _exit(CLAIM_COULD_NOT_RUN);
    return 0;
}

int
claimReap(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            errExit("waitpid(%ld)", (long) pid);
    for (int i = 0; i < MAX_CHILDREN; i++)
        if (children[i] == pid)
            children[i] = 0;
    if (gaveUp(WIFEXITED(status), WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)))
        fatal("a child could not go on");
    return status;
}

const char *
howEnded(int status)
{
    static char text[64];

    if (WIFEXITED(status))
        snprintf(text, sizeof(text), "exited with %d", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGKILL)
        snprintf(text, sizeof(text), "was killed by SIGKILL");
    else
        snprintf(text, sizeof(text), "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return text;
}

static void
await(int semid, int semnum, int cmd, int n)
{
    int now;

    while ((now = semctl(semid, semnum, cmd)) != n) {
        if (now == -1)
            errExit("semctl(%d)", semid);
        sched_yield();
    }
}

void
awaitNcnt(int semid, int semnum, int n)
{
    await(semid, semnum, GETNCNT, n);
}

void
awaitZcnt(int semid, int semnum, int n)
{
    await(semid, semnum, GETZCNT, n);
}

void
awaitVal(int semid, int semnum, int n)
{
    await(semid, semnum, GETVAL, n);
}

key_t
claimKey(void)
{
    for (unsigned i = 0; i < KEY_PAIRS; i++) {
        key_t key = (key_t) (FIRST_KEY + 2 * ((geteuid() * USERS_PAIRS + i) % KEY_PAIRS));
        int kept = OWN_SET(semget(key, 1, IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR));

        if (kept == -1 && errno != EEXIST)
            errExit("semget(0x%x)", (unsigned) key);
        if (kept == -1)
            continue;
        if (semget(key + 1, 0, 0) == -1 && errno == ENOENT) {
            ownKey(key + 1);
            return key + 1;
        }
        semctl(kept, 0, IPC_RMID);
        disownSet(kept);
    }
    fatal("every key from 0x%x to 0x%x is taken", FIRST_KEY, FIRST_KEY + 2 * KEY_PAIRS - 1);
}

bool
claimThat(bool holds, const char *format, ...)
{
    va_list ap;

    if (holds)
        return true;
    failed = true;
    fputs("not so: ", stdout);
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
    return false;
}

bool
claimStands(void)
{
    return !failed;
}

void
notShown(const char *format, ...)
{
    va_list ap;

    fputs("not shown here: ", stdout);
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    exit(CLAIM_NOT_SHOWN);
}

int
claimVerdict(void)
{
    puts(failed ? "the claim does not hold" : "the claim holds");
    endOutput();
    return failed ? CLAIM_FAILS : CLAIM_HOLDS;
}
