/* step.h - a person, or a pipe, chooses which task goes next. */

#pragma once

#include "run.h"

/* Asks on standard input until the end of the program, of the input, or "q"; prints how to make the
   same run again. Returns the scope's exit status. */
int stepThrough(const struct options *opt);
