/* svsem_lock_init.c - the next opener finishes a dead creator's job. Chapter: docs/03-initialising.md

   A lock with SEM_UNDO inside the set: whoever holds it initialises what is not ready; a death frees it. Nobody polls.
   Needs a new set to be all zero: Linux promises it, POSIX does not. With a key, opens (or makes) the set under that
   key as any program would, and leaves it behind: svsem_rm removes it. Source: semget(2), semop(2) */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { COUNT, LOCK, READY, NSEMS };     /* LOCK: 0 free, 1 taken; READY: 1 when COUNT is initialised */
enum { INIT_VALUE = 10 };

static const char operands[] = "[-r | key]\n"
    "  -r   the lesson alone, with no order forced\n"
    "  key  1 ... 0x7fffffff: open or make the set of that key, add 1, leave it there\n"
    "Example: ./svsem_lock_init 0x5eed";

static key_t key;
static bool diesHalfway;        /* in the one process that is to die while it initialises */

static void
setValue(int semid, int semnum, int value)
{
    union semun arg = { .val = value };

    if (semctl(semid, semnum, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
}

static int
getValue(int semid, int semnum)
{
    int semval = semctl(semid, semnum, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    return semval;
}

static void
initialise(int semid)
{
    setValue(semid, COUNT, INIT_VALUE);
    if (diesHalfway) {
        eventLine("dies half-way");
        _exit(EXIT_FAILURE);
    }
    setValue(semid, READY, 1);
    eventLine("initialised it");
}

/* DOC: lock-in-set */
static int
openSet(void)
{
    struct sembuf lock[] = {
        { .sem_num = LOCK, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = LOCK, .sem_op = +1, .sem_flg = SEM_UNDO },
    };
    struct sembuf unlock = { .sem_num = LOCK, .sem_op = -1, .sem_flg = SEM_UNDO };
    int semid = semget(key, NSEMS, IPC_CREAT | S_IRUSR | S_IWUSR);

    if (semid == -1)
        errExit("semget(0x%x)", (unsigned) key);
    eventLine("about to lock the set");
    while (semop(semid, lock, 2) == -1)
        if (errno != EINTR)
            errExit("semop(%d)", semid);
    eventLine("locked it");
    if (getValue(semid, READY) == 0)        /* new, or its creator died: all the same */
        initialise(semid);
    if (semop(semid, &unlock, 1) == -1)
        errExit("semop(%d)", semid);
    return semid;
}

static int
openAndAddOne(void)
{
    struct sembuf sop = { .sem_num = COUNT, .sem_op = +1, .sem_flg = 0 };
    int semid = openSet();

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
    eventLine("added 1");
    return semid;
}

static int otherStatus;

static int
raceWithAnother(void)
{
    pid_t other = claimFork();

    diesHalfway = other == 0;
    openAndAddOne();
    if (other == 0)
        _exit(EXIT_SUCCESS);
    otherStatus = claimReap(other);
    return openAndAddOne();     /* a later opener: to initialise again would be to lose what was added */
}

/* The other adds its 1 if it comes second: then there is nothing for it to initialise. Killed, it may have or not. */
static int
jobIsFinished(void)
{
    int semid = raceWithAnother();
    int semval = getValue(semid, COUNT);

    eventLine("value %d, one process %s", semval, howEnded(otherStatus));
    return semval == INIT_VALUE + 3 || (semval == INIT_VALUE + 2 && otherStatus != 0) ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const struct claimTwin twin = {
        .body = jobIsFinished,
        .property = "the set is initialised, once",
        /* The other makes the set and locks it; we get as far as we can; the other sees that it is not ready, and dies. */
        .order = "2 2 1 1 1 1 1 1 1 1 2 2",
        .holds = true,
        .ownArguments = true,
    };

    helpIfAsked(argc, argv, operands);
    if (argc == 2 && strcmp(argv[1], "-r") != 0) {
        key = (key_t) getRange(argv[1], GN_ANY_BASE, 1, INT_MAX, "key");
        openAndAddOne();
        exit(EXIT_SUCCESS);
    }
    if (argc > 2)
        misuse(argv, operands);
    key = claimKey();           /* what the two make under it is removed with the program */
    return claimTwin(argc, argv, &twin);
}
