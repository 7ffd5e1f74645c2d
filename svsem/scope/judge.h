/* judge.h - no task can go: has the run come to its end, and was it well? */

#pragma once

#include "run.h"

/* All tasks have ended. Decides the verdict. */
void judgeEnd(struct run *r);

/* Tasks live, and none can go. Waits for the clock or the world outside of the run, as long as the
   options say, if these can end a sleep. Decides the verdict, unless a task can go after all. */
void judgeStuck(struct run *r);

/* What stands before a verdict's message: "deadlock: ". */
const char *verdictText(enum verdict v);

/* Prints verdict and message to stderr. */
void sayVerdict(const struct run *r);

/* The scope's exit status for a verdict. */
int verdictStatus(enum verdict v);
