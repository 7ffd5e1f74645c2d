/* scope.h - what the parts of svsem_scope share.

   One run of a program is one schedule.  follow.c speaks ptrace and knows tracees; settle.c lets all of them come to rest;
   decode.c reads semaphore calls; model.c computes what the kernel must do; run.c makes the steps; depend.c says which steps
   can be swapped; search.c tries every order; draw.c and svg.c show a run; step.c asks a person; main.c reads the options. */

#ifndef SCOPE_H
#define SCOPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/types.h>
#include "asleep.h"
#include "error_functions.h"
#include "semops.h"

/* -- calls (decode.c) -- */

enum callKind { SEMGET, SEMCTL, SEMOP, YIELD, SHMGET, NAP, TIMER, EXEC };

/* A call as read at its gate, before the kernel sees it. */
struct call {
    enum callKind kind;
    int semid, set;                 /* the kernel's identifier, and the model's number of that set or -1 */
    int key, nsems, flags;          /* semget */
    int semnum, cmd;                /* semctl */
    int value;                      /* SETVAL */
    unsigned short *values;         /* SETALL: one value for each semaphore of the set */
    struct sembuf *sops;            /* semop */
    unsigned nsops;
    bool timed, hurried;            /* semtimedop: with a timeout, with one of zero */
    bool fresh;                     /* semget: no such key before it */
    double nap;                     /* seconds */
};

/* -- the model (model.c) -- */

struct sem {
    int value;
    int lastTask;                   /* number of the task that operated last: what GETPID shows */
    long changes;                   /* moves when it is altered or set */
};

/* One sleeper in a set's queue. */
struct waiter {
    int task, group;
    const struct call *call;
    unsigned blocking;              /* index of the operation that cannot proceed: the one that is counted */
};

struct set {
    int id, key, nsems;
    bool ours, gone, blind;         /* made by this run; removed; not readable by the scope */
    long checked;                   /* the version last held against the kernel */
    struct sem *sem;
    struct waiter *queue;           /* in order of arrival */
    int nqueue;
    long version;                   /* moves with every operation on the set */
};

/* What one group of tasks (a process, its threads) gets back at its end on one set. */
struct semadj {
    int group, set;
    int *adj;
    bool *wiped;                    /* by SETVAL, SETALL or IPC_RMID, when it was not zero */
};

struct woken {
    int task, error;                /* error: 0, or the errno that the sleeper returns with */
};

struct model {
    struct set *set;
    int nset;
    struct semadj *semadj;
    int nsemadj;
    struct woken *woken;            /* those whom the last operation let go */
    int nwoken;
    long changes;                   /* moves when a value changes, a set is made or removed */
};

/* -- what a step touches (depend.c) -- */

/* Semaphores low to high of one set; set == KEYS: keys low to high. */
struct span {
    int set, low, high;
};
enum { KEYS = -1 };

struct prints {
    bool all;                       /* depends on every step of another task in which a program's own code runs */
    bool quiet;                     /* none does: the task falls asleep at once */
    int process, ends;              /* whose step it is; the process whose other threads it ends, or 0 */
    int nspan, nown;                /* the first NOWN are the step's own, the rest those of sleepers that it makes the kernel try */
    struct span *span;
};

/* -- tracees (follow.c) -- */

enum state {
    RUNNING,                        /* in user code, or in a call that has not come to rest */
    READY,                          /* stopped by ptrace, goes on by itself when all others rest: a new task */
    AT_GATE,                        /* stopped before a call: a choice */
    ASLEEP,                         /* in semop(), in the kernel's queue */
    WOKEN,                          /* held at the return of the semop() in which it slept: a choice */
    LEAVING,                        /* held before its end, with a semadj that is not zero: a choice */
    ELSEWHERE,                      /* asleep in some other call */
    NAPPED,                         /* held before a nap, which ends when nobody else can go */
    VFORKED,                        /* until the child that it made by vfork() lets go of its memory */
    HALTED,                         /* stopped by SIGSTOP or its like */
    DYING,                          /* past the last gate */
    DEAD
};

/* A timer of a process that sends it a signal. */
struct timer {
    int id;                         /* timer_create()'s, or ITIMER */
    bool runs, again;
};
enum { ITIMER = -1, NO_TIMER = -2 };

/* A call that was made before and changed nothing: what polling is known by. */
struct memory {
    unsigned long signature;
    long result, version, steps;
    long changes;                   /* modelChanges() of the call then */
    int times;
};

