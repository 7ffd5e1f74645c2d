/* shorten.h - a run that fails, made easier to read. */

#pragma once

#include "run.h"

/* Leaves out one choice after another as long as that gives the same verdict in fewer steps, or
   with fewer switches between tasks. */
void shorten(struct run *r);
