/* binary_sems.h - binary semaphores, available (1) or in use (0), on one semaphore of a set. Source: TLPI 47.9 */

#ifndef BINARY_SEMS_H
#define BINARY_SEMS_H

#include "tlpi_hdr.h"

extern Boolean bsUseSemUndo;    /* FALSE at first. TRUE: reserve and release with SEM_UNDO */
extern Boolean bsRetryOnEintr;  /* TRUE at first. FALSE: a handled signal ends reserveSem() with EINTR */

/* All take the identifier of a set and the number of a semaphore in it (0 ... nsems - 1), and return 0, or -1 with errno:
   those of semctl(SETVAL) for the first two, of semop() for the others; a number that no semaphore can have is EFBIG. */

int initSemAvailable(int semId, int semNum);    /* the value becomes 1; every process's semadj for it is cleared */
int initSemInUse(int semId, int semNum);        /* the value becomes 0; likewise */

/* Decreases by 1, and sleeps while the value is 0. Change the two switches above before the first call and for all
   processes alike: a reserve with SEM_UNDO and a release without leave an undo behind. */
int reserveSem(int semId, int semNum);

/* Increases by 1. Nothing checks that the caller had reserved it: a semaphore has no owner. */
int releaseSem(int semId, int semNum);

#endif
