/* signals.h - signals that are on their way to a process of the run: from its timers, and from
   processes of the run. */

#pragma once

#include "run.h"

/* The bit of timer_create()'s timer `id`, or of setitimer()'s and alarm()'s one timer. */
uint64_t timerBit(int id);

/* A call sets, or takes back, a timer of the task's process. Source: timer_settime(2) */
void timerSet(struct run *r, struct task *t, long number, const unsigned long arg[6]);

/* Timer `id` has sent its signal to the process. */
void timerRang(struct task *process, int id);

/* A call sends a signal to processes of the run, perhaps. Source: kill(2), tgkill(2),
   rt_sigqueueinfo(2), pidfd_send_signal(2) */
void signalSent(struct run *r, const struct task *sender, long number, const unsigned long arg[6]);

/* A signal has come to the process. */
void signalHeard(struct task *process, int sig);

/* Did a process of the run send the signal that this dead process has died of? */
bool diedAsAsked(const struct task *process);
