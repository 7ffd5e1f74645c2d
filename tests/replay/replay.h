/* replay.h - what the files of the session engine share. The rules it keeps: docs/style.md, "Sessions" */
#ifndef REPLAY_H
#define REPLAY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

enum { NTTY = 2, MAXSAMPLES = 64, MAXOUTS = 100000 };

/* ---- page.c: a page's sessions ---- */

enum lineKind { PROMPT, KEY, OUTPUT, GAP, NOTE };       /* NOTE: nothing but a margin note */

struct line {
    enum lineKind kind;
    int number;                 /* in the page's file, from 1 */
    int tty;                    /* 0 or 1: where it is typed (PROMPT, KEY) */
    char *text;                 /* as it stands on the page */
    char *want;                 /* the command, the key's letter, or the output without its margin note */
};

struct sample {
    char kind;                  /* 'i' id=, 'p' pid=, 'n' num= */
    bool leaves;                /* named in leaves= */
    char *text;
};

struct session {
    char *page, *name, *info;   /* info: the fence line as it stands on the page */
    int number;                 /* line of the fence */
    int nlines, nsamples;
    bool twoTtys;
    struct line *lines;
    struct sample samples[MAXSAMPLES];
};

struct book {
    int nsessions, nerrors;
    struct session **sessions;
};

/* Add the sessions of the page at `path` to `book`. Errors go to stderr as PATH:LINE: text and are
   counted. */
void readPage(struct book *book, const char *path);
void freeBook(struct book *book);
/* Length of the sample that stands at `p` as a whole number (`start`: of the text), 0 if none; which in
   *index. */
size_t sampleAt(const struct session *s, const char *start, const char *p, int *index);

/* ---- what came out of the terminals ---- */

struct out {
    int tty, seg;               /* seg: index of the line of the page that caused it */
    time_t seen;
    char *text;
};

struct job {                    /* of a terminal's bash */
    int tty, number;
    pid_t pid;                  /* as announced: of its last process; 0 if it never was */
    bool stopped, reported;
    int endedIn;                /* index of the line of the page during which it ended, -1 */
    int repeated;               /* index of the line in outs that says "Stopped" a second time, -1 */
};

struct term {
    int master, slave;
    pid_t leader, bash;         /* leader: of the terminal's session, the parent of bash */
    bool live;                  /* the first prompt of ours has come: what comes from now on counts */
    bool gone;                  /* its bash has ended */
    bool prompt;                /* the last that bash wrote of itself was its prompt */
    bool more;                  /* ... or PS2: it wants the rest of a command */
    unsigned long events;       /* prompts of any kind and echoes of keys so far */
    unsigned long syncs;        /* marks of drain() that came back */
    bool keyed;                 /* a key was pressed since the last prompt */
    bool wantEcho, keyLine;     /* a key's echo is awaited; it stands in the line that is coming in */
    bool keyEnd;                /* the newline behind that line has not been met yet */
    int keyOut, echoOut;        /* indexes of the first lines that came since the key was pressed, was echoed */
    size_t nmark, nline, size;
    char mark[32];
    char *line;
};

struct process {                /* one thread of a session, seen in /proc */
    pid_t pid, tid;
    int level;                  /* enum level */
    bool inSemop;
    bool deaf;                  /* asleep, and it ignores SIGHUP */
    unsigned long switches;     /* context switches so far */
    unsigned long args[6];      /* of the system call that it is in */
    const char *what;           /* in words, for reports */
    char comm[20];
};

/* QUIET: asleep, but something timed will wake it. UNKNOWN: asleep we cannot see where. */
enum level { BUSY, QUIET, SETTLED, UNKNOWN, ENDED };

struct look {
    int n, size;
    int level;                  /* the lowest of all */
    int least;                  /* it ends with the first who is below this level */
    int unknown;                /* asleep we cannot see where */
    unsigned long ticks;        /* of processor time that all have used */
    struct process *p;
};

