/* decode.c - which system calls are of interest, what they ask for, and how they are written in short. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "scope.h"

static const struct {
    long number;
    enum callKind kind;
} interesting[] = {
#ifdef SYS_semget
    { SYS_semget, SEMGET }, { SYS_semctl, SEMCTL },
#endif
#ifdef SYS_semop
    { SYS_semop, SEMOP },
#endif
#ifdef SYS_semtimedop
    { SYS_semtimedop, SEMOP },
#endif
#ifdef SYS_semtimedop_time64
    { SYS_semtimedop_time64, SEMOP },
#endif
#ifdef SYS_shmget
    { SYS_shmget, SHMGET },
#endif
    { SYS_sched_yield, YIELD },
#ifdef SYS_nanosleep
    { SYS_nanosleep, NAP },
#endif
    { SYS_clock_nanosleep, NAP }, { SYS_pselect6, NAP }, { SYS_ppoll, NAP },
#ifdef SYS_select
    { SYS_select, NAP },
#endif
#ifdef SYS_poll
    { SYS_poll, NAP },
#endif
#ifdef SYS_alarm
    { SYS_alarm, TIMER },
#endif
    { SYS_setitimer, TIMER }, { SYS_timer_settime, TIMER }, { SYS_timer_delete, TIMER },
    { SYS_execve, EXEC }, { SYS_execveat, EXEC },
#ifdef SYS_ipc
    { SYS_ipc, CALL_FOREIGN },                  /* one call for all: an old system's */
#endif
};
enum { NCALLS = sizeof interesting / sizeof *interesting, MOST_OPS = 500, IPC_64_BIT = 0x100, MOST_FDS = 256, MOST_SHOWN = 6 };

int callNumbers(const long **numbers)
{
    static long list[NCALLS];

    for (int i = 0; i < NCALLS; i++)
        list[i] = interesting[i].number;
    *numbers = list;
    return NCALLS;
}

/* Where is the address of the length, when that is a struct timespec or timeval?  Result: -1 elsewhere. */
static int napArgument(long number)
{
    switch (number) {
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
        return 4;
#ifdef SYS_poll
    case SYS_poll:
        return -1;
#endif
    case SYS_ppoll: case SYS_clock_nanosleep:
        return 2;
    default:
        return 0;
    }
}

/* select() and poll() of no files are naps: usleep() is written so where it is wanted for all systems, or by perl. */
static bool isNap(long number, const unsigned long arg[6])
{
    switch (number) {
#ifdef SYS_select
    case SYS_select:    return arg[0] == 0 && arg[4] != 0;
#endif
    case SYS_pselect6:  return arg[0] == 0 && arg[4] != 0 && arg[5] == 0;
#ifdef SYS_poll
    case SYS_poll:      return arg[1] == 0 && (int) arg[2] >= 0;
#endif
    case SYS_ppoll:     return arg[1] == 0 && arg[2] != 0 && arg[3] == 0;
    default:            return true;
    }
}

int callKind(long number, const unsigned long arg[6])
{
    for (int i = 0; i < NCALLS; i++)
        if (interesting[i].number == number)
            return interesting[i].kind == NAP && !isNap(number, arg) ? CALL_UNKNOWN : (int) interesting[i].kind;
    return CALL_UNKNOWN;
}

/* A set that the run did not make is looked up in the kernel when first met. */
static int findSet(struct run *r, int semid)
{
    int set = modelFind(&r->model, semid);
    struct semid_ds ds = { .sem_nsems = 0 };

    if (set == -1 && semid >= 0 && semctl(semid, 0, IPC_STAT, &ds) == 0)
        set = modelAdd(&r->model, semid, IPC_PRIVATE, (int) ds.sem_nsems, false);
    return set;
}

