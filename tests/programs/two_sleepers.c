/* two_sleepers.c - one thread sleeps in semop() {0-1 undo}, another in semtimedop() {1=0,0-3} for a
   minute, on the set given. */

#define _GNU_SOURCE
#include <pthread.h>
#include <sys/sem.h>
#include <time.h>

#include "asleep.h"
#include "tlpi_hdr.h"

static int semid;

static void *
timed(void *arg)
{
    struct sembuf sops[] = { { .sem_num = 1, .sem_op = 0 }, { .sem_num = 0, .sem_op = -3 } };
    struct timespec minute = { .tv_sec = 60 };

    semtimedop(semid, sops, 2, &minute);
    return arg;
}

int
main(int argc, char *argv[])
{
    struct sembuf sop = { .sem_num = 0, .sem_op = -1, .sem_flg = SEM_UNDO };
    pthread_t thread;

    if (argc != 2)
        misuse(argv, "semid");
    semid = getInt(argv[1], GN_NONNEG, "semid");
    letOthersLook();
    if (pthread_create(&thread, NULL, timed, NULL) != 0)
        fatal("pthread_create");
    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
    exit(EXIT_SUCCESS);
}
