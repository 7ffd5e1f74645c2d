/* svsem_all_or_nothing.c - semop() performs its array in order, all or nothing.
   Chapter: docs/04-operations.md

   Source: TLPI 47.6, semop(2) */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { LOCK, PAPER, PENCIL, NSEMS };

static int semid;

static int
valueOf(int semnum)
{
    return semRead(semid, semnum, GETVAL);
}

/* DOC: in-order */
/* Two operations on LOCK in one call that does not sleep: are they performed?
 */
static bool
tryPair(short first, short second)
{
    struct sembuf sops[] = {
        { .sem_num = LOCK, .sem_op = first, .sem_flg = IPC_NOWAIT },
        { .sem_num = LOCK, .sem_op = second, .sem_flg = IPC_NOWAIT },
    };
    bool done = semop(semid, sops, 2) == 0;

    if (!done && errno != EAGAIN)
        errExit("semop(%d)", semid);
    eventLine("%s: %s, the value is %d", formatOps(sops, 2, 2),
              done ? "done" : "refused", valueOf(LOCK));
    return done;
}

static void
change(unsigned short semnum, short by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by, .sem_flg = 0 };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
}

/* DOC: takes-both */
static _Noreturn void
takeBoth(void)
{
    struct sembuf sops[] = {
        { .sem_num = PAPER, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = PENCIL, .sem_op = -1, .sem_flg = 0 },
    };

    eventLine("about to take paper and pencil");
    while (semop(semid, sops, 2) == -1) /* EINTR: Ctrl-Z and fg, say */
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
    eventLine("has both");
    _exit(EXIT_SUCCESS);
}

/* There is paper and no pencil. A process that wants both sleeps, and the paper
   is there for others. It is counted as a sleeper once, where it is stuck. */
static void
sleeperHoldsNothing(void)
{
    pid_t child;

    change(PAPER, +1);
    child = forkChild();
    if (child == 0)
        takeBoth();
    awaitNcnt(semid, PENCIL, 1);
    claimThat(valueOf(PAPER) == 1, "the sleeper left the paper");
    claimThat(semRead(semid, PAPER, GETNCNT) == 0, "it waits for the pencil");
    change(PAPER, -1);
    eventLine("took the paper while the other sleeps");
    change(PENCIL, +1);
    claimThat(semRead(semid, PAPER, GETNCNT) == 1, "it waits for the paper");
    claimThat(valueOf(PENCIL) == 1, "the sleeper left the pencil");
    eventLine("put down a pencil, puts back the paper");
    change(PAPER, +1);
    claimThat(reap(child) == 0, "the sleeper got both");
    claimThat(valueOf(PAPER) == 0, "the paper is taken");
    claimThat(valueOf(PENCIL) == 0, "the pencil is taken");
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_all_or_nothing";

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    sleeperHoldsNothing();

    claimThat(!tryPair(-1, +1), "from 0, -1 then +1 must be refused");
    claimThat(tryPair(+1, -1), "from 0, +1 then -1 must succeed");
    claimThat(!tryPair(+1, 0), "+1 then a wait for 0 must be refused");
    claimThat(tryPair(0, +1), "a wait for 0 then +1 must lock");
    claimThat(!tryPair(0, +1), "what is locked must be refused");
    exit(claimVerdict());
}
