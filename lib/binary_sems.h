/* binary_sems.h - binary semaphores, available (1) or in use (0), on one
   semaphore of a set. Source: TLPI 47.9 */

#pragma once

#include "tlpi_hdr.h"

extern Boolean bsUseSemUndo;   /* FALSE at first. TRUE: with SEM_UNDO */
extern Boolean bsRetryOnEintr; /* TRUE at first. FALSE: a signal gives EINTR */

/* All return 0, or -1 with the errno of semctl(SETVAL) or semop(), or EFBIG for
   a number that no semaphore can have. Set both switches before the first call
   and in all processes alike: undo on one half of a pair stays behind. */

/* The value becomes 1 (0), and every process's semadj for it is cleared. */
int initSemAvailable(int semId, int semNum);
int initSemInUse(int semId, int semNum);

/* Decreases by 1, and sleeps while the value is 0; increases by 1. Nothing
   checks that the caller had reserved it: a semaphore has no owner. */
int reserveSem(int semId, int semNum);
int releaseSem(int semId, int semNum);
