/* semops.h - operations of semop() performed, printed and parsed; what the
   kernel tells of sets, limits and errors.

   In words an operation is semnum{+|-|=}value[n][u], as svsem_op takes it:
   "0-1u,1=0n" is semaphore 0 minus 1 with SEM_UNDO, then a wait for semaphore 1
   to be 0, with IPC_NOWAIT. Source: semop(2), semctl(2); TLPI, Listing 47-8 */

#pragma once

#include <stdbool.h>
#include <sys/sem.h>

/* Performs semop(), and again after each EINTR: a handled signal, or Ctrl-Z and
   fg. Each try begins at the end of the queue. Any other failure ends the
   process, parent or child, by err_exit(). */
void semopRetry(int semid, struct sembuf *sops, size_t nsops);

/* semctl() with GETVAL, GETPID, GETNCNT or GETZCNT: the number. An error ends
   the process, parent or child, by err_exit(). */
int semRead(int semid, int semnum, int cmd);

/* The first `most` (at most ALL_OPS) of `nsops` operations in words, then
   ",..." if there are more. A static buffer, overwritten by the next call. */
enum { ALL_OPS = 500 };
const char *formatOps(const struct sembuf *sops, size_t nsops, size_t most);

/* The operations that all of `arg` stands for, and how many in *nsops; the
   caller frees them. Anything else, and more than SEMOPM, is misuse: one line
   that names the operation and what is wrong with it, and exit(2). */
struct sembuf *parseOps(const char *arg, size_t *nsops);

/* What an error of a semop() or semctl() whose other arguments are valid means,
   ": there is no such set"; "" where errno's own text says it. */
const char *semReason(int errnum);

/* As semctl(IPC_STAT), but without read permission too (a set of mode 0200). 0,
   or -1 with errno: EINVAL, no such set; EACCES, before Linux 4.17. */
int statSet(int semid, struct semid_ds *ds);

/* SEMMSL, the most semaphores in a set, or SEMOPM, the most operations in a
   call, as this system has it; Linux's default where that cannot be asked. */
long semLimit(bool ofSet);
