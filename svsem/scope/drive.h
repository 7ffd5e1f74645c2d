/* drive.h - a run from its beginning to its end, one step after another. */

#pragma once

#include "run.h"

/* Starts the program; it runs on to the first choice. */
void runBegin(struct run *r, const struct options *opt);

/* The choices that there are now, for the caller to free; returns how many. 0: the run is over, or
   the scope is asked to end. Naps, and sleeps that the world outside ends, are passed here. */
int runChoices(struct run *r, struct choice **list);

/* Makes one of these. */
void runStep(struct run *r, struct choice c);

/* Ends what is left of the program, and removes its sets and segments; the events stay. But what
   a live program leaves behind at its own end stays, as without the scope. */
void runEnd(struct run *r);

/* Forgets the last events of a run that is stuck, if they only asked whether a process that polls
   would give up. */
void runTrim(struct run *r);

void runDrop(struct run *r);
