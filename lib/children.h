/* children.h - how a program's children ended. */

#pragma once

#include <sys/types.h>

/* Waits for the end of child `pid`, or of any if that is -1; returns its wait
   status, or -1 when there is no child left. One that could not go on (it ended
   with COULD_NOT_RUN, or of SIGPIPE) ends the program by fatal(): its sets are
   removed, and so its other children end, too. Source: waitpid(2) */
int reap(pid_t pid);

/* Reaps all children. Returns how many did not end by exit(0). */
int reapAll(void);

/* A wait status in words: "exited with 0", "was killed by SIGKILL". A static
   buffer. */
const char *howEnded(int status);
