/* claim_order.h - the part of claimTwin() that decides who makes the next call. Not for programs: those use claim.h. */

#ifndef CLAIM_ORDER_H
#define CLAIM_ORDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "blocked.h"

/* Begins to trace the body. Ends by notShown() where that is not allowed. */
void takeHold(pid_t body);

/* Forces `order` (claim.h) on the body and its children, and lets all go after the last step, or earlier, as it says there.
   Returns false if the body ended before that; its wait status is then in *status. */
bool forceOrder(const char *order, int *status);

/* Ends by fatal() if a step named a process that there was not. It is the order's fault only if all else is as expected: a
   body that cannot go on, or is broken, may have none. */
void checkOrder(void);

/* Lets a traced process go on that stopped, as waitpid() told by `status`, after the last step. */
void goOn(pid_t pid, int status);

/* The next wait status of `pid` (-1: of any child or traced process): returns its PID; 0 when none has come for a
   millisecond. Does not return if the deadline has passed or a signal asks this program to end. In claim_twin.c */
pid_t nextReport(pid_t pid, int *status);

enum sleep { AWAKE, IN_SEMOP, IN_TIMED_SEMOP, IN_WAIT };

/* In which of these calls does a process sleep? *b is filled in for the semop() ones. Reading /proc/PID/syscall waits
   until the process is off its processor: "about to sleep" is never taken for "asleep". In claim_twin.c */
enum sleep sleepIn(pid_t pid, struct blocked *b);

/* How often a process has given up its processor or was put off it; unchanged between two looks that both show it
   asleep, it was asleep all the time between them. -1 if there is no such process. In claim_twin.c */
long switches(pid_t pid);

/* The state letter of proc(5): 'S' asleep, 'T' stopped, 't' held by its tracer, 'Z' ended; '\0': gone. In claim_twin.c */
char stateOf(pid_t pid);

#endif
