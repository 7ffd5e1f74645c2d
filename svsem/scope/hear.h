/* hear.h - what the news of a task means for the run. */

#pragma once

#include "follow.h"

/* Takes in one piece of news, and lets the task go on unless it becomes a choice. */
void hear(struct run *r, const struct news *n);

/* A semop() that was let go has come to sleep in the kernel. */
void heardSleep(struct run *r, struct task *t);

/* The run is refused if the memory or the state of the task may not be read: so it is after
   prctl(PR_SET_DUMPABLE), and when the program's file may be run but not read. */
void refuseHidden(struct run *r, const struct task *t);

/* The scope kills the task's process: its death will be no failure. */
void markKilled(struct run *r, const struct task *t);
