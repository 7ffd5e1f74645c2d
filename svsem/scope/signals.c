/* signals.c - see signals.h */

#include <limits.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "numbers.h"
#include "signals.h"
#include "touches.h"

/* ---- timers ---- */

/* The 64th timer has the bit of the first: a process that has as many may be taken to wait for one
   longer than it does. */
uint64_t
timerBit(int id)
{
    return id == NO_TIMER ? 0 : 1ull << (id == ITIMER ? 63 : (unsigned) id % 63);
}

void
timerSet(struct run *r, struct task *t, long number, const unsigned long arg[6])
{
    bool posix = number == SYS_timer_settime || number == SYS_timer_delete;
    uint64_t bit = timerBit(posix ? (int) arg[0] : ITIMER);
    long set[4] = { 0 }; /* the interval, then the value: seconds, and parts of one */
    struct task *process = processOf(r, t);

    if (number == SYS_setitimer && arg[0] != ITIMER_REAL)
        return; /* the others stand still while a process sleeps */
    if (number == SYS_setitimer || number == SYS_timer_settime)
        traceeRead(&t->tracee, arg[number == SYS_setitimer ? 1 : 2], set, sizeof(set));
    else if (number == SYS_alarm)
        set[2] = (long) arg[0];
    process->timers &= ~bit;
    process->rearmed &= ~bit;
    if (set[2] != 0 || set[3] != 0)
        process->timers |= bit;
    if (set[0] != 0 || set[1] != 0)
        process->rearmed |= bit;
}

void
timerRang(struct task *process, int id)
{
    process->timers &= ~timerBit(id) | process->rearmed;
}

/* ---- signals that are sent ---- */

static uint64_t
bitOf(int sig)
{
    return 1ull << (sig - 1);
}

enum { NOBODY = INT_MAX }; /* no process has such an ID */

/* The process behind a file descriptor of the task, as kill() takes it. */
static pid_t
pidOfFd(const struct task *t, int fd, unsigned long flags)
{
    const unsigned long wholeGroup = 4; /* PIDFD_SIGNAL_PROCESS_GROUP */
    char file[32], text[1024];
    const char *at;
    pid_t pid;

    snprintf(file, sizeof(file), "fdinfo/%d", fd);
    readProc(t->tracee.tid, t->tracee.tid, file, text, sizeof(text));
    at = strstr(text, "\nPid:");
    pid = at == NULL ? -1 : (pid_t) strtol(at + 5, NULL, 10); /* -1 also if it is dead */
    return pid < 1 ? NOBODY : flags & wholeGroup ? -pid : pid;
}

/* Does kill(to) reach this process? The group of a dead one is not known any more: it may. */
static bool
isReached(const struct run *r, const struct task *sender, const struct task *process, pid_t to)
{
    const struct task *target = to > 0 ? taskByTid(r, to) : NULL;

    if (to > 0)
        return target != NULL && target->process == process->number;
    if (to == -1)
        return process->number != sender->process;
    return process->state == DEAD ||
           getpgid(process->tracee.tid) == (to == 0 ? getpgid(sender->tracee.tid) : -to);
}

/* abort(), and so assert(), sends SIGABRT by tgkill() or tkill(). That death is not asked for: the
   program has found an error in itself. */
void
signalSent(struct run *r, const struct task *sender, long number, const unsigned long arg[6])
{
    bool threadGroup = number == SYS_tgkill || number == SYS_rt_tgsigqueueinfo;
    int sig = (int) arg[threadGroup ? 2 : 1];
    pid_t to = (pid_t) arg[threadGroup ? 1 : 0];
    bool aborts = sig == SIGABRT && (number == SYS_tgkill || number == SYS_tkill);

    if (number == SYS_pidfd_send_signal)
        to = pidOfFd(sender, (int) arg[0], arg[3]);
    if (sig < 1 || sig > 64)
        return;
    for (int i = 0; i < r->ntask; i++) {
        struct task *t = r->task[i];

        if (t->process != t->number || !isReached(r, sender, t, to))
            continue;
        touchBySignal(r, sender, t, to <= 0);
        if (!aborts || t->number != sender->process)
            t->sent |= bitOf(sig);
    }
}

void
signalHeard(struct task *process, int sig)
{
    process->delivered = (process->delivered & ~bitOf(sig)) | (process->sent & bitOf(sig));
    process->sent &= ~bitOf(sig);
}

/* SIGKILL is not heard: it ends a process at once. */
bool
diedAsAsked(const struct task *process)
{
    int sig = WTERMSIG(process->status);

    return ((sig == SIGKILL ? process->sent : process->delivered) & bitOf(sig)) != 0;
}
