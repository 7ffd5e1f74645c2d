/* svsem_timedwait.c - semtimedop() gives up after the time it was given, never
   earlier.
   Chapter: docs/04-operations.md

   A signal ends it with EINTR, and the caller works out what is left of the
   time: the kernel does not. Linux and illumos have this call, POSIX, FreeBSD
   and macOS do not. Source: semtimedop(2) */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { TICKET, INTERRUPTED, NSEMS };
enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000, AMPLE_MS = 30000 };

static const char operands[] =
    "[milliseconds]\n"
    "  milliseconds  0 ... 10000: how long to wait in vain (default: 50)\n"
    "Example: ./svsem_timedwait 2000";

static int semid;
static long long asked; /* for how many ns the last semtimedop() was to wait */
static volatile long long signalled; /* when the signal came */

static void
change(unsigned short semnum, short by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

static long long
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts); /* the one clock that nobody sets */
    return ts.tv_sec * (long long) NS_PER_S + ts.tv_nsec;
}

static void
onSignal(int sig)
{
    signalled = sig == SIGUSR1 ? now() : 0;
}

/* DOC: rest-of-the-time */
/* Takes a ticket: true, or false if there was none by `deadline`. */
static bool
takeBy(long long deadline)
{
    struct sembuf sop = { .sem_num = TICKET, .sem_op = -1, .sem_flg = 0 };
    struct timespec timeout;

    for (;;) {
        asked = max(deadline - now(), 0); /* with 0 it only tries */
        timeout.tv_sec = (time_t) (asked / NS_PER_S);
        timeout.tv_nsec = (long) (asked % NS_PER_S);
        if (semtimedop(semid, &sop, 1, &timeout) == 0)
            return true;
        if (errno == EAGAIN)
            return false;
        if (errno != EINTR)
            errExit("semtimedop(%d)", semid);
        eventLine("interrupted, waits for the rest of the time");
        change(INTERRUPTED, +1);
    }
}

static void
givesUp(int ms)
{
    long long begin = now();

    eventLine("about to wait for %d ms", ms);
    claimThat(!takeBy(begin + (long long) ms * NS_PER_MS), "gives up");
    claimThat(now() - begin >= (long long) ms * NS_PER_MS, "not too early");
    eventLine("gave up (EAGAIN)");
}

/* Sends the sleeper a signal, and a ticket when it has heard that. */
static _Noreturn void
disturb(pid_t sleeper)
{
    awaitNcnt(semid, TICKET, 1);
    if (kill(sleeper, SIGUSR1) == -1)
        err_exit("kill");
    change(INTERRUPTED, -1);
    change(TICKET, +1);
    _exit(EXIT_SUCCESS);
}

static void
goesOnWaiting(void)
{
    struct sigaction sa = { .sa_handler = onSignal };
    long long deadline;

    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGUSR1, &sa, NULL) == -1)
        errExit("sigaction");
    if (forkChild() == 0)
        disturb(getppid());
    eventLine("about to wait for %d ms", AMPLE_MS);
    deadline = now() + (long long) AMPLE_MS * NS_PER_MS;
    claimThat(takeBy(deadline), "takes a ticket that comes in time");
    eventLine("has a ticket");
    claimThat(signalled != 0, "a signal interrupts it");
    claimThat(asked <= deadline - signalled, "%lld ns are too long", asked);
    claimThat(asked >= deadline - now(), "%lld ns are too short", asked);
    claimThat(reapAll() == 0, "the other ends well");
}

int
main(int argc, char *argv[])
{
    int ms = 50;

    claimStart();
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        ms = (int) getRange(argv[1], 0, 0, 10000, "milliseconds");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    givesUp(ms);
    goesOnWaiting();
    exit(claimVerdict());
}
