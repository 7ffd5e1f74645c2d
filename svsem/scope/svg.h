/* svg.h - a run as a picture for a page, light and dark. */

#pragma once

#include <stdio.h>

#include "run.h"

void drawSvg(const struct run *r, FILE *out);
