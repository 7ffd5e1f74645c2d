/* children.h - a program's children: started, sharing memory, reaped. */

#pragma once

#include <sys/types.h>

/* fork(); memory of `size` bytes, zeroed, that the children to come share. An
   error ends the program (errExit). Source: fork(2), mmap(2) */
pid_t forkChild(void);
void *shareMemory(size_t size);

/* Waits for the end of child `pid` (-1: any); returns its wait status, or -1
   when there is no child left. One that ended with COULD_NOT_RUN or of SIGPIPE
   ends the program by fatal(), which removes its sets: so all children end. */
int reap(pid_t pid);

/* Reaps all children. Returns how many did not end by exit(0). */
int reapAll(void);

/* A wait status in words ("was killed by SIGKILL"), in a static buffer. */
const char *howEnded(int status);
