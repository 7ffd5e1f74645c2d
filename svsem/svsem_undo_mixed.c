/* svsem_undo_mixed.c - SEM_UNDO on only one of two opposite operations drifts.
   Chapter: docs/06-undo.md

   A process locks a mutex and unlocks it, `rounds` times, and ends: the value
   must be 1 again. semadj is bounded too: the 32768th lock with SEM_UNDO, all
   unlocked without, fails with ERANGE. Source: semop(2) */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { MUTEX, NSEMS };
enum { MAX_ROUNDS = 32767 }; /* the bound of semadj */

static const char operands[] =
    "[rounds]\n"
    "  rounds  1 ... 32768: how often to lock and unlock (1)\n"
    "Example: ./svsem_undo_mixed 100";

static int semid, rounds = 1;

static bool
change(short by, short flags)
{
    struct sembuf sop = { .sem_num = MUTEX, .sem_op = by, .sem_flg = flags };

    if (semop(semid, &sop, 1) == 0)
        return true;
    if (errno != ERANGE)
        err_exit("semop(%d)", semid);
    return false;
}

/* DOC: mixed */
/* Returns how many rounds went well. */
static int
lockAndUnlock(int times, short lockFlags, short unlockFlags)
{
    int done = 0;

    while (done < times && change(-1, lockFlags) && change(+1, unlockFlags))
        done++;
    if (done < times)
        eventLine("round %d: ERANGE", done + 1);
    return done;
}

static void
expectAfter(short lockFlags, short unlockFlags, int expected)
{
    union semun arg = { .val = 1 };

    if (semctl(semid, MUTEX, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    if (forkChild() == 0) {
        lockAndUnlock(rounds, lockFlags, unlockFlags);
        _exit(EXIT_SUCCESS);
    }
    reapAll();
    eventLine("lock %s SEM_UNDO, unlock %s: the mutex ends at %d",
              lockFlags ? "with" : "without", unlockFlags ? "with" : "without",
              semRead(semid, MUTEX, GETVAL));
    claimThat(semRead(semid, MUTEX, GETVAL) == expected, "it is %d", expected);
}

int
main(int argc, char *argv[])
{
    claimStart();
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        rounds = (int) getRange(argv[1], 0, 1, MAX_ROUNDS + 1, "rounds");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    expectAfter(SEM_UNDO, SEM_UNDO, 1);
    expectAfter(0, 0, 1);
    expectAfter(SEM_UNDO, 0, min(1 + rounds, MAX_ROUNDS));
    expectAfter(0, SEM_UNDO, 0);
    change(+1, 0); /* from 0 to 1 once more */
    claimThat(lockAndUnlock(MAX_ROUNDS + 1, SEM_UNDO, 0) == MAX_ROUNDS,
              "semadj has a bound");
    return claimVerdict();
}
