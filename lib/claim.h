/* claim.h - what a claim program needs beside its lesson: children, waiting for the kernel, a deadline, the verdict. */

#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <sys/types.h>

#include "error_functions.h"

/* What a claim program exits with. */
enum {
    CLAIM_HOLDS = 0,
    CLAIM_FAILS = 1,            /* this kernel did something else */
    CLAIM_MISUSE = 2,
    CLAIM_COULD_NOT_RUN = 3,    /* a call failed that is not the point: errExit() ends with this after claimStart() */
    CLAIM_NOT_SHOWN = 77        /* this system cannot show it */
};

/* Call it first in main(). From then on errExit() and its kin end with CLAIM_COULD_NOT_RUN, and so does a run that is not
   over after 60 seconds, unless the claim has failed by then: it hangs, or it was asked for more than this machine can do in
   that time. The deadline is the same for all programs, and paces nothing. A child that ends with CLAIM_COULD_NOT_RUN, or
   of SIGPIPE, ends the program with CLAIM_COULD_NOT_RUN at once, even if it sleeps: a handler of SIGCHLD sees to that.
   So a semop() in which the caller itself sleeps when some child ends fails with EINTR, as the kernel has it. */
void claimStart(void);

/* fork(): never returns -1. The child dies (SIGKILL) when its parent does, and must end with _exit(). A child that is
   not reaped by the time the program ends is killed then. */
pid_t claimFork(void);

/* Waits for a child to end; returns its wait status. If it could not go on (claimStart()), neither can the program. */
int claimReap(pid_t pid);

/* A wait status in words: "exited with 0", "was killed by SIGKILL". A static buffer. */
const char *howEnded(int status);

/* Return when GETNCNT (GETZCNT, GETVAL) of semaphore `semnum` is `n`: the kernel shows that so many sleep there. */
void awaitNcnt(int semid, int semnum, int n);
void awaitZcnt(int semid, int semnum, int n);
void awaitVal(int semid, int semnum, int n);

/* A key under which there is no set, and which no other program gets from here while this one runs: what keeps it is a
   set under the key below it. Each user's search begins at a place of its own. What is made under the key, by this process
   or its children, is removed with the program. */
key_t claimKey(void);

/* A part of the claim: if `holds` is false, prints "not so: text", and the claim fails. Returns `holds`. In the body of a
   twin it is for what must hold in the wrong version, too. */
bool claimThat(bool holds, const char *format, ...) PRINTF_LIKE(2, 3);

/* Has every claimThat() of this process held so far? */
bool claimStands(void);

/* Ends the program with CLAIM_NOT_SHOWN, saying why. */
_Noreturn void notShown(const char *format, ...) PRINTF_LIKE(1, 2);

/* ---- Programs with a twin: the right version and the wrong one, in one frame ---- */

struct claimTwin {
    int (*body)(void);      /* the bare lesson. Makes its own sets (OWN_SET) and children (claimFork()), gives back 0 if
                               the property held, 1 if it did not; a wrong one may hang */
    const char *property;   /* what ought to hold: "nobody is stuck", "the count is exact" */
    const char *order;      /* the order forced on its calls, such as "1 1 2 3 2 3", or NULL: nothing is forced */
    bool holds;             /* is the property expected to hold? true in the right twin, false in the wrong one */
    bool mayHang;           /* in a wrong twin: to be stuck is the failure that it claims, or one of them */
    bool ownArguments;      /* the program has read its own arguments, and any of them may be "-r". false: claimTwin()
                               answers --help, and refuses any argument but -r with status 2 */
};

/* With the argument -r: calls the body in this process, with no order, no watcher and no deadline; the result is 0 only
   if the property held. Otherwise the claim run, which holds if the property did as expected: the body runs in a child,
   `order` is forced on it, and it is watched. Either way, prints "PROPERTY: yes" or "PROPERTY: no"
   (", as claimed" where a wrong twin's claim run shows it).

   An order is a list of numbers: process 1 is the body, 2, 3, ... are its children in the order of their birth. Each step
   lets that process make its next call of semget, semctl, semop, semtimedop or sched_yield (a program's own mark for "a
   switch can happen here"). The step is over when the process stands before its next such call, or sleeps in semop() or
   wait(), or has ended; those that it woke or bore then run on to their own next such call, one after the other. A step
   of a process that sleeps, or has ended, is passed over. After the last step all run freely; so they do when none stands
   before a call, and from a step on whose process is not born: an error (fatal()) unless the property then tells of another.

   A body is stuck when every process of it sleeps in an untimed semop(), or waits for another to end: seen twice, with
   context-switch counts that did not move. Then who sleeps on what is printed, the property did not hold, and the body is
   ended: its children by SIGKILL, itself by SIGTERM, whose handler removes its sets. All this needs Linux: where ptrace()
   is not allowed an order ends as notShown(), and without /proc a stuck body runs into the deadline. Source: ptrace(2)
   Call it without claimStart(), as the last thing in main(); returns what main() is to return. */
int claimTwin(int argc, char *argv[], const struct claimTwin *twin);

/* Prints "the claim holds" or "the claim does not hold", and returns what main() is to return. */
int claimVerdict(void);

#endif