static void readOps(struct task *t, struct call *c, const unsigned long arg[6], bool hasTimeout)
{
    struct timespec limit;

    c->nsops = arg[2] > MOST_OPS ? 0 : (unsigned) arg[2];       /* the kernel refuses more, with E2BIG */
    c->sops = calloc(c->nsops + 1, sizeof *c->sops);
    if (taskRead(t, arg[1], c->sops, c->nsops * sizeof *c->sops) != c->nsops * sizeof *c->sops)
        c->nsops = 0;
    if (hasTimeout && arg[3] != 0 && taskRead(t, arg[3], &limit, sizeof limit) == sizeof limit) {
        bool valid = limit.tv_sec >= 0 && limit.tv_nsec >= 0 && limit.tv_nsec < 1000000000;
        c->hurried = limit.tv_sec == 0 && limit.tv_nsec == 0;
        c->timed = valid && !c->hurried;
    }
}

static void readCtl(struct run *r, struct task *t, struct call *c, const unsigned long arg[6])
{
    c->semnum = (int) arg[1];
    c->cmd = (int) arg[2] & ~IPC_64_BIT;
    c->value = (int) arg[3];
    if (c->cmd != IPC_INFO && c->cmd != SEM_INFO && c->cmd != SEM_STAT && c->cmd != SEM_STAT_ANY)
        c->set = findSet(r, c->semid);          /* those take no identifier */
    if (c->cmd != SETALL || c->set == -1)
        return;
    size_t size = (size_t) r->model.set[c->set].nsems * sizeof *c->values;
    c->values = calloc(1, size + 1);
    if (taskRead(t, arg[3], c->values, size) != size) {
        free(c->values);
        c->values = NULL;
    }
}

static double napLength(struct task *t, long number, const unsigned long arg[6])
{
    int at = napArgument(number);
    struct timespec length, now = { 0, 0 };

    if (at == -1)
        return (int) arg[2] / 1e3;
    if (taskRead(t, arg[at], &length, sizeof length) != sizeof length)
        return 0;
#ifdef SYS_select
    if (number == SYS_select)
        length.tv_nsec *= 1000;
#endif
    if (number == SYS_clock_nanosleep && (arg[1] & TIMER_ABSTIME))
        clock_gettime((clockid_t) arg[0], &now);
    return (double) (length.tv_sec - now.tv_sec) + (double) (length.tv_nsec - now.tv_nsec) / 1e9;
}

void callRead(struct run *r, struct task *t, long number, const unsigned long arg[6])
{
    struct call *c = &t->call;

    callFree(c);
    *c = (struct call) { .kind = (enum callKind) callKind(number, arg), .set = -1 };
    if (c->kind == NAP) {
        c->nap = napLength(t, number, arg);
        t->wakeAt = r->napTime + (c->nap > 0 ? c->nap : 0);
    } else if (c->kind == SEMGET || c->kind == SHMGET) {
        c->key = (int) arg[0];
        c->nsems = (int) arg[1];
        c->flags = (int) arg[2];
    } else if (c->kind == SEMOP || c->kind == SEMCTL) {
        c->semid = (int) arg[0];
        if (c->kind == SEMCTL)
            readCtl(r, t, c, arg);
        else {
            c->set = findSet(r, c->semid);
            bool hasTimeout = true;
#ifdef SYS_semop
            hasTimeout = number != SYS_semop;
#endif
            readOps(t, c, arg, hasTimeout);
        }
    }
}

static struct timer *timerOf(struct task *process, int id)
{
    for (int i = 0; i < process->ntimer; i++)
        if (process->timer[i].id == id)
            return &process->timer[i];
    process->timer = room(process->timer, process->ntimer, sizeof *process->timer);
    process->timer[process->ntimer] = (struct timer) { .id = id };
    return &process->timer[process->ntimer++];
}

void timerRead(struct run *r, struct task *t, long number, const unsigned long arg[6])
{
    bool posix = number == SYS_timer_settime || number == SYS_timer_delete;
    long set[4] = { 0 };                        /* the interval, then the value: seconds, and parts of one */

    if (number == SYS_setitimer && arg[0] != ITIMER_REAL)       /* the others stand still while a process sleeps */
        return;
    if (number == SYS_setitimer || number == SYS_timer_settime)
        taskRead(t, arg[number == SYS_setitimer ? 1 : 2], set, sizeof set);
    else if (!posix)
        set[2] = (long) arg[0];                 /* alarm() */
    struct timer *timer = timerOf(r->task[t->process - 1], posix ? (int) arg[0] : ITIMER);
    timer->runs = set[2] != 0 || set[3] != 0;
    timer->again = set[0] != 0 || set[1] != 0;
}

