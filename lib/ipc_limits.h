/* ipc_limits.h - the kernel's limits on what one call may ask for. Source: semctl(2) on IPC_INFO, semget(2), semop(2) */

#ifndef IPC_LIMITS_H
#define IPC_LIMITS_H

/* Both are what this system's administrator has set; where that cannot be asked (not Linux), Linux's defaults. */
long maxSemsInSet(void);        /* SEMMSL: semaphores in one set */
long maxOpsInCall(void);        /* SEMOPM: operations in one semop() */

#endif
