/* event_flags.c - see event_flags.h */

#include <limits.h>

#include "binary_sems.h"
#include "event_flags.h"
#include "semun.h"

/* A flag that is set is a binary semaphore in use: both are 0. */

int
setEventFlag(int semId, int semNum)
{
    return initSemInUse(semId, semNum);
}

int
clearEventFlag(int semId, int semNum)
{
    return initSemAvailable(semId, semNum);
}

int
waitForEventFlag(int semId, int semNum)
{
    struct sembuf sop = { .sem_num = (unsigned short) semNum, .sem_op = 0 };

    if (semNum < 0 || semNum > USHRT_MAX) {
        errno = EFBIG;
        return -1;
    }
    while (semop(semId, &sop, 1) == -1)
        if (errno != EINTR)
            return -1;
    return 0;
}

int
getFlagState(int semId, int semNum, Boolean *isSet)
{
    int value = semctl(semId, semNum, GETVAL);

    if (value == -1)
        return -1;
    *isSet = value == 0 ? TRUE : FALSE;
    return 0;
}
