/* claim.h - what a claim program without a twin needs beside its lesson:
   waiting for the kernel, a deadline, the verdict. */

#pragma once

#include <stdbool.h>
#include <sys/sem.h>

#include "children.h"
#include "error_functions.h"

/* Call it first in main(). From then on errExit() and its kin end with
   COULD_NOT_RUN, and so does a run that is not over after 60 s; one that was
   stopped ends with NOT_SHOWN, 10 s later. SVSEM_PATIENCE: get_num.h */
void claimStart(void);

/* Returns when GETNCNT, GETZCNT or GETVAL (`cmd`) of a semaphore is `n`: the
   kernel shows that so many sleep there, or that it has come so far. */
#define awaitNcnt(semid, semnum, n) awaitSem(semid, semnum, GETNCNT, n)
void awaitSem(int semid, int semnum, int cmd, int n);

/* Returns `holds`; if not: prints "not so: text", and the claim fails. */
bool claimThat(bool holds, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints whether the claim holds, and returns what main() is to return: 0 or 1;
   or NOT_SHOWN, if it fails in a run that was stopped (Ctrl-Z). */
int claimVerdict(void);
