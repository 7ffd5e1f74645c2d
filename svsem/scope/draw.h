/* draw.h - a picture of a run before it is put on paper: rows of cells, one column a step. */

#ifndef DRAW_H
#define DRAW_H

#include "scope.h"

enum { LABEL = 32, CELL = 96 };

enum rowKind { LANE, SEMAPHORE, SEMADJ };

struct cell {
    char text[CELL];
    char fill;                      /* what follows the text: the letter of a state */
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

/* What a picture's signs mean, in one line. */
#define LEGEND "- in between  z asleep in semop  = woken  . asleep elsewhere  value n/z: waiters"

struct picture *compose(const struct run *r);
void dropPicture(struct picture *p);
/* The number above a column: of the step, or its time in milliseconds. */
void columnHead(const struct run *r, int col, char *text, size_t size);
/* Does the row show anything from column FROM up to TO? */
bool rowShows(const struct row *row, int from, int to);

#endif
