/* svsem_lock_init.c - the next opener finishes a dead creator's job.
   Chapter: docs/03-initialising.md
   Proof: ./svsem_scope explore --crash -- ./svsem_lock_init
          # status 0: complete

   A lock with SEM_UNDO inside the set: the process that holds it initialises
   what is not ready, and its death frees the lock. Nobody polls; in its twin
   svsem_good_init all do. Needs a new set to be all zero: Linux promises it,
   POSIX does not. With a key, opens (or makes) the set of that key as any
   program would, adds 1, and leaves it there: svsem_rm removes it. Source:
   semget(2), semop(2) */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

/* LOCK: 1 while somebody has it. READY: 1 when COUNT is initialised. */
enum { COUNT, LOCK, READY, NSEMS };
enum { INIT_VALUE = 10 };

static const char operands[] =
    "[key]\n"
    "  key  1 ... 0x7fffffff (default: two processes race, with a new key)\n"
    "Example: ./svsem_lock_init 0x5eed";

static void
setValue(int semid, int semnum, int value)
{
    union semun arg = { .val = value };

    if (semctl(semid, semnum, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
}

/* DOC: lock-in-set */
static int
openSet(key_t key)
{
    struct sembuf lock[] = {
        { .sem_num = LOCK, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = LOCK, .sem_op = +1, .sem_flg = SEM_UNDO },
    };
    struct sembuf unlock = { .sem_num = LOCK,
                             .sem_op = -1,
                             .sem_flg = SEM_UNDO };
    int semid = semget(key, NSEMS, IPC_CREAT | S_IRUSR | S_IWUSR);

    if (semid == -1)
        errExit("semget(0x%x)", (unsigned) key);
    eventLine("about to lock the set");
    semopRetry(semid, lock, 2);
    eventLine("locked it");
    if (semRead(semid, READY, GETVAL) == 0) { /* new, or its creator died */
        setValue(semid, COUNT, INIT_VALUE);
        setValue(semid, READY, 1);
        eventLine("initialised it");
    }
    semopRetry(semid, &unlock, 1);
    return semid;
}

static int
openAndAddOne(key_t key)
{
    struct sembuf sop = { .sem_num = COUNT, .sem_op = +1, .sem_flg = 0 };
    int semid = openSet(key);

    semopRetry(semid, &sop, 1);
    eventLine("added 1");
    return semid;
}

int
main(int argc, char *argv[])
{
    int semid, semval, killed;
    key_t key;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2) {
        openAndAddOne(
            (key_t) getRange(argv[1], GN_ANY_BASE, 1, INT_MAX, "key"));
        exit(EXIT_SUCCESS);
    }

    key = ownKey();
    if (forkChild() == 0) {
        openAndAddOne(key);
        _exit(EXIT_SUCCESS);
    }
    semid = openAndAddOne(key);
    killed = reapAll(); /* it may have added 1, or not */
    semval = semRead(semid, COUNT, GETVAL);
    eventLine("initialised to %d, two processes added 1 each: the value is %d",
              INIT_VALUE, semval);
    return semval >= INIT_VALUE + 2 - killed ? 0 : 1;
}
