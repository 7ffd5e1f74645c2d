/* words.h - calls, results, sleeps and tasks in short, for drawings and messages. The text is in a
   buffer of the function's own, until its next call. */

#pragma once

#include "run.h"

/* A, B ... Z, then A1, B1 ...; ? for -1. */
const char *setName(int set);

/* "EAGAIN"; "SIGKILL", "signal 40". */
const char *errorWord(int errnum);
const char *signalWord(int sig);

/* "0-1u,1+2", "GETVAL 0"; the set's name stands before it if the run knows more than one. */
const char *callText(const struct run *r, const struct call *c);

/* "->A", "->3", "EAGAIN", or "". `result` is negative for an errno. */
const char *resultText(const struct run *r, const struct call *c, long result);

/* What a choice does: its call's text, "timeout", "exit", "ok" ... */
const char *choiceText(const struct run *r, struct choice c);

/* The call in which a task sleeps that is ELSEWHERE. */
const char *sleepText(const struct task *t);

/* The semadj of a task on all sets, for the caller to free; NULL if it is zero, or another task is
   the one that it is shown of. */
char *semadjText(const struct run *r, const struct task *t);

/* "P2 bash". */
const char *taskName(const struct task *t);

/* How a dead task ended: "exit 0", "SIGKILL". */
const char *endText(const struct task *t);
