/* kernel.h - the model's sets held against those of the kernel. */

#pragma once

#include <stddef.h>

#include "model.h"

/* The model's index of the set with this identifier. One that the model does not know yet is taken
   over as it is: the run has not made it. -1: there is no such set. Source: semctl(2) */
int kernelFind(struct model *m, int id);

/* The run's semget() has returned `id`: the model gets to know that set, if it does not yet.
   `ours`: if it is new, the run has made it. `nsems` is what the call asked for. */
void kernelMet(struct model *m, int id, int key, int nsems, bool ours);

/* Has the set the values, semncnt and semzcnt that are computed? False: in `why` (`size` bytes) is
   what differs. The values of a set that is not ours may differ, and are taken over. */
bool kernelAgrees(struct model *m, int set, char *why, size_t size);
