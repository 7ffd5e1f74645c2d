/* asleep.h - the one reader of what /proc tells of a thread: what it does, or
   sleeps in; under Yama its ancestors alone can see that. Source: proc(5) */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/sem.h>
#include <sys/types.h>

struct thread {             /* at one look */
    pid_t pid, tid, parent; /* its process, itself, its process's parent */
    int nthreads;           /* of its process */
    char state;             /* R S D T t Z, as ps has it */
    char program[16];       /* its name, cut; unprintable characters are '?' */
    long call;              /* the system call that it sleeps in, or -1 */
    unsigned long arg[6];   /* and the arguments of that */
    bool inSemop, timed;    /* asleep in semop(); in one with a time limit */
    bool hidden;            /* what it sleeps in may not be read ... */
    char wchan[32];         /* ... but for the kernel's function */
    long switches;          /* how often it has left a processor: asleep at two
                               looks with one count, it slept all the while */
    uint64_t pending, blocked, ignored, caught; /* signal N: bit N - 1 */
};

/* Looks at a thread of process `pid`. False if it is gone; a zombie is not. */
bool lookAt(struct thread *t, pid_t pid, pid_t tid);

/* Looks at all threads of process `pid`, or, if that is 0, of all processes. */
void lookAtAll(pid_t pid, void (*visit)(struct thread *t, void *arg),
               void *arg);

/* Of a thread seen in semop(): the operations it asks for, the first `max` of
   them. Returns how many there are, -1 if that may not be read. */
long opsOf(const struct thread *t, struct sembuf sops[], size_t max);

/* A file of a thread in /proc, or a link's target; its length, or -1. */
ssize_t readProc(pid_t pid, pid_t tid, const char *file, char *text,
                 size_t size);

/* Lets all of the user's processes see what this one sleeps in, under Yama. */
void letOthersLook(void);
