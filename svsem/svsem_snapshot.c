/* svsem_snapshot.c - GETALL reads all values at one instant, which GETVALs one
   after the other do not.
   Chapter: docs/02-tools.md

   A child moves one unit to and fro between two semaphores, so that their sum
   is 1 at any instant. Between the two GETVALs one move is let in; for GETALL
   nothing is arranged, since nothing can come between. Source: semctl(2) */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { LEFT, RIGHT, NSEMS };
enum { LOOKS = 20000 };

static int semid;

/* DOC: one-unit-moves */
static void
move(unsigned short from, unsigned short to)
{
    struct sembuf sops[] = {
        { .sem_num = from, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = to, .sem_op = +1, .sem_flg = 0 },
    };

    semopRetry(semid, sops, 2);
}

static void
lookOneByOne(void)
{
    int left = semRead(semid, LEFT, GETVAL), right;

    move(LEFT, RIGHT); /* any process may be quicker than the second look */
    right = semRead(semid, RIGHT, GETVAL);
    printf("GETVAL, GETVAL: left %d, right %d\n", left, right);
    claimThat(left + right == 2, "the unit is seen on both sides");
}

/* Looks until the unit was seen on both sides: so the child has moved it. */
static void
lookAtOnce(void)
{
    unsigned short values[NSEMS] = { 0 };
    union semun arg = { .array = values };
    int left = 0, right = 0, looks = 0, wrong = 0;

    while (looks++ < LOOKS || left == 0 || right == 0) {
        if (semctl(semid, 0, GETALL, arg) == -1)
            errExit("semctl(%d, GETALL)", semid);
        left += values[LEFT];
        right += values[RIGHT];
        wrong += values[LEFT] + values[RIGHT] != 1;
    }
    printf("GETALL: now left, now right, and %d times elsewhere\n", wrong);
    claimThat(wrong == 0, "the unit is seen on one side");
}

int
main(int argc, char *argv[])
{
    struct sembuf first = { .sem_num = LEFT, .sem_op = 1, .sem_flg = 0 };
    pid_t child;

    claimStart();
    checkArgs(argc, argv, 0, 0, "\nExample: ./svsem_snapshot");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    semopRetry(semid, &first, 1);
    lookOneByOne();
    child = forkChild();
    if (child == 0)
        for (;;) { /* until the set is removed, if nobody ends it */
            move(RIGHT, LEFT);
            move(LEFT, RIGHT);
        }
    lookAtOnce();
    if (kill(child, SIGKILL) == -1)
        errExit("kill");
    reap(child);
    exit(claimVerdict());
}
