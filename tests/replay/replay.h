/* replay.h - what the files of the session engine share. Its rules: docs/style.md, "A page" */

#pragma once

#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <time.h>

#include "asleep.h"
#include "helpers.h"
#include "tlpi_hdr.h"

enum { NTTY = 2, MAXSAMPLES = 64, MAXOUTS = 100000 };

/* ---- page.c: a page's sessions ---- */

enum lineKind { PROMPT, KEY, OUTPUT, GAP, NOTE }; /* NOTE: nothing but a margin note */

struct line {
    enum lineKind kind;
    int number;    /* in the page's file, from 1 */
    int tty;       /* 0 or 1: where it is typed (PROMPT, KEY) */
    char *text;    /* as it stands on the page */
    char *want;    /* the command, the key's letter, or the output without its margin note */
    time_t latest; /* the latest time of day so far, as second of the day; -1 for none */
    int gaps;      /* GAPs in its segment so far */
};

struct sample {
    int kind;    /* ID, PID or NUM */
    bool leaves; /* named in leaves= */
    char *text;
};

struct session {
    char *page, *name, *info; /* info: the fence line as it stands on the page */
    int number;               /* line of the fence */
    int nlines, nsamples;
    bool twoTtys, chosen;
    struct line *lines;
    struct sample samples[MAXSAMPLES];
};

struct book {
    int nsessions, nerrors;
    struct session **sessions;
};

/* The fields of the fence's info string. */
enum { ID, PID, NUM, LEAVES, NFIELDS };
extern const char *const fields[NFIELDS];

/* Adds the sessions of a page. Errors go to stderr as PATH:LINE: text and are counted. */
void readPage(struct book *book, const char *path);
bool isTyped(const struct line *l);
size_t blanks(const char *s); /* how many there are at its beginning */
bool isWord(char c);
/* The length of the sample that stands at `p` as a whole number (`start`: of the text), 0 if none;
   which in *index. */
size_t sampleAt(const struct session *s, const char *start, const char *p, int *index);

/* ---- times.c ---- */

/* A time at p, a whole word of the text at start: HH:MM:SS, or a date as ctime() prints it. Returns
   its length, 0 if there is none; in *t the second of the day, or what the date would be in UTC. */
size_t timeAt(const char *start, const char *p, time_t *t, bool *date);
/* The first second from `from` to `to` at which a wall clock shows this time; -1 for none. */
time_t findTime(time_t from, time_t to, time_t wanted, bool date);
/* More than half a day back is midnight. */
bool isEarlier(time_t second, time_t than);
/* The latest time of day in a text, or `latest`. A date counts, too: it tells of now or of the
   past, never of what is to come. */
time_t latestTime(const char *text, time_t latest);

/* ---- what came out of the terminals ---- */

struct out {
    int tty, seg; /* seg: index of the line of the page that caused it */
    long key;   /* its owner: a PID; -1, -2: a terminal's shell; -3, -4: a terminal's foreground */
    bool loose; /* an end of a job, of which + or - says nothing */
    time_t seen;
    char *text;
};

struct job { /* of a terminal's bash */
    int tty, number;
    pid_t pid; /* as announced: of its last process; 0 if it never was */
    bool stopped, reported;
    int endedIn;  /* index of the line of the page during which it ended, -1 */
    int repeated; /* index of the line in outs that says "Stopped" a second time, -1 */
};

struct term {
    int master, slave;
    pid_t leader, bash;   /* leader: of the terminal's session, the parent of bash */
    pid_t job;            /* its foreground since the last command: a process group; 0: not seen */
    bool live;            /* our first prompt has come: what comes from now on counts */
    bool gone;            /* its bash has ended */
    bool prompt;          /* the last that bash wrote of itself was its prompt */
    bool more;            /* ... or PS2: it wants the rest of a command */
    unsigned long events; /* prompts of any kind and echoes of keys so far */
    unsigned long syncs;  /* marks of drain() that came back */
    bool keyed;           /* a key was pressed since the last prompt */
    bool wantEcho;        /* a key's echo is awaited */
    bool keyLine;         /* it stands in the line that is coming in */
    bool keyEnd;          /* the newline behind that line has not been met yet */
    int keyOut, echoOut;  /* indices of the first lines since the key was pressed, was echoed */
    int nline;
    size_t nmark;
    char mark[32];
    char *line;
};

