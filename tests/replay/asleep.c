/* asleep.c - where a thread sleeps, and whether a clock could wake it: /proc/PID/syscall, else wchan */
#include "replay.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What tells that a system call's wait is untimed: nothing (it always is), a null pointer, a negative
   number; or what the descriptor is; or a futex's operation. */
enum how { ALWAYS, NULLARG, NEGATIVE, READS, WRITES, FUTEX };

static const struct {
    long nr;
    enum how how;
    int arg;                    /* which argument of the call */
    const char *what;
} waits[] = {
#ifdef SYS_semop
    { SYS_semop, ALWAYS, 0, INSEMOP },
#endif
#ifdef SYS_semtimedop
    { SYS_semtimedop, NULLARG, 3, INSEMOP },
#endif
#ifdef SYS_semtimedop_time64
    { SYS_semtimedop_time64, NULLARG, 3, INSEMOP },
#endif
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

size_t slurp(char *buf, size_t size, const char *fmt, ...)
{
    char path[64];
    va_list args;
    ssize_t n;
    int fd;

    va_start(args, fmt);
    vsnprintf(path, sizeof(path), fmt, args);
    va_end(args);
    buf[0] = '\0';
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return 0;
    n = read(fd, buf, size - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t) n : 0;
}

/* Others of the session, or a person, end a wait for a pipe or a read of a terminal. What is written to a
   terminal waits for us: that goes on by itself. */
static int onDescriptor(const struct process *p, bool reads)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int) p->tid, (int) p->args[0]);
    if (stat(path, &st) == -1)
        return QUIET;
    if (S_ISCHR(st.st_mode))
        return reads ? SETTLED : BUSY;
    return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? SETTLED : QUIET;
}

/* FUTEX_WAIT, FUTEX_LOCK_PI and FUTEX_WAIT_BITSET of <linux/futex.h>, private or not, by the clock or not. */
static int onFutex(const struct process *p)
{
    unsigned long op = p->args[1] & 127;

    if (op != 0 && op != 6 && op != 9)
        return BUSY;
    return p->args[3] == 0 ? SETTLED : QUIET;
}

static int inSystemCall(struct process *p, long nr)
{
    size_t i;

    p->what = "in a timed sleep";
    for (i = 0; i < sizeof(waits) / sizeof(waits[0]) && waits[i].nr != nr; i++)
        ;
    if (i == sizeof(waits) / sizeof(waits[0]))
        return QUIET;
    p->what = waits[i].what;
    p->inSemop = strcmp(p->what, INSEMOP) == 0;
    switch (waits[i].how) {
    case ALWAYS:
        return SETTLED;
    case NULLARG:
        return p->args[waits[i].arg] == 0 ? SETTLED : QUIET;
    case NEGATIVE:
        return (int) p->args[waits[i].arg] < 0 ? SETTLED : QUIET;
    case FUTEX:
        return onFutex(p);
    default:
        return onDescriptor(p, waits[i].how == READS);
    }
}

/* Where /proc/PID/syscall may not be read, the name of the kernel's function says nearly as much. */
static int byWchan(struct process *p, const char *name)
{
    static const struct { const char *part, *what; } table[] = {
        { "semtimedop", INSEMOP }, { "do_wait", "waits for a child" }, { "pipe_", "waits for a pipe" },
        { "fifo_open", "waits for a pipe" }, { "n_tty_read", "waits to read" },
        { "wait_woken", "waits to read" },
        { "sigsuspend", "waits for a signal" }, { "do_pause", "waits for a signal" },
    };
    size_t i;

    p->what = "asleep";
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strstr(name, table[i].part) != NULL) {
            p->what = table[i].what;
            p->inSemop = i == 0;
            return SETTLED;
        }
    return *name == '\0' || strcmp(name, "0") == 0 ? UNKNOWN : QUIET;
}

int whereAsleep(struct process *p)
{
    char buf[256];
    unsigned long *a = p->args;
    long nr;
    int n;

    if (slurp(buf, sizeof(buf), "/proc/%d/task/%d/syscall", (int) p->pid, (int) p->tid) > 0) {
        n = sscanf(buf, "%ld %lx %lx %lx %lx %lx %lx", &nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]);
        return n == 7 && nr >= 0 ? inSystemCall(p, nr) : BUSY;
    }
    slurp(buf, sizeof(buf), "/proc/%d/task/%d/wchan", (int) p->pid, (int) p->tid);
    return byWchan(p, buf);
}
