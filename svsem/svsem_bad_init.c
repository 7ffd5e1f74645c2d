/* svsem_bad_init.c - a set can be used before its creator has initialised it. Chapter: docs/03-initialising.md

   With a key, opens (or makes) the set under that key as any program would, and leaves it behind: svsem_rm removes it.
   Source: TLPI 47.5, semget(2) */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { COUNT, NSEMS };
enum { INIT_VALUE = 10 };

static const char operands[] = "[-r | key]\n"
    "  -r   the race alone, with no order forced\n"
    "  key  1 ... 0x7fffffff: open or make the set of that key, add 1, leave it there\n"
    "Example: ./svsem_bad_init 0x5eed";

static key_t key;

static void
initialise(int semid)
{
    union semun arg = { .val = INIT_VALUE };

    if (semctl(semid, COUNT, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    eventLine("initialised it");
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
        .holds = false,
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
