/* own_ipc.h - the process that makes a set or a segment removes it, whatever ends the process. */

#ifndef OWN_IPC_H
#define OWN_IPC_H

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* Takes the call that makes a set (a segment) and gives its result, -1 and errno included:
       semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600));
   From then on the set is removed when this process returns from main(), calls exit() or errExit(), or dies of SIGHUP,
   SIGINT, SIGQUIT, SIGPIPE or SIGTERM (an ignored one stays ignored; afterwards the signal has its default effect).
   A child made by fork() does not own it, though it inherits the exit handler and the signal handlers.
   Macros, because the signals are held back before the call in the argument is made: there is no moment at which the
   set exists and nobody would remove it. SIGKILL and _exit() remove nothing. At most 64 objects at a time. */
#define OWN_SET(call) ownedSet((holdSignals(), (call)))
#define OWN_SHM(call) ownedShm((holdSignals(), (call)))

/* The object is no longer this process's to remove: it was removed, or is meant to stay. */
void disownSet(int semid);
void disownShm(int shmid);

/* Likewise for a key that nobody else uses: the set that stands under it at the end is removed, whoever of this program
   made it. Owned objects are removed in the reverse order of their making. */
void ownKey(key_t key);

/* Called before anything is removed, if not NULL: to end the children first, so that none meets a set that has vanished
   under it, or makes one after that. Must be async-signal-safe, and do nothing in a child that inherits it. (claim.h) */
extern void (*endUsers)(void);

/* Removes all that this process owns, now. Async-signal-safe; errno is left as it was. */
void removeOwned(void);

/* For the macros. */
void holdSignals(void);
int ownedSet(int semid);
int ownedShm(int shmid);

#endif
