/* model.h - the oracle: what the kernel must do with sets of semaphores. It makes no system call;
   processes, sets and semaphores are numbers to it. After ipc/sem.c of Linux. */

#pragma once

#include <stdbool.h>
#include <sys/sem.h>

/* What one semop() asks for. */
struct semop {
    struct sembuf *sops;
    unsigned nsops;
    bool hurried; /* a semtimedop() with a timeout of zero: it fails where others sleep */
};

struct sem {
    int value;
    long changes; /* grows whenever it is altered or set */
};

/* One sleeper in a set's queue. */
struct waiter {
    int task, group;
    const struct semop *op;
    unsigned blocking; /* index of the operation that cannot proceed: the one that is counted */
};

struct set {
    int id, key, nsems; /* as the kernel has them */
    bool ours;          /* made by this run: all that is done to it is known */
    bool gone, blind;   /* removed; the scope may not read its values */
    struct sem *sem;
    struct waiter *queue; /* in order of arrival */
    int nqueue;
    long version; /* grows with every operation on the set */
    long checked; /* the version that was last held against the kernel, -1 none */
};

/* What one group of tasks (the threads of a process) gets back at its end on one set. */
struct semadj {
    int group, set;
    int *adj;
    bool *wiped; /* by SETVAL, SETALL or IPC_RMID, when it was not zero */
};

struct woken {
    int task, error; /* error: 0, or the errno with which the sleeper returns */
};

struct model {
    struct set *set;
    int nset;
    struct semadj *semadj;
    int nsemadj;
    struct woken *woken; /* the sleepers that were let go; the caller empties it */
    int nwoken;
    long changes; /* grows when a value changes, a set is made or removed */
};

/* A set is named by its index in `set`. `task` and `group` are numbers of the caller's. */

/* The set of this identifier (the youngest, for identifiers are used again); the set that stands
   under this key now. -1: there is none. */
int modelFind(const struct model *m, int id);
int modelFindKey(const struct model *m, int key);

/* Adds a set of 0 ... semaphores, all 0, and returns its index. */
int modelAdd(struct model *m, int id, int key, int nsems, bool ours);
void modelDrop(struct model *m);

/* What a semop() would do now: 1 sleep, 0 succeed, -errno fail. `set` may be -1. */
int modelPredict(const struct model *m, int set, const struct semop *op, int group);

/* Grows with each change of a semaphore that the semop() names, and with no other. */
long modelChanges(const struct model *m, int set, const struct semop *op);

/* A semop() has succeeded without sleeping. It may let sleepers go. */
void modelSemop(struct model *m, int set, const struct semop *op, int group);

/* A semop() has succeeded because of a process outside of the run: only its semadj is known. */
void modelTakes(struct model *m, int set, const struct semop *op, int group);

/* A semop() has fallen asleep. `op` must stay where it is until the sleep is over. */
void modelSleep(struct model *m, int set, const struct semop *op, int task, int group);

/* A sleeper leaves by itself: a timeout, a signal, its death. No other is tried then. */
void modelUnqueue(struct model *m, int task);

/* The place of a sleeper, and in *set the set; NULL if the task is in no queue. */
const struct waiter *modelWaiter(const struct model *m, int task, int *set);

/* SETVAL (low == high) or SETALL has succeeded: values[0] is that of semaphore `low`. */
void modelSet(struct model *m, int set, int low, int high, const unsigned short *values);
void modelRemove(struct model *m, int set);

/* A value is not as computed: a process outside of the run has changed it. */
void modelCorrect(struct model *m, int set, int semnum, int value);

/* The last task of a group ends: it gives back, clamped to 0 and the largest value. */
void modelExit(struct model *m, int group);

/* The semadj of a group on a set, a number for each semaphore; NULL if it never had one. */
const int *modelAdj(const struct model *m, int group, int set);

/* Is semadj not zero, or would it not be, had it not been wiped? On one semaphore; on any. */
bool modelGivesBack(const struct model *m, int group, int set, int semnum);
bool modelOwes(const struct model *m, int group);

/* semncnt and semzcnt. */
void modelCount(const struct set *s, int semnum, int *ncnt, int *zcnt);
