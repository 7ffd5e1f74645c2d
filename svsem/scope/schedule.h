/* schedule.h - schedules as text, "1,1,2,2x": made of a run, read, and made again. */

#pragma once

#include "drive.h"

/* The first `n` choices of a run, for the caller to free. */
char *scheduleText(const struct run *r, int n);

bool scheduleIsGood(const char *schedule);

/* The next choice of a schedule; *at goes on to the one after it. False if it is none. */
bool choiceRead(const char **at, struct choice *c);

/* May this choice be made, of those offered or not? A person may kill any process that lives. */
bool mayGo(const struct run *r, const struct choice *list, int n, struct choice c);

/* Begins a run and makes the choices of a schedule. One whose task cannot go then is passed over,
   and stderr says so. When the run is over the rest of the schedule is dropped. */
void runFollow(struct run *r, const struct options *opt, const char *schedule);

/* The whole run: what the options' schedule says, then first come, first served. */
void runSchedule(struct run *r, const struct options *opt);

/* Prints the command that makes this run again, in words that a shell takes as they are. */
void printReplay(const struct run *r);
