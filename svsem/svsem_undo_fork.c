/* svsem_undo_fork.c - a child made by fork() starts with no adjustments.
   Chapter: docs/06-undo.md

   Source: semop(2), TLPI 47.8 */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { UNITS, NSEMS };
enum { ALL_UNITS = 5 };

static int semid;

static void
takeWithUndo(short units)
{
    struct sembuf sop = { .sem_num = UNITS,
                          .sem_op = (short) -units,
                          .sem_flg = SEM_UNDO };

    semopRetry(semid, &sop, 1);
}

/* Returns 0 if the value is the expected one, or 1: an exit status. */
static int
look(int expected, const char *when)
{
    int semval = semRead(semid, UNITS, GETVAL);

    eventLine("%s: value %d", when, semval);
    return claimThat(semval == expected, "the value is %d", expected) ? 0 : 1;
}

/* DOC: fork-starts-empty */
static int
holder(void)
{
    int wrong;

    takeWithUndo(2);
    wrong = look(ALL_UNITS - 2, "holder took 2");
    if (forkChild() == 0) {
        takeWithUndo(1); /* with a copy of its parent's list it gives back 3 */
        _exit(look(ALL_UNITS - 3, "its child took 1"));
    }
    wrong += reapAll();
    wrong += look(ALL_UNITS - 2, "the child is dead");
    return wrong;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_undo_fork";
    union semun arg = { .val = ALL_UNITS };

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, UNITS, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);

    if (forkChild() == 0)
        _exit(holder() == 0 ? 0 : 1);
    claimThat(reapAll() == 0, "the holder and its child saw what they should");
    look(ALL_UNITS, "the holder is dead");
    return claimVerdict();
}
