#include <limits.h>

#include "binary_sems.h"
#include "event_flags.h"
#include "semun.h"

Boolean bsUseSemUndo = FALSE;
Boolean bsRetryOnEintr = TRUE;

static int
change(int semId, int semNum, short by)
{
    struct sembuf sop = { .sem_num = (unsigned short) semNum,
                          .sem_op = by,
                          .sem_flg = bsUseSemUndo ? SEM_UNDO : 0 };

    if (semNum < 0 || semNum > USHRT_MAX) {
        errno = EFBIG;
        return -1;
    }
    while (semop(semId, &sop, 1) == -1)
        if (errno != EINTR || !bsRetryOnEintr)
            return -1;
    return 0;
}

int
initSemAvailable(int semId, int semNum)
{
    return semctl(semId, semNum, SETVAL, (union semun){ .val = 1 });
}

int
initSemInUse(int semId, int semNum)
{
    return semctl(semId, semNum, SETVAL, (union semun){ .val = 0 });
}

int
reserveSem(int semId, int semNum)
{
    return change(semId, semNum, -1);
}

int
releaseSem(int semId, int semNum)
{
    return change(semId, semNum, 1);
}

int
waitForEventFlag(int semId, int semNum)
{
    return change(semId, semNum, 0);
}

int
getFlagState(int semId, int semNum, Boolean *isSet)
{
    int value = semctl(semId, semNum, GETVAL);

    *isSet = value == 0 ? TRUE : FALSE;
    return value == -1 ? -1 : 0;
}
