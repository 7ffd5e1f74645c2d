/* teeth.c - loaded before libc, makes calls wrong in the way that TEETH in the environment names.

   A claim about a call must fail when that call is wrong: tests/stress/teeth. With "fail-N" the
   N-th of the calls below fails, whichever process of the program makes it, and the call's name is
   written into the file that TEETH_FIRED names: nothing may stay behind then (leaks.bats). A call
   that removes something never fails: what is left would be our doing. With "gone-N" the set is
   removed just before that call, as another process may at any time; a call on no set fails. With
   "stop-N" all processes are stopped before that call, and with "late" a signal comes 20 ms after
   kill(): the kernel may do both, and no program may say "not so" then (twins.bats).
   With "no-room" and "no-sets" every semget() fails, by ENOSPC and ENOSYS. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool traced;
static int polled = -1; /* what was read last: to read it again is no new call */
static struct {
    atomic_flag taken; /* by whoever looks at the rest */
    int calls;
    pid_t failing; /* whose call it was that failed */
} * shared;        /* by all processes that fork() makes */

static bool
mode(const char *name)
{
    const char *teeth = getenv("TEETH");

    return teeth != NULL && strcmp(teeth, name) == 0;
}

/* Looked for before main(): dlsym() has a lock, and these are called in signal handlers, too. */
static struct {
    const char *name;
    void *function;
} known[] = { { "alarm", NULL },          { "fork", NULL },       { "kill", NULL },
              { "mmap", NULL },           { "open", NULL },       { "pipe", NULL },
              { "pthread_create", NULL }, { "read", NULL },       { "semctl", NULL },
              { "semget", NULL },         { "semtimedop", NULL }, { "shmat", NULL },
              { "shmget", NULL },         { "waitpid", NULL },    { "write", NULL } };

static void *
next(const char *name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0 && known[i].function != NULL)
            return known[i].function;
    return dlsym(RTLD_NEXT, name); /* before prepare() */
}

__attribute__((constructor)) static void
prepare(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    int tracer;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        traced = traced || (sscanf(line, "TracerPid: %d", &tracer) == 1 && tracer != 0);
    if (status != NULL)
        fclose(status);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        known[i].function = dlsym(RTLD_NEXT, known[i].name);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Returns twice, as fork() does, and true in a process that is no child of ours. */
static bool
inAnother(void)
{
    pid_t (*reallyFork)(void), (*reallyWait)(pid_t, int *, int), child;

    *(void **) &reallyFork = next("fork");
    *(void **) &reallyWait = next("waitpid");
    child = reallyFork();
    if (child == 0) {
        if (reallyFork() == 0)
            return true;
        _exit(0);
    }
    reallyWait(child, NULL, 0);
    return false;
}

/* Or else a child that is being made would get the SIGSTOP, and not the SIGCONT. */
static bool
areStopped(pid_t group)
{
    bool all = true;
    glob_t found;

    if (glob("/proc/[0-9]*/stat", GLOB_NOSORT, NULL, &found) != 0)
        return true;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *fp = fopen(found.gl_pathv[i], "r");
        char line[512] = "", state;
        int its;

        if (fp == NULL)
            continue;
        if (fgets(line, sizeof(line), fp) != NULL && strrchr(line, ')') != NULL &&
            sscanf(strrchr(line, ')'), ") %c %*d %d", &state, &its) == 2)
            all = all && (its != group || strchr("TtZX", state) != NULL);
        fclose(fp);
    }
    globfree(&found);
    return all;
}

/* Ctrl-Z and fg, for the whole process group. */
static void
stopAndGoOn(void)
{
    pid_t group = getpgrp();

    if (!inAnother())
        return;
    setpgid(0, 0);
    syscall(SYS_kill, -group, SIGSTOP);
    for (int i = 0; i < 2000 && !areStopped(group); i++)
        usleep(1000); /* one that waits in vfork() never is */
    syscall(SYS_kill, -group, SIGCONT);
    _exit(0);
}

/* As if the kernel were slow to deliver it. */
static void
killLate(pid_t pid, int sig)
{
    if (!inAnother())
        return;
    usleep(20000);
    syscall(SYS_kill, pid, sig);
    _exit(0);
}

/* With no signal in between: its handler may make calls that are counted, or end the process. */
static sigset_t before;

static void
take(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    while (atomic_flag_test_and_set(&shared->taken))
        sched_yield();
}

