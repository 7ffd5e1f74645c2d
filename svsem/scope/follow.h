/* follow.h - starts a program and hears of its processes and threads, by ptrace. */

#pragma once

#include "run.h"

/* GATE, RETURNED: the task stands before a call, at the return of one. FORKED: it has made a task.
   READIED: it has been made, or its child by vfork() has let go of its memory. EXECED: it has
   become a program. LEAVES, ENDED: it is about to end, it has. SIGNALLED: a signal has come.
   STOPPED: one has stopped it. HELD: it stands still for ptrace's own reasons. */
enum newsKind { GATE, RETURNED, FORKED, READIED, EXECED, LEAVES, ENDED, SIGNALLED, STOPPED, HELD };

struct news {
    enum newsKind kind;
    struct task *task;
    long value; /* call number, result, new task's number, signal, or wait status */
    enum kind call;
    unsigned long arg[6]; /* GATE */
    struct task *former;  /* EXECED: the thread that did it, when it was another; it is no more */
    int timer;            /* SIGNALLED: by this one */
    bool vfork;           /* FORKED */
};

/* Starts the program that the options name. False: it is refused, see the run's verdict. */
bool followStart(struct run *r);

/* The next news, without waiting. False if there is none. */
bool followNext(struct run *r, struct news *n);

/* After a DIFFERS: a signal from outside takes a sleeper off its queue before there is news of it.
   Waits for that, and makes it the verdict. */
void followCause(struct run *r);

/* Kills and reaps all that is left. */
void followEnd(struct run *r);
