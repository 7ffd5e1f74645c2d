/* lib_cost.c - the time of reserveSem() and releaseSem() over that of the bare semop() calls: rounds side by side, median. */

#include <sys/sem.h>
#include <time.h>

#include "binary_sems.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { ROUNDS = 401, CALLS = 2000 };

static void
bare(int semid)
{
    struct sembuf reserve = { .sem_num = 0, .sem_op = -1, .sem_flg = 0 };
    struct sembuf release = { .sem_num = 0, .sem_op = 1, .sem_flg = 0 };

    for (int i = 0; i < CALLS; i++) {
        while (semop(semid, &reserve, 1) == -1)
            if (errno != EINTR)
                errExit("semop(%d)", semid);
        while (semop(semid, &release, 1) == -1)
            if (errno != EINTR)
                errExit("semop(%d)", semid);
    }
}

static void
throughTheLibrary(int semid)
{
    for (int i = 0; i < CALLS; i++)
        if (reserveSem(semid, 0) == -1 || releaseSem(semid, 0) == -1)
            errExit("reserveSem, releaseSem");
}

static double
seconds(void (*calls)(int semid), int semid)
{
    struct timespec from, to;

    clock_gettime(CLOCK_MONOTONIC, &from);
    calls(semid);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double) (to.tv_sec - from.tv_sec) + (double) (to.tv_nsec - from.tv_nsec) / 1e9;
}

static int
byValue(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

int
main(void)
{
    static double ratios[ROUNDS];
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600));

    if (semid == -1 || initSemAvailable(semid, 0) == -1)
        errExit("semget, initSemAvailable");
    for (int i = 0; i < ROUNDS; i++) {
        double direct = seconds(bare, semid);

        ratios[i] = seconds(throughTheLibrary, semid) / direct;
    }
    qsort(ratios, ROUNDS, sizeof(ratios[0]), byValue);
    printf("through the library: %.3f of the bare calls (median of %d rounds)\n", ratios[ROUNDS / 2], ROUNDS);
    return 0;
}
