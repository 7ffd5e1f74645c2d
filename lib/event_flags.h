/* event_flags.h - flags that any number of processes can wait for, each one
   semaphore of a set. Source: TLPI, exercise 47-5 */

#pragma once

#include "tlpi_hdr.h"

/* A flag is set while its semaphore is 0 and clear while it is 1: so waiting
   for it is semop()'s wait for zero, which takes nothing away, and all that
   wait go on at once. A semaphore of a new set is 0, thus a flag that is set.
   All return 0, or -1 with errno: those of semctl(SETVAL), semctl(GETVAL) or
   semop(). */
int setEventFlag(int semId, int semNum);
int clearEventFlag(int semId, int semNum);
int waitForEventFlag(int semId, int semNum); /* through signals */
int getFlagState(int semId, int semNum, Boolean *isSet);
