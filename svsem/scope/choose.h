/* choose.h - which choices there are: the tasks that can go next, and how. */

#pragma once

#include "run.h"

/* A call of the task, or its sleep in one, is over. The result is kept if the call has changed
   nothing: a task polls if it makes the same call again and again, for the same result. */
void remember(struct run *r, struct task *t, long result);

/* All choices, an array for the caller to free: first steps, then timeouts, then kills. Returns how
   many. With `spare`, those of tasks that poll or whose timeout has fired before: they go only when
   no other task can. */
int listChoices(struct run *r, struct choice **list, bool spare);

/* Is this choice among them? */
bool isOffered(const struct choice *list, int n, struct choice c);

/* First come, first served: what a run does when nobody chooses. Some of the choices may be missing
   in `list`, which has `n` (1 ...). */
struct choice firstCome(const struct run *r, const struct choice *list, int n);

/* Counts a spare choice that is about to be made: a task may make so many in vain. */
void countSpare(struct run *r, struct task *t);

/* The tasks that have used up their spare choices get them again. False if none had. */
bool renewSpare(struct run *r);

/* Are all steps since r->idleFrom in vain: is nothing changed, has no task been made or ended? */
bool isIdle(const struct run *r);
