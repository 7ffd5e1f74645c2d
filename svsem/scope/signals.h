/* signals.h - signals that are on their way to a process of the run, from its timers. */

#pragma once

#include "run.h"

/* The bit of timer_create()'s timer `id`, or of setitimer()'s and alarm()'s one timer. */
uint64_t timerBit(int id);

/* A call sets, or takes back, a timer of the task's process. Source: timer_settime(2) */
void timerSet(struct run *r, struct task *t, long number, const unsigned long arg[6]);

/* Timer `id` has sent its signal to the process. */
void timerRang(struct task *process, int id);
