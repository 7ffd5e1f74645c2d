/* svsem_all_or_nothing.c - semop() performs its array in order, all of it or nothing. Chapter: docs/04-operations.md

   Source: TLPI 47.6, semop(2) */

#include <sys/sem.h>
#include <sys/stat.h>

#include "blocked.h"
#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { LOCK, PAPER, PENCIL, NSEMS };

static int semid;

/* DOC: in-order */
/* Two operations on LOCK in one call that does not sleep. True if they were performed, false if one would sleep. */
static bool
tryPair(short first, short second)
{
    struct sembuf sops[] = {
        { .sem_num = LOCK, .sem_op = first, .sem_flg = IPC_NOWAIT },
        { .sem_num = LOCK, .sem_op = second, .sem_flg = IPC_NOWAIT },
    };

    if (semop(semid, sops, 2) == 0) {
        eventLine("%s: done, the value is %d", formatOps(sops, 2), semctl(semid, LOCK, GETVAL));
        return true;
    }
    if (errno != EAGAIN)
        errExit("semop(%d)", semid);
    eventLine("%s: refused, the value is %d", formatOps(sops, 2), semctl(semid, LOCK, GETVAL));
    return false;
}

static void
add(unsigned short semnum)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = 1, .sem_flg = 0 };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
}

/* DOC: takes-both */
static void
takeBoth(void)
{
    struct sembuf sops[] = {
        { .sem_num = PAPER, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = PENCIL, .sem_op = -1, .sem_flg = 0 },
    };

    eventLine("about to take paper and pencil");
    while (semop(semid, sops, 2) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
    eventLine("has both");
    _exit(0);
}

/* There is paper and no pencil: who wants both sleeps, and the paper is still there for others. */
static void
sleeperHoldsNothing(void)
{
    struct sembuf borrow = { .sem_num = PAPER, .sem_op = -1, .sem_flg = IPC_NOWAIT };
    pid_t child;

    add(PAPER);
    child = claimFork();
    if (child == 0)
        takeBoth();
    awaitNcnt(semid, PENCIL, 1);
    claimThat(semctl(semid, PAPER, GETVAL) == 1, "the sleeper left the paper");
    if (claimThat(semop(semid, &borrow, 1) == 0, "another can take the paper"))
        eventLine("took the paper while the other sleeps");
    add(PENCIL);
    awaitNcnt(semid, PAPER, 1);
    claimThat(semctl(semid, PENCIL, GETVAL) == 1, "the sleeper left the pencil");
    eventLine("put down a pencil, puts back the paper");
    add(PAPER);
    claimThat(claimReap(child) == 0, "the sleeper got both");
    claimThat(semctl(semid, PAPER, GETVAL) == 0 && semctl(semid, PENCIL, GETVAL) == 0, "both are taken");
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_all_or_nothing";

    helpIfAsked(argc, argv, operands);
    if (argc != 1)
        misuse(argv, operands);
    claimStart();
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
