/* match.h - the search for a way to read what came as what the page says; for match.c and diff.c */

#pragma once

#include "replay.h"

/* The lines of one owner within one segment, in their order. The page may interleave the streams of
   a segment in any way. */
struct stream {
    long key;    /* as in struct out */
    int n, head; /* lines; those before head are taken */
    int gaps;    /* the segment's "..." that were passed when the last line was taken */
    int *outs;   /* indices in run->outs */
};

struct segment {
    int head, first, last; /* lines of the page: what was typed, its output: first to before last */
    int nstreams;
    struct stream *streams;
};

/* The last times of an owner's lines. */
struct owner {
    long key;
    time_t real;
    time_t page[2]; /* second of the day; whole date, as if of UTC; -1 for none yet */
};

struct search {
    struct run *run;
    int nsegs, nowners, ntrail;
    struct segment *segs;
    struct owner *owners;
    realNumber bound[MAXSAMPLES];
    int trail[MAXSAMPLES]; /* samples in the order in which they were bound, to unbind them again */
    long budget;
    int deepSeg, deepLine; /* the first line of the page that could not be had in the best try */
    char why[160];         /* what kept a line from matching though its words are right */
};

bool search(struct search *m, struct run *run);
void endSearch(struct search *m);
bool matchLine(struct search *m, const char *want, int out);
/* As matchLine(), but nothing is bound by it. */
bool wouldMatch(struct search *m, const char *want, int out);
int gapsBefore(const struct search *m, int line); /* "..." in the line's segment */
/* The stream to which a line that came belongs, new if it is the first of that stream. */
struct stream *streamOf(struct search *m, struct segment *seg, int out);
