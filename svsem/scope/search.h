/* search.h - explore: one run for each class of orders. */

#pragma once

#include "run.h"

/* Runs the program until every order is tried, or one fails, and prints what came of it. Returns
   the scope's exit status. */
int explore(const struct options *opt);
