/* svsem_starve.c - on Linux a small request overtakes a large one that waits.
   Chapter: docs/05-who-goes-next.md

   Equal requests are granted in the order of their arrival. A process that is
   interrupted or stopped goes to the end of the queue. POSIX promises no order.
   Source: TLPI 47.7, update_queue() in ipc/sem.c of Linux */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { LARGE = 3, EQUALS = 3 };

static const char operands[] =
    "[times]\n"
    "  times  1 ... 10000: how often the large request is overtaken (3)\n"
    "Example: ./svsem_starve 100";

static int semid;

static void
change(short by)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1) /* after EINTR, at the queue's end */
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* A child that takes `amount`. Returns when it sleeps, as the `nth` in the
   queue. */
static pid_t
sleeper(short amount, int nth)
{
    pid_t pid = forkChild();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* stopped, it hears no other */
        eventLine("asks for %d", amount);
        change((short) -amount);
        eventLine("got %d", amount);
        _exit(EXIT_SUCCESS);
    }
    awaitNcnt(semid, 0, nth);
    return pid;
}

/* DOC: loses-its-place */
/* Stops one of the `asleep`: off the queue. Let go on, it gets EINTR, tries
   again, and is the last. */
static void
loseItsPlace(pid_t pid, int asleep)
{
    eventLine("stops %ld, and lets it go on", (long) pid);
    if (kill(pid, SIGSTOP) == -1)
        errExit("kill");
    awaitNcnt(semid, 0, asleep - 1);
    if (kill(pid, SIGCONT) == -1)
        errExit("kill");
    awaitNcnt(semid, 0, asleep);
}

/* Adds `amount`: is it `expected` whom the kernel serves in the same call? */
static void
serves(short amount, pid_t expected)
{
    eventLine("adds %d", amount);
    change(amount);
    if (!claimThat(semRead(semid, 0, GETPID) == expected, "the next is %ld",
                   (long) expected))
        exit(claimVerdict()); /* or it would be waited for in vain */
    reap(expected);
}

int
main(int argc, char *argv[])
{
    int times = 3;
    pid_t large, equal[EQUALS];

    claimStart();
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        times = (int) getRange(argv[1], 0, 1, 10000, "times");
    semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    /* DOC: overtaken */
    large = sleeper(LARGE, 1);
    for (int i = 0; i < times; i++)
        serves(1, sleeper(1, 2));
    serves(LARGE, large);

    /* DOC: queue */
    for (int i = 0; i < EQUALS; i++)
        equal[i] = sleeper(1, i + 1);
    loseItsPlace(equal[0], EQUALS);
    for (int i = 1; i <= EQUALS; i++)
        serves(1, equal[i % EQUALS]);
    exit(claimVerdict());
}
