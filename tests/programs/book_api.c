/* book_api.c - uses the helper API as the book's listings of chapters 45 to 48 do; compiling it is
   half the test. */

#include <sys/sem.h>
#include <sys/stat.h>

#include "binary_sems.h"
#include "curr_time.h"
#include "event_flags.h"
#include "semun.h"
#include "tlpi_hdr.h"

static void
binarySemaphore(int semid)
{
    if (initSemAvailable(semid, 0) == -1)
        errExit("initSemAvailable");
    bsUseSemUndo = TRUE;
    bsRetryOnEintr = TRUE;
    if (reserveSem(semid, 0) == -1 || releaseSem(semid, 0) == -1)
        errExit("reserveSem, releaseSem");
    bsUseSemUndo = FALSE;
    printf("available: %d\n", semctl(semid, 0, GETVAL));
    if (initSemInUse(semid, 0) == -1)
        errExit("initSemInUse");
    printf("in use: %d\n", semctl(semid, 0, GETVAL));
    if (reserveSem(semid, 65536) != -1 || errno != EFBIG || reserveSem(semid, -1) != -1 ||
        errno != EFBIG)
        fatal("a number that no semaphore has was narrowed");
}

static void
eventFlag(int semid)
{
    Boolean isSet = TRUE;

    if (clearEventFlag(semid, 1) == -1 || getFlagState(semid, 1, &isSet) == -1)
        errExit("clearEventFlag, getFlagState");
    printf("cleared: %s\n", isSet ? "TRUE" : "FALSE");
    if (setEventFlag(semid, 1) == -1 || getFlagState(semid, 1, &isSet) == -1 ||
        waitForEventFlag(semid, 1) == -1)
        errExit("setEventFlag, getFlagState, waitForEventFlag");
    printf("set: %s\n", isSet ? "TRUE" : "FALSE");
}

int
main(int argc, char *argv[])
{
    union semun arg, dummy = { .val = 0 };
    struct semid_ds ds;
    int semid;

    if (argc != 2 || strcmp(argv[1], "--help") == 0)
        usageErr("%s num-sems\n", argv[0]);
    semid =
        semget(IPC_PRIVATE, getInt(argv[1], GN_GT_0, "num-sems"), IPC_CREAT | S_IRUSR | S_IWUSR);
    if (semid == -1)
        errExit("semget");
    arg.buf = &ds;
    if (semctl(semid, 0, IPC_STAT, arg) == -1)
        errExit("semctl");
    printf("%ld semaphores, min %d, max %d, %s\n", (long) ds.sem_nsems, min(1, 2), max(1, 2),
           currTime("%T") != NULL && currTime(NULL) != NULL ? "with a time" : "without");
    binarySemaphore(semid);
    eventFlag(semid);
    if (semctl(semid, 0, IPC_RMID, dummy) == -1)
        errExit("semctl");
    exit(EXIT_SUCCESS);
}
