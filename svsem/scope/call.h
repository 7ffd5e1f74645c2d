/* call.h - a call as read at its gate, before the kernel sees it. */

#pragma once

#include "gate.h"
#include "model.h"
#include "tracee.h"

struct call {
    enum kind kind;
    int semid, set;         /* the kernel's identifier; the model's index, or -1 */
    int key, nsems, flags;  /* semget */
    int semnum, cmd, value; /* semctl; SETVAL's value */
    unsigned short *values; /* SETALL: one value for each semaphore of the set */
    struct semop op;        /* semop */
    bool timed;             /* with a timeout that is not zero */
    bool fresh;             /* semget: the key has no set yet */
    double nap;             /* seconds, 0 ... */
};

/* Reads from the tracee what its call asks for. A set that the model does not know becomes part of
   it. The memory belongs to the call: callFree(). */
void callRead(struct call *c, struct tracee *t, struct model *m, enum kind kind, long number,
              const unsigned long arg[6]);
void callFree(struct call *c);

/* The flags of a clone3(), which are in memory: at the address that is its first argument. */
uint64_t cloneFlags(struct tracee *t, unsigned long address);

/* Does the call change nothing, whatever it returns? */
bool callReads(const struct call *c);

/* Is it a semctl() for one semaphore? */
bool callNamesSemaphore(const struct call *c);

/* Two calls of one signature ask for the same: what a loop that polls repeats. */
uint64_t callSignature(const struct call *c);