struct process { /* one thread of a session, seen in /proc */
    struct thread t;
    int level;        /* enum level */
    const char *what; /* it does, in words, for reports */
};

/* QUIET: asleep, but something timed will wake it. UNKNOWN: asleep, but where may not be seen. */
enum level { BUSY, QUIET, SETTLED, UNKNOWN, ENDED };

struct look {
    const struct run *run;
    int n;
    int level;   /* the lowest of all */
    int least;   /* it ends with the first process below this level */
    int unknown; /* how many are of level UNKNOWN */
    struct process *p;
};

struct step {           /* of a line of the page */
    int *sets, nsets;   /* that there were when its output was complete */
    bool alone;         /* one process has written all that came to the terminal for it */
    pid_t writer;       /* the program that was typed: what names no process is of it; 0: unknown */
    int came, deepCame; /* what came for it, as index in run->outs, and in the best try; or -1 */
};

typedef char realNumber[24];

struct run {
    const struct session *s;
    struct term term[NTTY];
    int nterms;
    int seg;      /* index of the line last typed or pressed; what comes counts to it */
    int typed;    /* the same of the command last typed */
    int pressed;  /* and of the key last pressed */
    bool busy;    /* a program was running when it was pressed */
    size_t bytes; /* that the terminals have given so far */
    int nouts, njobs;
    struct out *outs;
    struct job *jobs;
    struct step *steps;
    time_t began;
    double deadline; /* seconds, for each step */
    bool background; /* a command with '&' has been typed: bash may have jobs to tell of */
    bool isolated, show, live;    /* live: on a terminal, at reading pace */
    int column;                   /* of the cursor, when shown */
    realNumber bound[MAXSAMPLES]; /* the real value of each sample, "" before it is met */
    bool pinned[MAXSAMPLES];      /* it has been typed: it cannot be another any more */
    int nbefore, *before;         /* identifiers of the sets that were there before */
    bool left[MAXSAMPLES];        /* the session has left the set of this sample behind ... */
    bool unnamed;                 /* ... or a set that it does not name */
    bool unseen;                  /* a program was too short to see which process it was */
    struct look atTyping;         /* the last one before the command was typed */
    struct look look;             /* the last one */
    char *root, nonce[12]; /* the tree with svsem/; the word in our prompts that no program knows */
};

/* ---- main.c ---- */

extern volatile sig_atomic_t interrupted; /* the signal that asks us to stop, or 0 */

char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
FILE *openText(char **text); /* what is written to it is in *text when it is closed */
/* A line on fp in which control characters are spelt out: no terminal is to be given those of a
   page or a program. */
