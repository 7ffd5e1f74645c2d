/* event_flags.h - flags that any number of processes can wait for, each one
   semaphore of a set; in binary_sems.c. Source: TLPI, exercise 47-5 */

#pragma once

#include "tlpi_hdr.h"

/* A flag is set while its semaphore is 0, as in a new set, and clear while it
   is 1: to wait for it is semop()'s wait for zero, which takes nothing away, so
   all that wait go on at once. All return 0, or -1 with errno, as
   binary_sems.h. */
int setEventFlag(int semId, int semNum);
int clearEventFlag(int semId, int semNum);
int waitForEventFlag(int semId, int semNum);
int getFlagState(int semId, int semNum, Boolean *isSet);
