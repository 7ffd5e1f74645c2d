/* blocked.h - which processes sleep in semop(), and on what: Linux tells it in /proc, no other system does. */

#ifndef BLOCKED_H
#define BLOCKED_H

#include <stdbool.h>
#include <sys/sem.h>
#include <sys/types.h>

enum { BLOCKED_OPS = 500 };     /* operations kept of one call: Linux allows no more in one semop(), by default */

/* A thread that sleeps in semop() or semtimedop(). Reading that it sleeps takes less permission than reading in which
   call: Yama's scope 1 (Ubuntu, Fedora) grants the second for descendants only. Then semid and nsops are -1.
   Source: proc(5) on wchan and syscall, ptrace(2) on "ptrace access mode" */
struct blocked {
    pid_t pid;                  /* the process ... */
    pid_t tid;                  /* ... and the thread of it, the same number in most programs */
    char program[16];           /* its name as ps shows it, cut to 15 characters */
    int semid;                  /* the set, by its identifier in the sleeper's own IPC namespace; -1: may not be read */
    bool timed;                 /* semtimedop() with a timeout */
    int nsops;                  /* of how many operations, the first BLOCKED_OPS of them in sops; -1: may not be read */
    struct sembuf sops[BLOCKED_OPS];
};

/* Does a thread of process `pid` sleep in semop()? Then true, and the first such thread in *b (which may be NULL). False as
   well for a process that is gone or stopped, or that may not be looked at, and on systems other than Linux. */
bool blockedIn(pid_t pid, struct blocked *b);

/* Lists the threads that sleep on the set `semid`, in the order of their PIDs: one entry each, as GETNCNT and GETZCNT
   count them. Those of which only the sleep may be known are listed too, with semid -1, unless the set's counts show that
   all its sleepers are known; some of these may sleep on other sets. Sleepers that may not be looked at at all are missing.
   Returns how many there are; `list` gets the first `max` of them. */
int blockedOn(int semid, struct blocked list[], int max);

/* Lets every process of this user see what this one sleeps on, also under Yama's scope 1, as if it were an ancestor. Elsewhere
   it does nothing. Source: prctl(2) on PR_SET_PTRACER */
void letOthersLook(void);

/* Operations in the words of svsem_op: "0-1,1=0n,2+3u", and "..." for those past BLOCKED_OPS, which are not looked at. A
   static buffer, overwritten by the next call. */
const char *formatOps(const struct sembuf *sops, int nsops);

#endif
