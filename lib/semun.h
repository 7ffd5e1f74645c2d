/* semun.h - the fourth argument of semctl(), which the program must define itself on Linux. Source: semctl(2), TLPI 47.3 */

#ifndef SEMUN_H
#define SEMUN_H

#include <sys/sem.h>
#include <sys/types.h>

/* macOS defines it, FreeBSD does if asked. Always the full union: the kernel is handed a union of this size, and a
   cut-down one with only `int val` stores 0 in place of the value on big-endian 64-bit machines. */
#if defined(__APPLE__)
#define SEMUN_DEFINED
#elif defined(__FreeBSD__) && defined(_WANT_SEMUN)
#define SEMUN_DEFINED
#endif

#ifndef SEMUN_DEFINED
union semun {
    int val;                /* SETVAL: 0 ... 32767 */
    struct semid_ds *buf;   /* IPC_STAT, IPC_SET */
    unsigned short *array;  /* GETALL, SETALL: one value for each semaphore of the set */
#if defined(__linux__)
    struct seminfo *__buf;  /* IPC_INFO, SEM_INFO */
#endif
};
#endif

#endif