static void
give(void)
{
    atomic_flag_clear(&shared->taken);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Counts a call. Is it the `nth`? */
static bool
isTurn(int nth, bool toFail)
{
    bool turn;

    polled = -1;
    take();
    turn = ++shared->calls == nth;
    if (turn && toFail)
        shared->failing = getpid();
    give();
    return turn;
}

static void
removeSet(int semid)
{
    int (*really)(int, int, int, ...);

    *(void **) &really = next("semctl");
    really(semid, 0, IPC_RMID);
}

/* Is it this call's turn to fail? `semid` is -1 where it is not on a set. */
static bool
failsOn(int semid, const char *name, int error)
{
    const char *teeth = getenv("TEETH"), *fired = getenv("TEETH_FIRED");
    int (*really)(const char *, int, ...), fd;
    bool stop, gone;

    if (teeth == NULL)
        return false;
    stop = strncmp(teeth, "stop-", 5) == 0;
    gone = strncmp(teeth, "gone-", 5) == 0;
    if ((!stop && !gone && strncmp(teeth, "fail-", 5) != 0) || !isTurn(atoi(teeth + 5), !stop))
        return false;
    *(void **) &really = next("open");
    if (fired != NULL && (fd = really(fired, O_CREAT | O_WRONLY, 0600)) != -1) {
        dprintf(fd, "%s\n", name);
        close(fd);
    }
    if (stop) {
        stopAndGoOn();
        return false;
    }
    if (gone && semid != -1) {
        removeSet(semid);
        return false; /* the kernel says so itself */
    }
    errno = error;
    return true;
}

static bool
fails(const char *name, int error)
{
    return failsOn(-1, name, error);
}

static int
real(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    int (*really)(int, struct sembuf *, size_t, const struct timespec *);

    *(void **) &really = next("semtimedop");
    return really(semid, sops, nsops, timeout);
}

/* Each operation by itself: others see what is in between, and what was done before a failure stays
   done. */
static int
split(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    for (size_t i = 0; i < nsops; i++) {
        if (real(semid, &sops[i], 1, timeout) == -1)
            return -1;
        if (sops[i].sem_op != 0 && !traced)
            usleep(20000); /* another process looks; svsem_scope lets it without */
    }
    return 0;
}

/* What would sleep says that it succeeded, and has done nothing. */
static int
neverSleep(int semid, struct sembuf *sops, size_t nsops)
{
    bool mayFail = false;

    for (size_t i = 0; i < nsops; i++) {
        mayFail = mayFail || (sops[i].sem_flg & IPC_NOWAIT);
        sops[i].sem_flg |= IPC_NOWAIT;
    }
    if (real(semid, sops, nsops, NULL) == 0)
        return 0;
    return errno == EAGAIN && !mayFail ? 0 : -1;
}

int
semtimedop(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    static const struct timespec none;
    struct sembuf copy[nsops == 0 || nsops > 500 ? 1 : nsops];
    int result;

    if (failsOn(semid, __func__, ENOMEM))
        return -1;
    if (nsops == 0 || nsops > 500)
        return real(semid, sops, nsops, timeout);
    memcpy(copy, sops, sizeof(copy));
    for (size_t i = 0; i < nsops; i++) {
        if (mode("no-undo"))
            copy[i].sem_flg &= ~SEM_UNDO;
        if (mode("undo"))
            copy[i].sem_flg |= SEM_UNDO;
    }
    if (mode("split"))
        return split(semid, copy, nsops, timeout);
    if (mode("no-sleep"))
        return neverSleep(semid, copy, nsops);
    result = real(semid, copy, nsops, timeout != NULL && mode("early") ? &none : timeout);
    if (result == -1 && errno == EIDRM && mode("no-eidrm"))
        errno = EINVAL;
    if (result == -1 && errno == ERANGE && mode("no-erange")) {
        for (size_t i = 0; i < nsops; i++)
            copy[i].sem_flg &= ~SEM_UNDO;
        result = real(semid, copy, nsops, timeout);
    }
    return result;
}

int
semop(int semid, struct sembuf *sops, size_t nsops)
{
    return semtimedop(semid, sops, nsops, NULL);
}

int
semget(key_t key, int nsems, int flags)
{
    int (*really)(key_t, int, int);
    bool mayMake = nsems != 0 || flags != 0;

    *(void **) &really = next("semget");
    if (mode("no-sets") || (mayMake && mode("no-room"))) {
        errno = mode("no-sets") ? ENOSYS : ENOSPC;
        return -1;
    }
    if (mayMake && fails(__func__, ENOSPC))
        return -1;
    return really(key, nsems, mode("no-excl") ? flags & ~IPC_EXCL : flags);
}

/* "count-all" shows a sleeper at each semaphore: as if it were counted at every operation. */
int
semctl(int semid, int semnum, int cmd, ...)
{
    bool sets = cmd == SETVAL || cmd == SETALL || cmd == IPC_SET;
    int (*really)(int, int, int, ...), count = 0, one, what = semnum << 8 | cmd;
    va_list ap;
    void *arg;

    *(void **) &really = next("semctl");
    va_start(ap, cmd);
    arg = va_arg(ap, void *);
    va_end(ap);
    if (cmd != IPC_RMID && (sets || what != polled) &&
        failsOn(cmd == IPC_STAT || cmd == GETALL ? semid : -1, __func__, EINVAL))
        return -1;
    polled = what;
    if (cmd != GETNCNT || !mode("count-all"))
        return really(semid, semnum, cmd, arg);
    for (int i = 0; (one = really(semid, i, GETNCNT)) != -1; i++)
        count += one;
    return count;
}

int
shmget(key_t key, size_t size, int flags)
{
    int (*really)(key_t, size_t, int);

    *(void **) &really = next("shmget");
    return (size != 0 || flags != 0) && fails(__func__, ENOSPC) ? -1 : really(key, size, flags);
}

void *
shmat(int shmid, const void *addr, int flags)
{
    void *(*really)(int, const void *, int);

    *(void **) &really = next("shmat");
    return fails(__func__, ENOMEM) ? MAP_FAILED : really(shmid, addr, flags);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
    int (*really)(pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);

    *(void **) &really = next("pthread_create");
    return fails(__func__, EAGAIN) ? EAGAIN : really(thread, attr, start, arg);
}

void *
mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
    void *(*really)(void *, size_t, int, int, int, off_t);

    *(void **) &really = next("mmap");
    return shared != NULL && fails(__func__, ENOMEM)
               ? MAP_FAILED
               : really(addr, length, prot, flags, fd, offset);
}

