/* run.h - one run of a program: its tasks, its sets, its steps, and how it ended. */

#pragma once

#include "error_functions.h"
#include "footprint.h"
#include "task.h"

enum how { STEP, EXPIRE, KILL, CALL_KILL };

struct choice {
    int task;
    enum how how;
};

/* One step of a schedule; event 0 is what happened before the first choice. */
struct event {
    struct choice choice;
    char *call, *result; /* as drawn */
    double ms;
    struct footprint footprint;
    bool closed;            /* all tasks have rested since: what happens now is not its doing */
    uint64_t stirsLate;     /* processes that its task has stirred when a nap was over */
    int *touched, ntouched; /* tasks born, woken or set going by it */
    int *woken, nwoken;     /* sleepers of semop() among them */
    int ntask, nset;        /* a snapshot of what was after it: */
    char *state;            /* a letter for each task */
    int **value;            /* for each set: value, n, z of each semaphore; NULL when removed */
    char **semadj;          /* for each task: text, NULL when all are zero */
    int *clock, nclock;     /* order.c: how many events of each task come before */
    int index;              /* its place among its task's events */
};

enum verdict {
    GOING,
    WELL,
    DEADLOCK, /* from here on the program fails ... */
    STUCK,
    BAD_EXIT,
    BAD_SIGNAL,
    LEFT_BEHIND, /* ... to here */
    DISTURBED,
    IMPATIENT,
    UNREPEATABLE,
    DIFFERS,
    REFUSED
};

struct options {
    char **command;
    double patience; /* seconds */
    long max;        /* runs */
    int preemptions; /* -1: no bound */
    bool live;       /* trace: the program has the terminal, and time is the clock's */
    bool quiet, noInput, shared, crash, ms;
    bool hasty; /* no process that polls is given the time that a deadline of its own may want */
    char *self; /* the name by which the scope was called */
    const char *output, *schedule;
};

struct run {
    const struct options *opt;
    struct task **task; /* task[number - 1] */
    int ntask, alive;
    int status; /* of the first process, as waitpid() has it */
    struct model model;
    struct event *event;
    int nevent;
    int *segment, nsegment; /* shared memory made by the run */
    int *key, nkey;         /* keys, in the order in which tasks have come to ask for them */
    long tickets;

    bool own;    /* it is in an IPC namespace of its own */
    bool execed; /* the first process has become the program */
    bool killed; /* the scope has killed a process */
    bool spare;  /* the present choices poll or have timed out before: no other task can go */

    int idleFrom;     /* the first of the last events that were all in vain */
    long idleChanges; /* the model's changes then */
    int idleTasks;    /* births and deaths then */
    long changesSeen; /* the model's changes at the last step */
    long waited;      /* the model's changes when processes that poll were given time */

    double began;            /* seconds() */
    double changed, stepped; /* patienceClock() at the last change of a value, the last step */
    double napTime;          /* seconds that naps have taken */

    enum verdict verdict;
    char message[400];
};

/* The first reason to end a run stands; later ones are dropped. */
void finish(struct run *r, enum verdict v, const char *format, ...) PRINTF_LIKE(3, 4);

/* A new task, its first stop still to come. It is nobody's child until adopt(). */
struct task *addTask(struct run *r, pid_t tid);
void adopt(struct task *parent, struct task *child);

/* The youngest task with this ID, also if it is dead; NULL. */
struct task *taskByTid(const struct run *r, pid_t tid);
struct task *processOf(const struct run *r, const struct task *t);

/* The first task in one of two states, or NULL. */
struct task *firstIn(const struct run *r, enum state one, enum state other);

/* What the semop() of a task would do now, as modelPredict(). */
int predict(const struct run *r, const struct task *t);

/* The place of a key among those that tasks have asked for, or -1. In the next run a program may
   take another number for it, but in the same place. */
int keyNumber(const struct run *r, int key);

/* Has it ended, or is it about to? */
bool isOver(const struct task *t);

/* Does no other task live that shares its semadj? Its process? */
bool lastOfGroup(const struct run *r, const struct task *t);
bool lastOfProcess(const struct run *r, const struct task *t);

struct event *lastEvent(const struct run *r);

/* Lets a task go on, in this state from now on. Lets it make the call at whose gate it stands; it
   stops at the return. */
void resume(struct task *t, enum state state);
void resumeCall(struct task *t);

/* This task goes on because of the present step. */
void touch(struct run *r, const struct task *t);