void timerRang(const struct run *r, const struct task *t, int id)
{
    struct task *process = r->task[t->process - 1];

    for (int i = 0; i < process->ntimer; i++)
        if (process->timer[i].id == id && !process->timer[i].again)
            process->timer[i].runs = false;
}

bool timerRuns(const struct run *r, const struct task *t)
{
    const struct task *process = r->task[t->process - 1];

    for (int i = 0; i < process->ntimer; i++)
        if (process->timer[i].runs)
            return true;
    return false;
}

void callFree(struct call *c)
{
    free(c->sops);
    free(c->values);
    c->sops = NULL;
    c->values = NULL;
}

/* -- in words -- */

/* A, B ... Z, then A1, B1 ... */
char *setName(int set, char text[8])
{
    if (set < 0)
        snprintf(text, 8, "?");
    else if (set < 26)
        snprintf(text, 8, "%c", 'A' + set);
    else
        snprintf(text, 8, "%c%d", 'A' + set % 26, set / 26 % 100000);
    return text;
}

static const char *cmdName(int cmd)
{
    static const struct { int cmd; const char *name; } names[] = {
        { GETVAL, "GETVAL" }, { GETPID, "GETPID" }, { GETNCNT, "GETNCNT" }, { GETZCNT, "GETZCNT" }, { SETVAL, "SETVAL" },
        { SETALL, "SETALL" }, { GETALL, "GETALL" }, { IPC_RMID, "IPC_RMID" }, { IPC_SET, "IPC_SET" }, { IPC_STAT, "IPC_STAT" },
        { IPC_INFO, "IPC_INFO" }, { SEM_INFO, "SEM_INFO" }, { SEM_STAT, "SEM_STAT" }, { SEM_STAT_ANY, "SEM_STAT" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].cmd == cmd)
            return names[i].name;
    return "semctl";
}

static bool namesSemaphore(int cmd)
{
    return cmd == GETVAL || cmd == SETVAL || cmd == GETPID || cmd == GETNCNT || cmd == GETZCNT;
}

void callText(const struct run *r, const struct call *c, char *text, size_t size)
{
    char name[8], prefix[12] = "";

    if (r->model.nset > 1 && (c->kind == SEMOP || c->kind == SEMCTL))
        snprintf(prefix, sizeof prefix, "%s:", setName(c->set, name));
    switch (c->kind) {
    case SEMGET:    snprintf(text, size, "semget"); break;
    case YIELD:     snprintf(text, size, "yield"); break;
    case SEMOP:
        snprintf(text, size, "%s%s", prefix, formatOps(c->sops, c->nsops, MOST_SHOWN));
        break;
    case SEMCTL:
        if (c->cmd == SETVAL)
            snprintf(text, size, "%sSETVAL %d=%d", prefix, c->semnum, c->value);
        else if (namesSemaphore(c->cmd))
            snprintf(text, size, "%s%s %d", prefix, cmdName(c->cmd), c->semnum);
        else
            snprintf(text, size, "%s%s", prefix, cmdName(c->cmd));
        break;
    default:        snprintf(text, size, "call");
    }
}

const char *errnoName(int error)
{
    static char name[32];

    snprintf(name, sizeof name, "%.*s", (int) strcspn(errorName(error), "/"), errorName(error));
    return name;
}

/* ->A, ->3, or the name of an error. */
void resultText(const struct run *r, const struct call *c, long result, char *text, size_t size)
{
    char name[8];

    *text = '\0';
    if (result < 0)
        snprintf(text, size, "%s", errnoName((int) -result));
    else if (c->kind == SEMGET)
        snprintf(text, size, "->%s", setName(modelFind(&r->model, (int) result), name));
    else if (c->kind == SEMCTL && c->cmd == GETPID) {
        snprintf(text, size, result == 0 ? "->0" : "->?");
        for (int i = 0; i < r->ntask; i++)
            if (r->task[i]->tid == (pid_t) result)
                snprintf(text, size, "->P%d", i + 1);
    } else if (c->kind == SEMCTL && namesSemaphore(c->cmd) && c->cmd != SETVAL)
        snprintf(text, size, "->%ld", result);
}

