/* svsem_good_init.c - a set is used by nobody before its creator has
   initialised it, if all wait for sem_otime.
   Chapter: docs/03-initialising.md
   Proof: ./svsem_scope explore -- ./svsem_good_init
          # status 0: complete

   With a key, opens (or makes) the set of that key as any program would, adds
   1, and leaves it there: svsem_rm removes it. If the creator dies half-way,
   the others give up. Its twin svsem_bad_init does not wait. Source: TLPI 47.5
 */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { COUNT, NSEMS };
enum { INIT_VALUE = 10 };
enum { TRIES = 1000 }; /* a millisecond apart */

static const char operands[] =
    "[key]\n"
    "  key  1 ... 0x7fffffff (default: two processes race, with a new key)\n"
    "Example: ./svsem_good_init 0x5eed";

static void
initialise(int semid)
{
    union semun arg = { .val = INIT_VALUE };
    struct sembuf noOp[] = {
        /* changes no value, but sem_otime */
        { .sem_num = COUNT, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = COUNT, .sem_op = -1, .sem_flg = 0 },
    };

    if (semctl(semid, COUNT, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    semopRetry(semid, noOp, 2);
    eventLine("initialised it");
}

/* DOC: otime-handshake */
static void
awaitCreator(int semid)
{
    static const struct timespec millisecond = { .tv_nsec = 1000000 };
    struct semid_ds ds = { 0 };
    union semun arg = { .buf = &ds };

    for (int i = 0; i < TRIES; i++) { /* nothing would wake us */
        if (semctl(semid, 0, IPC_STAT, arg) == -1)
            errExit("semctl(%d, IPC_STAT)", semid);
        if (ds.sem_otime != 0)
            return;
        nanosleep(&millisecond, NULL);
    }
    fatal(
        "set %d: no semop() yet after %d looks: its creator died half-way? "
        "./svsem_rm removes it",
        semid, TRIES);
}

static int
openSet(key_t key)
{
    int semid = semget(key, NSEMS, IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR);

    if (semid != -1) {
        eventLine("made the set");
        initialise(semid);
        return semid;
    }
    if (errno != EEXIST || (semid = semget(key, NSEMS, 0600)) == -1)
        errExit("semget(0x%x)", (unsigned) key);
    eventLine("found the set");
    awaitCreator(semid);
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
    key_t key;
    int semid, semval, killed;

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
