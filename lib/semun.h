/* semun.h - the fourth argument of semctl(), which on Linux the program must
   define itself. Source: semctl(2), TLPI 47.3 */

#pragma once

#include <sys/sem.h>
#include <sys/types.h>

enum { SEMVMX = 32767 }; /* the largest value of a semaphore */

/* Always the full union: that is what the kernel is handed, and on big-endian
   64-bit machines one with only `int val` stores 0 in place of the value. */
union semun {
    int val;               /* SETVAL: 0 ... SEMVMX */
    struct semid_ds *buf;  /* IPC_STAT, IPC_SET */
    unsigned short *array; /* GETALL, SETALL: a value for each semaphore */
    struct seminfo *__buf; /* IPC_INFO, SEM_INFO */
};