struct task {
    int number;                     /* P1, P2 ... in the order of their making, threads too */
    int parent, process, group;     /* numbers: its maker, its process (its own, but for threads), its semadj list */
    uint64_t path;                  /* who it is in every schedule: its maker's path and place among the children */
    int children;
    pid_t tid;
    enum state state;
    char program[16];
    int born, died, status;         /* events, and the status as waitpid() has it */
    long since;                     /* ticket drawn when it became a choice */
    struct call call;
    bool inCall, slept, killed, masked, started, skipped;
    bool execs;                     /* it has called execve(), which ends the other threads */
    bool hidden;                    /* its memory or its state may not be read */
    double wakeAt;                  /* in the run's own time, which naps alone move */
    long result;                    /* of the call it is held in: negative errno */
    uint64_t mask;                  /* the signal mask to be put back when masked */
    unsigned long restore;          /* the timeout argument to be put back when masked */
    struct thread asleep;           /* as it was when last seen asleep */
    struct timer *timer;            /* of a process */
    int ntimer;
    struct memory *memory;
    int nmemory;
    long spareUsed;                 /* model.changes when it last polled or timed out because nobody else could go, */
    int spareTimes;                 /* and how often it has since */
};

/* -- one run (run.c) -- */

enum how { STEP, EXPIRE, KILL, CALL_KILL };

struct choice {
    int task;
    enum how how;
};

/* One step of a schedule; event 0 is what happened before the first choice. */
struct event {
    struct choice choice;
    char *call, *result;            /* as drawn */
    double ms;
    struct prints prints;
    int *touched, ntouched;         /* tasks born, woken or set going by it */
    int *woken, nwoken;             /* sleepers of semop() among them */
    int ntask, nset;                /* the picture after it: */
    char *state;                    /* a letter for each task */
    int **value;                    /* for each set: value, n, z of each semaphore; NULL when removed */
    char **semadj;                  /* for each task: text, NULL when all are zero */
    int *clock, nclock;             /* depend.c: happens-before */
    int index;                      /* its place among its task's events */
};

enum verdict { GOING, WELL, DEADLOCK, STUCK, BAD_EXIT, BAD_SIGNAL, LEFT_BEHIND, IMPATIENT, UNREPEATABLE, DIFFERS, REFUSED };

struct options {
    char **command;
    double patience;                /* seconds */
    long max;
    int preemptions;                /* -1: no bound */
    bool crash, ms, live, quiet, shared, noInput;
    bool hasty;                     /* pollers are not given the time that their deadlines may want */
    const char *self, *output, *schedule;       /* self: the name by which the scope was called */
};

struct run {
    const struct options *opt;
    struct task **task;             /* task[number - 1] */
    int ntask, alive;
    struct model model;
    struct event *event;
    int nevent;
    int *segment, nsegment;         /* shared memory made by the run */
    long tickets;
    bool own, killed, execed;       /* in an IPC namespace of its own */
    bool spare;                     /* the choices offered are those of pollers and timed calls: nobody else can go */
    int idleFrom, idleTasks;        /* the first of the events since which that is so in vain; births and deaths then */
    long idleChanges;
    enum verdict verdict;
    char message[400];
    double began, napTime, changed; /* seconds: start, time by naps alone, last change of a value */
    double stepped;                 /* last step, or news from outside */
    long changesSeen, waited;       /* the changes after which pollers were given time */
    int status;                     /* of the first process */
};

/* -- functions, in the order of the files -- */

/* Room for one more element: ARRAY holds COUNT of them, SIZE bytes each.  Result: the array, perhaps moved. */
void *room(void *array, int count, size_t size);
/* The first reason to end a run stands; later ones are dropped. */
void finish(struct run *r, enum verdict v, const char *format, ...) __attribute__((format(printf, 3, 4)));
double seconds(void);

/* follow.c */
enum newsKind { NO_NEWS, GATE, RETURNED, FORKED, STARTED, EXECED, LEAVES, ENDED, RELEASED, SIGNALLED, STOPPED, TRAPPED };
struct news {
    enum newsKind kind;
    struct task *task;
    long value;                     /* call number, result, new tid, signal, or wait status */
    unsigned long arg[6];
    int from;                       /* EXECED: the thread that did it, when it was another */
    int timer;                      /* SIGNALLED: by this one */
    bool vfork, foreign;            /* a FORKED by vfork(); a GATE of another architecture */
};
void signalsBlock(void);
/* The signal that asks the scope to end, or 0; waits at most NANOSECONDS for that, or for news of a tracee. */
int signalsWait(long nanoseconds);
extern int endingSignal;
bool followStart(struct run *r);
bool followNext(struct run *r, struct news *n);
struct task *taskNew(struct run *r, pid_t tid, struct task *parent);
void taskGo(struct task *t, bool stopAtReturn, int sig);
void taskHalt(struct task *t);
void taskSkip(struct task *t);
void taskShield(struct task *t, bool untimed);
void taskUnshield(struct task *t);
bool taskExpire(struct task *t);
bool taskSetResult(struct task *t, long result);
bool canExpire(void);
size_t taskRead(struct task *t, unsigned long address, void *buffer, size_t size);
enum look { LOOK_RUNNING, LOOK_MOVED, LOOK_ASLEEP, LOOK_ZOMBIE };
enum look taskLook(struct task *t);
bool taskHeld(const struct task *t);
bool taskSignalled(const struct task *t);
void followEnd(struct run *r);

