/* task.h - what is known of one task of the run: a process, or a thread. */

#pragma once

#include "call.h"

enum state {
    RUNNING,   /* in its own code, or in a call that has not come to rest */
    READY,     /* held, and goes on by itself when all others rest: a new task */
    AT_GATE,   /* held before a call: a choice */
    ASLEEP,    /* in semop(), in the kernel's queue */
    WOKEN,     /* held at the return of the semop() in which it slept: a choice */
    LEAVING,   /* held before its end, which gives something back: a choice */
    ELSEWHERE, /* asleep in some other call */
    NAPPED,    /* held before a nap, which ends when no other task can go */
    VFORKED,   /* until the child that it made by vfork() lets go of its memory */
    HALTED,    /* stopped by SIGSTOP or another stop signal */
    DYING,     /* past its last gate */
    DEAD
};

/* A call that was made before and changed nothing. */
struct memory {
    uint64_t signature;
    long result;
    long version; /* of the call's set then; of the model's changes, if it has none */
    long changes; /* of what the call names, then */
    int event;    /* the first one after it */
    int times;    /* how often it was made */
};

struct task {
    int number;          /* P1, P2 ... in the order of their making */
    int parent, process; /* the numbers of its maker; of its process, its own but for a thread */
    int group;           /* of the task whose semadj list it shares: mostly its own */
    uint64_t path;       /* the same in every schedule: its maker's path, and which child it is */
    int children;
    struct tracee tracee;
    enum state state;
    char program[16];
    int born, died; /* events */
    int status;     /* as waitpid() has it */
    long since;     /* the ticket that it drew as a choice; NO_TICKET: it is still to draw one */

    struct call call; /* the one that it stands at, sleeps in, or has made last */
    bool inCall;
    bool slept;    /* in that call */
    bool skipped;  /* the nap is passed over */
    long result;   /* of the call at whose return it is held: 0 ..., or a negative errno */
    double wakeAt; /* the end of the nap, in the run's own time */

    bool started; /* its first stop is over */
    bool killed;  /* by the scope */

    /* Of a process: */
    int execs;          /* the thread that has called execve(), which ends the others; or 0 */
    uint64_t timers;    /* that will send it a signal, see timerBit() */
    uint64_t rearmed;   /* of these, the ones that ring again and again */
    uint64_t sent;      /* signals on their way to it from processes of the run; N is bit N - 1 */
    uint64_t delivered; /* signals of these that it heard: one of them may have ended it */

    /* For choose.c: */
    struct memory *memory;
    int nmemory;
    long spareChanges; /* the model's changes when it last went because no other task could */
    int spareTimes;    /* how often it has since */
};
enum { NO_TICKET = -1, ITIMER = -1, NO_TIMER = -2 };
