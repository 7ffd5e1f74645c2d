/* event_flags.c - see event_flags.h */

#include <limits.h>

#include "event_flags.h"
#include "semun.h"

enum { FLAG_SET = 0, FLAG_CLEAR = 1 };

static int
setValue(int semId, int semNum, int value)
{
    union semun arg = { .val = value };

    return semctl(semId, semNum, SETVAL, arg) == -1 ? -1 : 0;
}

int
waitForEventFlag(int semId, int semNum)
{
    struct sembuf sop = { .sem_num = (unsigned short) semNum, .sem_op = 0, .sem_flg = 0 };

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
setEventFlag(int semId, int semNum)
{
    return setValue(semId, semNum, FLAG_SET);
}

int
clearEventFlag(int semId, int semNum)
{
    return setValue(semId, semNum, FLAG_CLEAR);
}

int
getFlagState(int semId, int semNum, Boolean *isSet)
{
    int value = semctl(semId, semNum, GETVAL);

    if (value == -1)
        return -1;
    *isSet = value == FLAG_SET ? TRUE : FALSE;
    return 0;
}
