/* settle.h - lets one task go, and waits until all have come to rest again. */

#pragma once

#include "run.h"

/* Returns when every task rests, or the run is over, or the scope is asked to end. Tasks that have
   become choices have their tickets then. */
void settle(struct run *r);

/* Lets go the task of a choice that can be made. */
void letGo(struct run *r, struct choice c);
