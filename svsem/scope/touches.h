/* touches.h - what a step touches, before it is made and while it is.

   Two steps of different tasks depend on each other when they touch the same semaphore, the same
   key or the same process, or when one of them is a sched_yield(), a program's own mark for "here
   the order matters", and the other lets its program run on and not just fall asleep. Steps that
   touch nothing in common give the same results, wake the same sleepers and leave the same queues
   in either order, and neither enables, disables or changes what the other touches. */

#pragma once

#include "run.h"

/* Of a choice that can be made now. The caller drops it. */
struct footprint touchesOf(const struct run *r, struct choice c);

/* A task ends a process, or sends it a signal: by the present step, or after a nap. */
void stir(struct run *r, const struct task *by, const struct task *t);

/* A task sends a process a signal, which that may hear asleep in semop(). `toGroup`: in another
   order the signal may reach processes that are not born yet, so the step meets every other. */
void touchBySignal(struct run *r, const struct task *by, const struct task *process, bool toGroup);
