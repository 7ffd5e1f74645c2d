/* tracee.h - one task as ptrace has it: let go, looked at, its memory and its registers. Where a
   call fails because the task has died meanwhile, that is no error: the news of its end comes.
   Source: ptrace(2) */

#pragma once

#include "asleep.h"
#include "helpers.h"

struct tracee {
    pid_t tid;
    bool hidden;          /* its memory or its state may not be read */
    struct thread asleep; /* as it was when last seen asleep */
    bool shielded;        /* by traceeShield(); what traceeUnshield() puts back: */
    uint64_t mask;        /* the signals that it blocked itself */
    unsigned long timeoutAddress;
};

/* Lets it go on, and hear signal `sig` if that is not 0. `stopAtReturn`: it stops when the call at
   whose gate it stands returns. */
void traceeGo(struct tracee *t, bool stopAtReturn, int sig);

/* Leaves it stopped, as its signal wants it, until SIGCONT. */
void traceeHalt(struct tracee *t);

/* Ends its sleep in a semop(), which then returns EINTR. False if that cannot be done. */
bool traceeInterrupt(struct tracee *t);

/* Kills it. One that stands at its end already hears no signal: it is let go. */
void traceeEnd(pid_t tid);

/* While it sleeps in semop(), signals that it ignores do not end that sleep. `untimed`: nor does
   its timeout. */
void traceeShield(struct tracee *t, bool untimed);
void traceeUnshield(struct tracee *t);

/* The call at whose gate it stands is not made. */
void traceeSkip(const struct tracee *t);

/* What its call, from which it is just returning, returns: 0 ..., or a negative errno. */
void traceeSetResult(const struct tracee *t, long result);

/* Reads its memory; returns how many bytes were read. Source: process_vm_readv(2) */
size_t traceeRead(struct tracee *t, unsigned long address, void *buffer, size_t size);

/* What it does. MOVED: it sleeps, and has run since it was last seen asleep. */
enum look { LOOK_RUNNING, LOOK_MOVED, LOOK_ASLEEP, LOOK_ZOMBIE };
enum look traceeLook(struct tracee *t);

/* Does ptrace still hold it? Else it is on its way to its death. */
bool traceeIsHeld(const struct tracee *t);

/* Its state, a letter as ps has it. */
char traceeState(const struct tracee *t);

/* Will a signal reach it as soon as it goes on? */
bool traceeHears(const struct tracee *t);
