/* svsem_timedwait.c - semtimedop() gives up after the time it was given, never earlier. Chapter: docs/04-operations.md

   A signal ends it with EINTR, and the caller works out what is left of the time: the kernel does not. Linux and illumos
   have this call, POSIX, FreeBSD and macOS do not. Source: semtimedop(2) */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { TICKET, INTERRUPTED, NSEMS };
enum { AMPLE_MS = 30000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };
enum { GOT_IT, GAVE_UP, GAVE_UP_EARLY };

static int semid;
static struct timespec *timeout;    /* shared: the parent sees for how long its child asks semtimedop() to wait */

static void
change(unsigned short semnum, short by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

static void
onSignal(int sig)
{
    (void) sig;     /* it is enough that semtimedop() returns */
}

static long long
nanoseconds(const struct timespec *ts)
{
    return ts->tv_sec * (long long) NS_PER_S + ts->tv_nsec;
}

static long long
now(void)
{
    struct timespec ts;

    if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)      /* the one clock that nobody sets */
        err_exit("clock_gettime");
    return nanoseconds(&ts);
}

/* DOC: rest-of-the-time */
/* Takes a ticket: 0, or -1 with EAGAIN if there was none by `deadline`. */
static int
takeBy(long long deadline)
{
    struct sembuf sop = { .sem_num = TICKET, .sem_op = -1, .sem_flg = 0 };

    for (;;) {
        long long left = max(deadline - now(), 0);      /* 0: semtimedop() tries, and does not sleep */

        *timeout = (struct timespec) { .tv_sec = (time_t) (left / NS_PER_S), .tv_nsec = (long) (left % NS_PER_S) };
        if (semtimedop(semid, &sop, 1, timeout) == 0)
            return 0;
        if (errno != EINTR)
            return -1;
        eventLine("interrupted, waits for the rest of the time");
        change(INTERRUPTED, +1);
    }
}

/* A child that waits for a ticket for `ms`, and ends with what came of it. */
static pid_t
waiter(int ms)
{
    struct sigaction sa = { .sa_handler = onSignal };
    long long deadline;
    bool over;
    pid_t pid = claimFork();

    if (pid != 0)
        return pid;
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGUSR1, &sa, NULL) == -1)
        err_exit("sigaction");
    eventLine("about to wait for %d ms", ms);
    deadline = now() + (long long) ms * NS_PER_MS;
    if (takeBy(deadline) == 0) {
        eventLine("has a ticket");
        _exit(GOT_IT);
    }
    over = now() >= deadline;
    if (errno != EAGAIN)
        err_exit("semtimedop(%d)", semid);
    eventLine("gave up (EAGAIN)");
    _exit(over ? GAVE_UP : GAVE_UP_EARLY);
}

static void
givesUp(int ms)
{
    int status = claimReap(waiter(ms));

    claimThat(WIFEXITED(status) && WEXITSTATUS(status) == GAVE_UP, "gives up when the time is over: %s", howEnded(status));
}

/* What the child asks for after the signal is less than at first, and no less than what was to be waited minus the time that
   has passed since it was started: both are so however slow this machine is. */
static void
goesOnWaiting(void)
{
    long long begin = now(), first, rest;
    pid_t pid = waiter(AMPLE_MS);
    int status;

    awaitNcnt(semid, TICKET, 1);
    first = nanoseconds(timeout);
    if (kill(pid, SIGUSR1) == -1)
        errExit("kill");
    change(INTERRUPTED, -1);
    awaitNcnt(semid, TICKET, 1);
    rest = nanoseconds(timeout);
    claimThat(rest < first && rest >= (long long) AMPLE_MS * NS_PER_MS - (now() - begin),
              "after a signal it waits for the rest of the time, %lld ns of %lld", rest, first);
    change(TICKET, +1);
    status = claimReap(pid);
    claimThat(WIFEXITED(status) && WEXITSTATUS(status) == GOT_IT, "a ticket in time is taken: %s", howEnded(status));
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[milliseconds]\n"
        "  milliseconds  0 ... 10000: how long to wait in vain (default: 50)\n"
        "Example: ./svsem_timedwait 2000";
    int ms = 50;

    helpIfAsked(argc, argv, operands);
    if (argc > 2)
        misuse(argv, operands);
    if (argc == 2)
        ms = (int) getRange(argv[1], 0, 0, 10000, "milliseconds");
    claimStart();
    timeout = mmap(NULL, sizeof(*timeout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (timeout == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    givesUp(ms);
    goesOnWaiting();
    exit(claimVerdict());
}
