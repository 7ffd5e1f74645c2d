/* svsem_trywait.c - with IPC_NOWAIT, semop() fails with EAGAIN where it would
   sleep.
   Chapter: docs/04-operations.md

   So the process can do something else and try again later. Here it makes what
   the holder of the lock is waiting for. Source: TLPI 47.6 */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { LOCK, PIECES, NSEMS };

static const char operands[] =
    "[pieces]\n"
    "  pieces  1 ... 1000: how often to be refused (default: 3)\n"
    "Example: ./svsem_trywait 5";

static int semid;

static void
change(unsigned short semnum, short by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* Keeps the lock until so many pieces are made. */
static _Noreturn void
holder(short pieces)
{
    change(LOCK, -1);
    change(PIECES, (short) -pieces);
    eventLine("has its pieces, releases the lock");
    change(LOCK, +1);
    _exit(EXIT_SUCCESS);
}

/* DOC: trywait */
static bool
tryLock(void)
{
    struct sembuf sop = { .sem_num = LOCK,
                          .sem_op = -1,
                          .sem_flg = IPC_NOWAIT };

    if (semop(semid, &sop, 1) == 0)
        return true;
    if (errno != EAGAIN)
        errExit("semop(%d)", semid);
    return false;
}

int
main(int argc, char *argv[])
{
    int pieces = 3;
    pid_t child;

    claimStart();
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        pieces = (int) getRange(argv[1], 0, 1, 1000, "pieces");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    change(LOCK, +1);
    child = forkChild();
    if (child == 0)
        holder((short) pieces);
    awaitNcnt(semid, PIECES, 1); /* it holds the lock and sleeps */

    for (int made = 1; made <= pieces; made++) {
        claimThat(!tryLock(), "the lock is taken, and EAGAIN says so");
        eventLine("refused, makes piece %d", made);
        change(PIECES, +1);
    }
    claimThat(reap(child) == 0, "the holder got its pieces");
    claimThat(semRead(semid, LOCK, GETVAL) == 1, "the tries changed nothing");
    if (claimThat(tryLock(), "the lock is free"))
        eventLine("has the lock");
    exit(claimVerdict());
}
