/* svsem_undo_clamp.c - an undo out of 0 ... 32767 is cut off silently. Chapter: docs/06-undo.md

   That is Linux's way; semop(2) tells of the lower end alone. illumos leaves such an undo out entirely. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { UNITS, NSEMS };
enum { SEMVMX = 32767 };        /* the largest value of a semaphore */

static const char operands[] = "\nExample: ./svsem_undo_clamp";
static int semid;

static void
operate(short by, short flags)
{
    struct sembuf sop = { .sem_num = UNITS, .sem_op = by, .sem_flg = flags };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
}

static int
report(const char *what, int by)
{
    int semval = semctl(semid, UNITS, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    eventLine("%s %+d: value %d", what, by, semval);
    return semval;
}

/* DOC: clamp */
static void
undoWouldPass(int limit, short holders, short others)
{
    union semun arg = { .val = limit };
    pid_t holder;
    int semval;

    if (semctl(semid, UNITS, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    holder = claimFork();
    if (holder == 0) {
        operate(holders, SEM_UNDO);
        for (;;)
            pause();
    }
    awaitVal(semid, UNITS, limit + holders);
    report("one process, with SEM_UNDO,", holders);
    operate(others, 0);
    report("another, without,", others);
    if (kill(holder, SIGKILL) == -1)
        errExit("kill");
    claimReap(holder);
    semval = report("the first is dead, undo", -holders);
    claimThat(semval == limit, "the value is %d, not %d", semval, limit);
}

int
main(int argc, char *argv[])
{
    helpIfAsked(argc, argv, operands);
    if (argc != 1)
        misuse(argv, operands);
    claimStart();
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    undoWouldPass(0, +3, -2);           /* 0 + 3 - 2 - 3 would be -2 */
    undoWouldPass(SEMVMX, -3, +2);      /* 32767 - 3 + 2 + 3 would be 32769 */
    return claimVerdict();
}