/* Two calls of one signature ask for the same: what a polling loop repeats. */
unsigned long callSignature(const struct call *c)
{
    unsigned long h = 1469598103934665603ul;
    const long part[] = { c->kind, c->semid, c->key, c->nsems, c->flags, c->semnum, c->cmd, c->cmd == SETVAL ? c->value : 0,
                          c->timed, c->hurried };

    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        h = (h ^ (unsigned long) part[i]) * 1099511628211ul;
    for (unsigned i = 0; i < c->nsops; i++) {
        unsigned long op = c->sops[i].sem_num * 65536ul + (unsigned short) c->sops[i].sem_op;
        h = (h ^ (op * 65536ul + (unsigned short) c->sops[i].sem_flg)) * 1099511628211ul;
    }
    return h;
}

bool callReads(const struct call *c)
{
    return c->kind == YIELD || (c->kind == SEMCTL && c->cmd != SETVAL && c->cmd != SETALL && c->cmd != IPC_SET &&
                                c->cmd != IPC_RMID);
}

/* -- sleeps in calls that are not gated -- */

/* A pipe without a name, which the scope was not started with: else its other end may be outside. */
static bool pipeInside(const struct task *t, unsigned long fd)
{
    char path[64], name[8] = "";
    struct stat s, own;

    snprintf(path, sizeof path, "/proc/%d/fd/%lu", t->tid, fd);
    if (stat(path, &s) == -1 || readlink(path, name, 5) != 5 || strcmp(name, "pipe:") != 0)
        return false;
    for (int i = 0; i < MOST_FDS; i++)
        if (fstat(i, &own) == 0 && own.st_dev == s.st_dev && own.st_ino == s.st_ino)
            return false;
    return true;
}

bool sleepIsInside(const struct run *r, const struct task *t)
{
    const unsigned long *a = t->asleep.arg;

    switch (t->asleep.call) {
    case SYS_wait4: case SYS_waitid: case SYS_rt_sigsuspend:
#ifdef SYS_pause
    case SYS_pause:
#endif
        return true;
    case SYS_rt_sigtimedwait:
        return a[2] == 0;
    case SYS_futex:
        return a[3] == 0;
    case SYS_read: case SYS_write: case SYS_readv: case SYS_writev:
        return pipeInside(t, a[0]);
#ifdef SYS_msgrcv
    case SYS_msgrcv: case SYS_msgsnd:
        return r->own;
#endif
    default:
        return false;
    }
}

const char *sleepText(const struct task *t)
{
    static const struct { long number; const char *name; } names[] = {
        { SYS_wait4, "wait4" }, { SYS_waitid, "waitid" }, { SYS_read, "read" }, { SYS_write, "write" }, { SYS_futex, "futex" },
        { SYS_rt_sigsuspend, "sigsuspend" }, { SYS_rt_sigtimedwait, "sigtimedwait" }, { SYS_ppoll, "poll" },
        { SYS_clock_nanosleep, "a nap" }, { SYS_pselect6, "select" }, { SYS_epoll_pwait, "epoll_wait" },
#ifdef SYS_poll
        { SYS_poll, "poll" }, { SYS_select, "select" }, { SYS_pause, "pause" }, { SYS_epoll_wait, "epoll_wait" },
        { SYS_nanosleep, "a nap" },
#endif
        { SYS_accept4, "accept" }, { SYS_recvfrom, "recv" }, { SYS_recvmsg, "recv" }, { SYS_connect, "connect" },
        { SYS_fcntl, "fcntl" }, { SYS_flock, "flock" }, { SYS_openat, "open" }, { SYS_restart_syscall, "a nap or timeout" },
    };
    static char other[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == t->asleep.call)
            return names[i].name;
    snprintf(other, sizeof other, "system call %ld", t->asleep.call);
    return other;
}
