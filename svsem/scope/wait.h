/* wait.h - what the scope itself waits for: news of a tracee, and signals that ask it to end. All
   come as signals that are blocked and then fetched, so that none is lost between a look and a
   wait. */

#pragma once

/* The signal that asked the scope to end, or 0. */
extern int endingSignal;

/* Call it before anything is traced. A child that is to become a program takes it back. */
void signalsBlock(void);
void signalsRestore(void);

/* Waits at most `nanoseconds` (0 ...) for news of a tracee or to be asked to end. Returns the
   signal that came; -1 if none did. Source: sigtimedwait(2) */
int signalsWait(long nanoseconds);

/* A clock, in seconds, that hardly moves while the scope itself is stopped (Ctrl-Z): no process
   kept it waiting then. It moves on by 0.1 s at most from one look at it, or wait, to the next. */
double patienceClock(void);
