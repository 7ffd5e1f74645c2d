/* footprint.h - what a step touches, and whether two steps touch the same. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

/* Semaphores `low` to `high` of one set; set == KEYS: the keys of these numbers. */
struct span {
    int set, low, high;
    bool own; /* the step's own; else that of a sleeper which it makes the kernel try */
};
enum { KEYS = -1 };

struct footprint {
    bool all;       /* it meets every step of another task that lets a program's own code run */
    bool quiet;     /* it lets none run: the task falls asleep at once */
    int process;    /* whose step it is */
    uint64_t stirs; /* processes that the step ends, threads and all, or sends a signal to */
    struct span *span;
    int nspan;
};

/* The bit of a process in `stirs`. The 65th has that of the first: what meets by mistake costs
   a run more, and is no harm. */
uint64_t processBit(int process);

void addSpan(struct footprint *f, int set, int low, int high, bool own);
void addOps(struct footprint *f, int set, const struct semop *op, bool own);

/* Adds to one what another touches. */
void joinFootprint(struct footprint *to, const struct footprint *from);

/* Do two steps of different tasks touch the same? With `ownOnly` the spans of sleepers do not
   count. */
bool footprintsMeet(const struct footprint *a, const struct footprint *b, bool ownOnly);

void dropFootprint(struct footprint *f);
