/* draw.h - a run as a drawing: a lane for each task, a row for each semaphore, a column a step. */

#pragma once

#include <stdio.h>

#include "run.h"

/* Into the file that the options name, as an SVG if its name ends in .svg. If there is none, or it
   cannot be written: to `out`, unless that is NULL, in plain characters, 80 to a line. False, and
   stderr says why: there is a file, and not all of the drawing is in it. */
bool draw(const struct run *r, FILE *out);

/* Is this file descriptor a terminal that shows colours? */
bool isColourful(int fd);
