/* svsem_undo_fork.c - a child made by fork() starts with no adjustments. Chapter: docs/06-undo.md

   Source: semop(2), TLPI 47.8 */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { UNITS, NSEMS };
enum { ALL_UNITS = 5 };

static const char operands[] = "\nExample: ./svsem_undo_fork";
static int semid;

static void
takeWithUndo(short units)
{
    struct sembuf sop = { .sem_num = UNITS, .sem_op = (short) -units, .sem_flg = SEM_UNDO };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
}

static bool
seesValue(int expected, const char *when)
{
    int semval = semctl(semid, UNITS, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    eventLine("%s: value %d", when, semval);
    return claimThat(semval == expected, "the value is %d, not %d", semval, expected);
}

/* DOC: fork-starts-empty */
static bool
holder(void)
{
    pid_t child;
    bool asExpected;

    takeWithUndo(2);
    asExpected = seesValue(ALL_UNITS - 2, "holder took 2");
    child = claimFork();
    if (child == 0) {
        takeWithUndo(1);            /* with a copy of its parent's list it would give back 3 */
        _exit(seesValue(ALL_UNITS - 3, "its child took 1") ? 0 : CLAIM_FAILS);
    }
    asExpected &= claimReap(child) == 0;
    return seesValue(ALL_UNITS - 2, "the child is dead") && asExpected;
}

int
main(int argc, char *argv[])
{
    union semun arg = { .val = ALL_UNITS };
    pid_t pid;

    helpIfAsked(argc, argv, operands);
    if (argc != 1)
        misuse(argv, operands);
    claimStart();
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, UNITS, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);

    pid = claimFork();
    if (pid == 0)
        _exit(holder() ? 0 : CLAIM_FAILS);
    claimThat(claimReap(pid) == 0, "the holder and its child saw otherwise");
    seesValue(ALL_UNITS, "the holder is dead");
    return claimVerdict();
}