pid_t
fork(void)
{
    pid_t (*really)(void);

    *(void **) &really = next("fork");
    return fails(__func__, EAGAIN) ? -1 : really();
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
    pid_t (*really)(pid_t, int *, int);

    *(void **) &really = next("waitpid");
    return fails(__func__, EINVAL) ? -1 : really(pid, status, options);
}

int
pipe(int fds[2])
{
    int (*really)(int[2]);

    *(void **) &really = next("pipe");
    return fails(__func__, EMFILE) ? -1 : really(fds);
}

ssize_t
read(int fd, void *buffer, size_t size)
{
    ssize_t (*really)(int, void *, size_t);

    *(void **) &really = next("read");
    return fails(__func__, EIO) ? -1 : really(fd, buffer, size);
}

ssize_t
write(int fd, const void *buffer, size_t size)
{
    ssize_t (*really)(int, const void *, size_t);

    *(void **) &really = next("write");
    return fails(__func__, EIO) ? -1 : really(fd, buffer, size);
}

/* One whose call failed is given the time to end of it: its status says what it makes of that. None
   is killed while it has what all take. */
int
kill(pid_t pid, int sig)
{
    int (*really)(pid_t, int), result;
    siginfo_t info;
    bool isLate;

    if (fails(__func__, EPERM))
        return -1;
    *(void **) &really = next("kill");
    if (pid == getpid())
        return really(pid, sig);
    if (mode("late")) {
        killLate(pid, sig);
        return 0;
    }
    take();
    isLate = shared->failing == pid;
    result = isLate ? 0 : really(pid, sig);
    give();
    if (!isLate)
        return result;
    waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT);
    return really(pid, sig);
}

/* The claims have a deadline (lib/claim.c): it is to come sooner, for what now sleeps for ever. */
unsigned
alarm(unsigned seconds)
{
    const char *patience = getenv("SVSEM_PATIENCE");
    unsigned (*really)(unsigned), soon = 2 * (patience == NULL ? 1 : (unsigned) atoi(patience));

    *(void **) &really = next("alarm");
    return really(seconds > soon && getenv("TEETH") != NULL && !mode("nothing") ? soon : seconds);
}