/* decode.c */
enum { CALL_FOREIGN = -2, CALL_UNKNOWN = -1 };
int callNumbers(const long **numbers);
int callKind(long number, const unsigned long arg[6]);
void callRead(struct run *r, struct task *t, long number, const unsigned long arg[6]);
void callFree(struct call *c);
/* Sets, or takes back, a timer of T's process. */
void timerRead(struct run *r, struct task *t, long number, const unsigned long arg[6]);
void timerRang(const struct run *r, const struct task *t, int id);
/* Will a timer ring? */
bool timerRuns(const struct run *r, const struct task *t);
/* A short form: 0-1u 1+2; the set's letter before it when the run knows more than one. */
void callText(const struct run *r, const struct call *c, char *text, size_t size);
void resultText(const struct run *r, const struct call *c, long result, char *text, size_t size);
unsigned long callSignature(const struct call *c);
bool callReads(const struct call *c);
const char *sleepText(const struct task *t);
/* Can only tracees end this sleep? */
bool sleepIsInside(const struct run *r, const struct task *t);
const char *errnoName(int error);
char *setName(int set, char text[8]);

/* model.c */
int modelFind(const struct model *m, int id);
int modelAdd(struct model *m, int id, int key, int nsems, bool ours);
void modelDrop(struct model *m);
/* What a semop() would do now: 1 sleep, 0 succeed, -errno fail. */
int modelPredict(struct model *m, const struct call *c, int group);
/* Moves with each change of a semaphore that a semop() names, or of the set that has a semget()'s key, and with no other. */
long modelChanges(const struct model *m, const struct call *c);
void modelSemop(struct model *m, const struct task *t);
void modelTakes(struct model *m, const struct task *t);
void modelSleep(struct model *m, const struct task *t);
void modelUnqueue(struct model *m, int task);
const struct waiter *modelWaiter(const struct model *m, int task, int *set);
void modelCtl(struct model *m, const struct task *t);
void modelExit(struct model *m, int group, int task);
bool modelOwes(const struct model *m, int group);
const int *modelAdj(const struct model *m, int group, int set);
/* Is semadj not zero, or would it not be, had it not been wiped? */
bool modelGivesBack(const struct model *m, int group, int set, int semnum);
void modelCount(const struct set *s, int semnum, int *n, int *z);
/* Holds a set against the kernel's.  Result: false, and why, when they differ. */
bool modelCheck(struct model *m, int set, char *why, size_t size);

/* settle.c */
void settle(struct run *r);
void letGo(struct run *r, struct choice c);
bool lastOfGroup(const struct run *r, const struct task *t);

/* run.c */
void runBegin(struct run *r, const struct options *opt);
int runChoices(struct run *r, struct choice **choices);
void runStep(struct run *r, struct choice c);
struct choice firstCome(const struct run *r, const struct choice *c, int n);
void runEnd(struct run *r);
/* Forgets the last events of a run that is stuck: those in which it was only asked whether a poller would give up. */
void runTrim(struct run *r);
void runDrop(struct run *r);
void choiceText(const struct run *r, struct choice c, char *text, size_t size);
/* The first N choices of a run; the caller frees it. */
char *scheduleText(const struct run *r, int n);
void printReplay(const struct run *r);
bool mayGo(const struct run *r, const struct choice *c, int n, struct choice want);
bool choiceRead(const char **at, struct choice *c);
bool scheduleIsGood(const char *schedule);
void runFollow(struct run *r, const struct options *opt, const char *schedule);
/* Runs SCHEDULE (1,2,2x ...), then first come, first served. */
void runSchedule(struct run *r, const struct options *opt, const char *schedule);
int verdictStatus(enum verdict v);
const char *verdictText(enum verdict v);
void sayMessage(const struct run *r);

/* depend.c */
void printsOf(const struct run *r, struct choice c, struct prints *p);
bool printsMeet(const struct prints *a, const struct prints *b);
void clockEvent(struct run *r, int event, int *races, int *nraces);
bool happensBefore(const struct run *r, int first, int second);
uint64_t runClass(const struct run *r);

/* search.c */
int explore(const struct options *opt);

/* draw.c, svg.c */
void draw(const struct run *r, FILE *out, bool colour);
bool drawTo(const struct run *r, const char *path);
/* Is FD a terminal that shows colours? */
bool colourful(int fd);
void drawSvg(const struct run *r, FILE *out);
void laneEnd(const struct task *t, char *text, size_t size);
void taskName(const struct task *t, char *text, size_t size);

/* step.c */
int stepThrough(struct options *opt);

#endif