struct run {
    const struct session *s;
    struct term term[NTTY];
    int nterms;
    int seg;                    /* index of the line last typed or pressed; what comes counts to it */
    int pressed;                /* the same of the key last pressed */
    bool busy;                  /* somebody was running when it was pressed */
    size_t bytes;               /* that the terminals have given so far */
    int nouts, sizeOuts;
    struct out *outs;
    int njobs;
    struct job *jobs;
    time_t began;
    double deadline;            /* seconds, for each step */
    bool background;            /* a command with '&' has been typed: bash may have jobs to tell of */
    bool isolated, live;        /* live: `show` on a terminal, at reading pace */
    bool show;
    int column;                 /* of the cursor, when shown */
    const char *bound[MAXSAMPLES];      /* the real value of each sample, once met */
    bool pinned[MAXSAMPLES];    /* it has been typed: it cannot be another any more */
    int nvalues;
    char **values;              /* every text that a sample was tried with */
    int nbefore, *before;       /* identifiers of the sets that were there before */
    int **sets, *nsets;         /* by line of the page: the sets that existed when its output was complete */
    struct look look;           /* the last one */
    char *root, nonce[12];      /* the tree with svsem/; the word in our prompts that no program knows */
};

extern volatile sig_atomic_t interrupted;      /* the signal that asks us to stop, or 0 */

void *xrealloc(void *p, size_t size);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- tty.c: terminals ---- */

int openTerm(struct run *run, struct term *t);  /* 0, or -1 with errno */
void closeTerm(struct term *t);
void typeText(struct term *t, const char *text);
void pressKey(struct run *run, struct term *t, char letter);
/* Read what the terminals have, waiting at most `usec`; the number of bytes. */
size_t pump(struct run *run, long usec);
/* Wait until t->events is no longer `old` or bash has ended: 0; -1 when the deadline (see now()) has
   passed or we are to stop. */
int awaitEvent(struct run *run, struct term *t, unsigned long old, double deadline);
/* After that, until the key that was pressed has been echoed, if it ever will be. */
int awaitEcho(struct run *run, struct term *t, double deadline);
/* Everything written to the terminals so far has been read: 0; -1 as above, or when somebody is writing. */
int drain(struct run *run, double deadline);
/* Make lines of what stands unfinished on the terminals: for good, or until as many are given back. */
void endLines(struct run *run);
int cutLines(struct run *run);
void uncutLines(struct run *run, int n);
double now(void);                               /* seconds of a clock that nobody sets */

/* ---- asleep.c, settle.c: who is asleep, and where ---- */

#define INSEMOP "asleep in semop"

/* Read a small file of /proc into buf as a string: its length, 0 if it cannot be read. */
size_t slurp(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int whereAsleep(struct process *p);             /* its level; what it does in p->what */

/* At all that the sessions run, or, where one is below `least`, at no more than it takes to see that. */
void takeLook(struct run *run, struct look *look, int least);
bool sameLook(const struct look *a, const struct look *b);
/* Wait until all is at `level` or above, seen twice: the level. -1: not by the deadline.
   BUSY, asked for QUIET: there is a program that does not sleep at all. */
int settle(struct run *run, int level, double deadline);
void describe(const struct run *run);           /* the processes of the last look, for a report */
void reap(struct run *run);                     /* collect children that have ended; marks a bash as gone */
void endProcesses(struct run *run);

/* ---- jobs.c: what bash says of its jobs ---- */

const char *skipMark(const char *text);         /* what follows "[1]+" */
bool isJobLine(const char *text);               /* "[1] 23338", "[1]+  Done ..." and the like */
bool isJobEnd(const char *text);
void noteJobLine(struct run *run, struct out *o);       /* learn from a line; an end counts to where it was */
void noteJobs(struct run *run);                 /* all is settled: which jobs have ended by now? */
/* The line says that a job has ended; it has, in seg, but bash had no chance to say so yet. */
bool isOwed(const struct run *run, const char *want, int seg);

/* ---- sets.c: semaphore sets, and a namespace for them ---- */

bool isolate(void);                             /* true: from now on in an IPC namespace of our own */
int listSets(int **ids);
bool hasSet(const int *ids, int n, int id);
int countWaiters(const struct run *run);        /* processes that sleep on sets which were not there before */
void describeSops(const struct run *run, const struct process *p);
const char *onPage(const struct run *run, char kind, const char *value);
/* Remove what the session left: which samples were left, and whether sets that it does not name. */
void removeSets(struct run *run, bool left[], bool *unnamed);

/* ---- match.c: output against the page ---- */

bool matchAll(struct run *run);                 /* everything up to run->seg, the bindings in run->bound */
/* The unified diff of what matchAll() refused; where it refused nothing, what is missing is line
   `untyped`. */
void printDiff(struct run *run, int untyped, const char *reason);
void printFence(const struct run *run, const bool left[]);

/* ---- session.c ---- */

int runSession(const struct session *s, double deadline, bool show);    /* 0 passed, 1 failed */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
