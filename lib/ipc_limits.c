/* ipc_limits.c - see ipc_limits.h */

#define _GNU_SOURCE         /* IPC_INFO */
#include <sys/sem.h>

#include "ipc_limits.h"
#include "semun.h"

enum { SEMMSL_DEFAULT = 32000, SEMOPM_DEFAULT = 500 };

long
maxSemsInSet(void)
{
#ifdef __linux__
    struct seminfo info = { .semmsl = 0 };
    union semun arg = { .__buf = &info };

    if (semctl(0, 0, IPC_INFO, arg) != -1)
        return info.semmsl;
#endif
    return SEMMSL_DEFAULT;
}

long
maxOpsInCall(void)
{
#ifdef __linux__
    struct seminfo info = { .semmsl = 0 };
    union semun arg = { .__buf = &info };

    if (semctl(0, 0, IPC_INFO, arg) != -1)
        return info.semopm;
#endif
    return SEMOPM_DEFAULT;
}
