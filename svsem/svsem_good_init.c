/* svsem_good_init.c - waiting for sem_otime keeps a set from early use. Chapter: docs/03-initialising.md

   With a key, opens (or makes) the set under that key as any program would, and leaves it behind: svsem_rm removes it.
   It cannot help when the creator died half-way: it gives up and says so. Source: TLPI 47.5, semget(2) */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "claim.h"
#include "event_line.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { COUNT, NSEMS };
enum { INIT_VALUE = 10 };
enum { TRIES = 1000 };      /* a millisecond apart */

static const char operands[] = "[-r | key]\n"
    "  -r   the race alone, with no order forced\n"
    "  key  1 ... 0x7fffffff: open or make the set of that key, add 1, leave it there\n"
    "Example: ./svsem_good_init 0x5eed";

static key_t key;

static void
initialise(int semid)
{
    union semun arg = { .val = INIT_VALUE };
    struct sembuf noOp[] = {        /* changes no value, but sem_otime */
        { .sem_num = COUNT, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = COUNT, .sem_op = -1, .sem_flg = 0 },
    };

    if (semctl(semid, COUNT, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    if (semop(semid, noOp, 2) == -1)
        errExit("semop(%d)", semid);
    eventLine("initialised it");
}

/* DOC: otime-handshake */
static void
awaitCreator(int semid)
{
    static const struct timespec millisecond = { .tv_nsec = 1000000 };
    struct semid_ds ds = { .sem_otime = 0 };
    union semun arg = { .buf = &ds };

    for (int i = 0; i < TRIES; i++) {       /* nothing would wake us: we can only look again */
        if (semctl(semid, 0, IPC_STAT, arg) == -1)
            errExit("semctl(%d, IPC_STAT)", semid);
        if (ds.sem_otime != 0)
            return;
        nanosleep(&millisecond, NULL);
    }
    fatal("set %d: no semop() yet after %d looks: its creator died half-way? ./svsem_rm removes it", semid, TRIES);
}

static int
openSet(void)
{
    int semid = semget(key, NSEMS, IPC_CREAT | IPC_EXCL | S_IRUSR | S_IWUSR);

    if (semid != -1) {
        eventLine("made the set");
        initialise(semid);
        return semid;
    }
    if (errno != EEXIST)
        errExit("semget(0x%x)", (unsigned) key);
    semid = semget(key, NSEMS, S_IRUSR | S_IWUSR);
    if (semid == -1)
        errExit("semget(0x%x)", (unsigned) key);
    eventLine("found the set");
    awaitCreator(semid);
    return semid;
}

static void
addOne(int semid)
{
    struct sembuf sop = { .sem_num = COUNT, .sem_op = +1, .sem_flg = 0 };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
    eventLine("added 1");
}

static int otherStatus;

static int
raceWithAnother(void)
{
    pid_t other = claimFork();
    int semid = openSet();

    if (other == 0) {
        addOne(semid);
        _exit(EXIT_SUCCESS);
    }
    otherStatus = claimReap(other);     /* it must find the set ready without our using it */
    addOne(semid);
    return semid;
}

/* Killed, the other may have added its 1 or not. */
static int
nothingIsLost(void)
{
    int semid = raceWithAnother();
    int semval = semctl(semid, COUNT, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    eventLine("initialised to %d, two processes added 1 each: value %d", INIT_VALUE, semval);
    return semval == INIT_VALUE + 2 || (semval == INIT_VALUE + 1 && WIFSIGNALED(otherStatus)) ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const struct claimTwin twin = {
        .body = nothingIsLost,
        .property = "no operation is lost",
        .order = "1 2 2 2 2 1 2 2",   /* one makes the set; the other finds it, and uses it as soon as it can */
        .holds = true,
        .ownArguments = true,
    };

    helpIfAsked(argc, argv, operands);
    if (argc == 2 && strcmp(argv[1], "-r") != 0) {
        key = (key_t) getRange(argv[1], GN_ANY_BASE, 1, INT_MAX, "key");
        addOne(openSet());
        exit(EXIT_SUCCESS);
    }
    if (argc > 2)
        misuse(argv, operands);
    key = claimKey();           /* what the two make under it is removed with the program */
    return claimTwin(argc, argv, &twin);
}
