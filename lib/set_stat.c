/* set_stat.c - see set_stat.h */

#include "semun.h"
#include "set_stat.h"
#include "tlpi_hdr.h"

int
statSet(int semid, struct semid_ds *ds)
{
    union semun arg = { .buf = ds };

    if (semctl(semid, 0, IPC_STAT, arg) == 0)
        return 0;
#ifdef __linux__
    /* It takes an index into the kernel's table; of an identifier, the kernel looks at the bits of the index alone. */
    if (errno == EACCES) {
        if (semctl(semid, 0, SEM_STAT_ANY, arg) == semid)
            return 0;
        errno = EACCES;
    }
#endif
    return -1;
}
