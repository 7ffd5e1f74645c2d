/* waits.c - can a clock end a thread's sleep? The system call it sleeps in tells, else wchan */

#include "replay.h"
#include <sys/stat.h>
#include <sys/syscall.h>

/* How a system call tells that its wait has no time limit: no such call has one; an argument is a
   null pointer, or below 0; the descriptor is of that kind; it is that futex operation. */
enum how { ALWAYS, NULLARG, NEGATIVE, READS, WRITES, FUTEX };

static const struct {
    long call;
    enum how how;
    int arg; /* which argument */
    const char *what;
} waits[] = {
#ifdef SYS_pause
    { SYS_pause, ALWAYS, 0, "waits for a signal" },
#endif
#ifdef SYS_poll
    { SYS_poll, NEGATIVE, 2, "waits in poll" },
#endif
#ifdef SYS_select
    { SYS_select, NULLARG, 4, "waits in select" },
#endif
#ifdef SYS_epoll_wait
    { SYS_epoll_wait, NEGATIVE, 3, "waits in epoll" },
#endif
    { SYS_wait4, ALWAYS, 0, "waits for a child" },
    { SYS_waitid, ALWAYS, 0, "waits for a child" },
    { SYS_read, READS, 0, "waits to read" },
    { SYS_readv, READS, 0, "waits to read" },
    { SYS_write, WRITES, 0, "waits to write" },
    { SYS_writev, WRITES, 0, "waits to write" },
    { SYS_openat, ALWAYS, 0, "waits to open a pipe" },
    { SYS_futex, FUTEX, 3, "waits for another thread" },
    { SYS_rt_sigsuspend, ALWAYS, 0, "waits for a signal" },
    { SYS_rt_sigtimedwait, NULLARG, 2, "waits for a signal" },
    { SYS_ppoll, NULLARG, 2, "waits in poll" },
    { SYS_pselect6, NULLARG, 4, "waits in select" },
    { SYS_epoll_pwait, NEGATIVE, 3, "waits in epoll" },
    { SYS_flock, ALWAYS, 0, "waits for a file lock" },
    { SYS_fcntl, ALWAYS, 0, "waits for a file lock" },
    { SYS_msgrcv, ALWAYS, 0, "waits for a message queue" },
    { SYS_msgsnd, ALWAYS, 0, "waits for a message queue" },
};

/* Another process of the session, or a person, ends a wait for a pipe or a read of a terminal. What
   is written to a terminal waits for this program: that goes on by itself. */
static int
onDescriptor(const struct thread *t, bool reads)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int) t->tid, (int) t->arg[0]);
    if (stat(path, &st) == -1)
        return QUIET;
    if (S_ISCHR(st.st_mode))
        return reads ? SETTLED : BUSY;
    return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? SETTLED : QUIET;
}

/* FUTEX_WAIT, FUTEX_LOCK_PI and FUTEX_WAIT_BITSET of <linux/futex.h>, private or not, by the clock
   or not. */
static int
onFutex(const struct thread *t)
{
    unsigned long op = t->arg[1] & 127;

    if (op != 0 && op != 6 && op != 9)
        return BUSY;
    return t->arg[3] == 0 ? SETTLED : QUIET;
}

static int
inSystemCall(struct process *p)
{
    unsigned long arg;
    enum how how;
    size_t i = 0;

    while (i < sizeof(waits) / sizeof(waits[0]) && waits[i].call != p->t.call)
        i++;
    if (i == sizeof(waits) / sizeof(waits[0])) {
        p->what = "in a timed sleep";
        return QUIET;
    }
    how = waits[i].how;
    arg = p->t.arg[waits[i].arg];
    p->what = waits[i].what;
    if (how == READS || how == WRITES)
        return onDescriptor(&p->t, how == READS);
    if (how == FUTEX)
        return onFutex(&p->t);
    return how == ALWAYS || (how == NULLARG && arg == 0) || (how == NEGATIVE && (int) arg < 0)
               ? SETTLED
               : QUIET;
}

/* Where the call may not be read, the name of the kernel's function says nearly as much. */
static int
byWchan(struct process *p)
{
    static const struct {
        const char *part, *what;
    } table[] = {
        { "do_wait", "waits for a child" },   { "pipe_", "waits for a pipe" },
        { "fifo_open", "waits for a pipe" },  { "n_tty_read", "waits to read" },
        { "wait_woken", "waits to read" },    { "sigsuspend", "waits for a signal" },
        { "do_pause", "waits for a signal" },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strstr(p->t.wchan, table[i].part) != NULL) {
            p->what = table[i].what;
            return SETTLED;
        }
    p->what = "asleep";
    return p->t.wchan[0] == '\0' || strcmp(p->t.wchan, "0") == 0 ? UNKNOWN : QUIET;
}

int
whereAsleep(struct process *p)
{
    if (p->t.inSemop) {
        p->what = "asleep in semop";
        return p->t.timed ? QUIET : SETTLED;
    }
    if (p->t.hidden)
        return byWchan(p);
    p->what = "running";
    return p->t.call == -1 ? BUSY : inSystemCall(p);
}
