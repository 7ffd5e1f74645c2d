/* svsem_snapshot.c - GETALL reads all values at one instant, which GETVALs one after the other do not. Chapter: docs/02-tools.md

   A child moves one unit to and fro between two semaphores, so that their sum is 1 at any instant. Between the two GETVALs
   one move is let in; for GETALL nothing is arranged, since nothing can come between. Source: semctl(2) */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "own_ipc.h"
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

    while (semop(semid, sops, 2) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

static void
lookOneByOne(void)
{
    int left, right;

    left = semctl(semid, LEFT, GETVAL);
    move(LEFT, RIGHT);          /* any process may be quicker than the second look */
    right = semctl(semid, RIGHT, GETVAL);
    printf("GETVAL, GETVAL: left %d, right %d, sum %d\n", left, right, left + right);
    claimThat(left + right == 2, "the unit must be seen on both sides");
    move(RIGHT, LEFT);
}

static void
lookAtAll(void)
{
    unsigned short values[NSEMS] = { 0 };
    union semun arg = { .array = values };
    int seen[NSEMS] = { 0 }, looks = 0;

    /* Look until the unit has been seen on both sides, so that the child did move it meanwhile. */
    while (looks < LOOKS || seen[LEFT] == 0 || seen[RIGHT] == 0) {
        if (semctl(semid, 0, GETALL, arg) == -1)
            errExit("semctl(%d, GETALL)", semid);
        looks++;
        seen[LEFT] += values[LEFT];
        seen[RIGHT] += values[RIGHT];
        if (!claimThat(values[LEFT] + values[RIGHT] == 1, "left %d, right %d", values[LEFT], values[RIGHT]))
            return;
    }
    printf("GETALL: the unit was now left, now right, and the sum always 1\n");
}

int
main(int argc, char *argv[])
{
    struct sembuf first = { .sem_num = LEFT, .sem_op = 1, .sem_flg = 0 };
    pid_t child;

    helpIfAsked(argc, argv, "\nExample: ./svsem_snapshot");
    if (argc != 1)
        misuse(argv, "\nExample: ./svsem_snapshot");
    claimStart();
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semop(semid, &first, 1) == -1)
        errExit("semop(%d)", semid);

    lookOneByOne();
    child = claimFork();
    if (child == 0) {
        for (;;) {
            move(LEFT, RIGHT);
            move(RIGHT, LEFT);
        }
    }
    lookAtAll();
    if (kill(child, SIGKILL) == -1)
        errExit("kill");
    claimReap(child);
    exit(claimVerdict());
}
