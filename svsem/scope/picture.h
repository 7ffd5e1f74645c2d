/* picture.h - a run before it is put on paper: rows of cells, one column a step. */

#pragma once

#include "run.h"

enum { LABEL = 32, CELL = 96 };

enum rowKind { LANE, SEMAPHORE, SEMADJ };

struct cell {
    char text[CELL];
    char fill; /* what follows the text: the letter of a state, ' ' for none */
};

struct row {
    enum rowKind kind;
    char label[LABEL];
    struct cell *cell;
};

struct picture {
    struct row *row;
    int nrow, ncol;
};

/* The text of a lane's first cell, if nothing else is in it. */
#define BORN "o"

struct picture compose(const struct run *r);
void dropPicture(struct picture *p);

/* The number above a column, of the step, or its time in milliseconds; a buffer of its own, until
   the next call. What these numbers are: "step", "ms". */
const char *columnHead(const struct run *r, int col);
const char *headLabel(const struct run *r);

/* Does the row show anything from column `from` up to, and not including, `to`? */
bool rowShows(const struct row *row, int from, int to);

/* The first column after `from` that does not fit with it into `room` units; the columns are
   width[0] ... units wide, and one always fits. */
int bandEnd(const struct picture *p, const int width[], int from, int room);
