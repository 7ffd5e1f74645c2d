/* event_flags.h - flags that any number of processes can wait for, each one
   semaphore of a set; in binary_sems.c. Source: TLPI, exercise 47-5 */

#pragma once

#include "binary_sems.h"

/* A flag is set while its semaphore is 0, as in a new set, and clear while it
   is 1. To wait for it is semop()'s wait for zero, which takes nothing away, so
   all that wait go on at once. All return as those of binary_sems.h. */
#define setEventFlag initSemInUse
#define clearEventFlag initSemAvailable
int waitForEventFlag(int semId, int semNum);
int getFlagState(int semId, int semNum, Boolean *isSet);
