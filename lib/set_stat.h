/* set_stat.h - a set's owner, permissions, size and times, also where IPC_STAT is refused. */

#ifndef SET_STAT_H
#define SET_STAT_H

#include <sys/sem.h>

#if defined(__linux__) && !defined(SEM_STAT_ANY)
#define SEM_STAT_ANY 20     /* a libc older than Linux 4.17 */
#endif

/* As semctl(IPC_STAT), into *ds, but without read permission too: the owner of a set of mode 0200 may change it, and must
   know how it stands. Returns 0, or -1 with errno: EINVAL, no such set; EACCES, where the system has no other way (it is not
   Linux, or older than 4.17). Source: semctl(2) on SEM_STAT_ANY */
int statSet(int semid, struct semid_ds *ds);

#endif
