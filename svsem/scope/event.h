/* event.h - the record of a step: opened before it is made; closed when all rest again. */

#pragma once

#include "run.h"

/* Choice { 0, STEP } for what happens before the first step. */
void openEvent(struct run *r, struct choice c);

/* What the call of this task has returned, if the present step is its own. */
void sayResult(struct run *r, const struct task *t, long result);

/* The kernel is held against the model, and a snapshot of all tasks and sets is kept. May be called
   again, when all have come to rest anew without a step in between. */
void closeEvent(struct run *r);

void dropEvent(struct event *e);
