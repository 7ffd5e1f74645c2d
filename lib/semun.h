/* semun.h - the fourth argument of semctl(), which on Linux the program must
   define itself. Source: semctl(2), TLPI 47.3 */

#pragma once

#include <sys/sem.h>
#include <sys/types.h>

/* macOS defines it, FreeBSD does if asked. Always the full union: that is what
   the kernel is handed, and on big-endian 64-bit machines a cut-down one with
   only `int val` stores 0 in place of the value. */
#if !defined(__APPLE__) && !(defined(__FreeBSD__) && defined(_WANT_SEMUN))
union semun {
    int val;               /* SETVAL: 0 ... 32767 */
    struct semid_ds *buf;  /* IPC_STAT, IPC_SET */
    unsigned short *array; /* GETALL, SETALL: a value for each semaphore */
#if defined(__linux__)
    struct seminfo *__buf; /* IPC_INFO, SEM_INFO */
#endif
};
#endif
