/* own_ipc.h - the process that makes a set or a segment removes it. */

#pragma once

#include <stdbool.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600)); is what the call gives, errno
   included. The set (the segment) is removed when this process returns from
   main(), calls exit(), errExit() or err_exit(), or dies of SIGHUP, SIGINT,
   SIGQUIT, SIGPIPE, SIGALRM or SIGTERM (an ignored one stays ignored); not by
   SIGKILL or _exit(). A child of fork() does not own it. At most 64. Macros,
   because the signals are held back before the call is made. */
#define OWN_SET(call) ownIpc(OWNED_SET, (holdSignals(), (call)))
#define OWN_SHM(call) ownIpc(OWNED_SHM, (holdSignals(), (call)))

/* A key that nobody can foresee, and under which no set stands. The one that
   does at the end is removed, whichever process made it. */
key_t ownKey(void);

/* The set is no longer this process's to remove: it is meant to stay. */
void disownSet(int semid);

/* Removes all that this process owns, now, and, if `inherited`, what its parent
   owned when it was forked. Async-signal-safe; errno is left as it was. */
void removeOwned(bool inherited);

/* For the macros. */
enum owned { OWNED_SET, OWNED_SHM, OWNED_KEY };
void holdSignals(void);
int ownIpc(enum owned kind, int id);