void say(FILE *fp, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* ---- tty.c: terminals ---- */

bool openTerm(const struct run *run, struct term *t);
void typeText(struct term *t, const char *text);
/* The terminal's own echo of a key tells that the key's signal has been sent. */
void pressKey(struct run *run, struct term *t, char letter);
/* Reads what the terminals have, waiting at most `usec`; the number of bytes. */
size_t pump(struct run *run, long usec);
/* Waits until t->events is no longer `old` or bash has ended. False when the deadline (see
   seconds()) has passed or we are to stop. */
bool awaitEvent(struct run *run, struct term *t, unsigned long old, double deadline);
/* Waits until bash has made a job of the command that was typed, whose process group is then in
   t->job, or has its next prompt: then there was none, or it was too short. */
void awaitJob(struct run *run, struct term *t, double deadline);
/* After a key, until it has been echoed, if it ever will be. */
bool awaitEcho(struct run *run, struct term *t, double deadline);
/* Everything written to the terminals so far has been read. False as above, or when a process is
   writing. */
bool drain(struct run *run, double deadline);
/* Make lines of what stands unfinished on the terminals, for good or as copies. */
void endLines(struct run *run);
void copyLines(struct run *run);

/* ---- waits.c, settle.c: which processes are asleep, and where ---- */

int whereAsleep(struct process *p); /* its level; what it does in p->what */
bool haveProc(void);
bool isOurs(const struct run *run, pid_t pid); /* a terminal's bash or leader */
/* Looks at all processes of the session, or, where one is below `least`, at no more of them than it
   takes to see that. */
void takeLook(struct run *run, struct look *look, int least);
/* Waits until all is at `level` or above, seen twice: the level. -1: not by the deadline. BUSY,
   asked for QUIET: there is a program that does not sleep at all. */
int settle(struct run *run, int level, double deadline);
void describe(struct run *run); /* the processes of the last look, for a report */
void collect(struct run *run);  /* collects children that have ended; marks a bash as gone */
void endProcesses(struct run *run);

/* ---- alone.c: which program wrote a line ---- */

/* The path of the program that a command runs, if it is one that is typed by a path, and no other.
   NULL: it may be more, or none. */
char *onlyProgram(const struct run *run, const struct line *l);
void noteWriter(struct run *run); /* of the command last typed, see struct step */

/* ---- jobs.c: what bash says of its jobs ---- */

const char *skipMark(const char *text); /* what follows "[1]+" */
bool isJobLine(const char *text);       /* "[1] 23338", "[1]+  Done ...", "[1]+  Stopped ..." */
bool isJobEnd(const char *text);
void noteJobLine(struct run *run, struct out *o); /* learn from it; an end counts to where it was */
void noteJobs(struct run *run); /* all is settled: which jobs have ended by now? */
/* The line says that a job has ended; it has, in seg, but bash had no chance to say so yet. */
bool isOwed(const struct run *run, const char *want, int seg);

/* ---- sets.c: semaphore sets, and a namespace for them ---- */

bool isolate(void); /* true: from now on in an IPC namespace of our own */
int listSets(int **ids);
bool hasSet(const int *ids, int n, int id);
int countWaiters(const struct run *run); /* that sleep on sets which were not there before */
/* The sample of this kind that is bound to the value of n characters, -1 if none is. */
int sampleOf(const struct session *s, realNumber bound[], int kind, const char *value, size_t n);
const char *onPage(struct run *run, int kind, int value);
void describeSops(struct run *run, const struct thread *t);
void removeSets(struct run *run); /* that the session left: see struct run */

/* ---- numbers.c: the page's own numbers, for `show` ---- */

/* What work() returns, 0 ... 124. Where it is allowed a child does it, in a PID namespace of our
   own, which ends with us. */
int runWithOwnPids(int (*work)(void));
void passOn(int sig); /* to that child, if there is one; from a signal handler, too */
/* Before a command is typed: asks for the numbers that are to come, in namespaces of our own. */
void askNumbers(const struct run *run, int line);

/* ---- match.c, diff.c: output against the page ---- */

long keyOf(const struct session *s, const struct out *o); /* see struct out */
bool matchAll(struct run *run); /* everything up to run->seg, the bindings in run->bound */
/* The unified diff of what matchAll() refused; where it refused nothing, what is missing is line
   `untyped`. */
void printDiff(struct run *run, int untyped, const char *reason);
/* The fence line as it is and as it would have to be: what was never met goes, what was left is
   named. */
void printFence(const struct run *run);

/* ---- skip.c, session.c ---- */

bool runsScope(const struct line *l);
/* Why this session cannot be run here, "" if it can. */
const char *whySkipped(const struct session *s, const char *root);

bool runSession(const struct session *s, double deadline, bool show); /* has it passed? */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
