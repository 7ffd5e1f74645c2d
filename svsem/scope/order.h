/* order.h - which steps had to come before which, in a run that has been made. */

#pragma once

#include "run.h"

/* Tells event `event`, the youngest, what comes before it. In `races`, which has room for as many,
   are earlier events on which it depends with nothing in between that orders the two; returns how
   many. Call it after each step. */
int orderEvent(struct run *r, int event, int races[]);

/* Must `first` come before `second`? */
bool happensBefore(const struct run *r, int first, int second);

/* One number for all runs that differ only by swaps of neighbouring steps which have no
   semaphore of their own, key or process in common. */
uint64_t runClass(const struct run *r);
