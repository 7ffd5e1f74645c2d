/* match.h - the search for a way to read what came as what the page says; for match.c and diff.c */

#pragma once

#include "replay.h"

/* The lines of one owner within one segment, in their order: of a process, of a terminal's shell, or
   of the commands in a terminal's foreground. The page may interleave the streams of a segment in
   any way. */
struct stream {
    long key;               /* as in struct out */
    int n, head;            /* lines; those before head are taken */
    int gaps;               /* the segment's "..." that were passed when the last line was taken */
    int deepHead, deepGaps; /* the same in the best try */
    bool anyMark;           /* bash reported jobs one by one: their + and - say nothing */
    int *outs;              /* indices in run->outs */
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
    const char *bound[MAXSAMPLES];
    int trail[MAXSAMPLES]; /* samples in the order in which they were bound, to unbind them again */
    long budget;
    int deepSeg, deepLine; /* the first line of the page that could not be had in the best try */
    const char *deepBound[MAXSAMPLES];
    int *came, *deepCame; /* for each line of the page: what came for it, an index in run->outs */
    struct owner *deepOwners;
    char why[160]; /* what kept a line from matching though its words are right */
};

bool search(struct search *m, struct run *run);
void endSearch(struct search *m);
bool matchLine(struct search *m, const char *want, const struct stream *st, int out);
/* As matchLine(), but nothing is bound by it. */
bool wouldMatch(struct search *m, const char *want, const struct stream *st, int out);
int gapsBefore(const struct search *m, const struct segment *seg, int line);
