/* match.h - the search for a way to read what came as what the page says; shared by match.c and diff.c */
#ifndef MATCH_H
#define MATCH_H

#include "replay.h"

/* The lines of one owner within one segment, in their order: of a process, of a terminal's shell, or of the
   commands in a terminal's foreground. The page may interleave the streams of a segment in any way. */
struct stream {
    long key;                   /* a PID; -1, -2: a terminal's shell; -3, -4: a terminal's foreground */
    int n, head;                /* lines; those before head are taken */
    int gaps;                   /* the segment's "..." that were passed when the last line was taken */
    bool anyMark;               /* bash reported jobs one by one: their + and - say nothing */
    int *outs;                  /* indices in run->outs */
};

struct segment {
    int head, first, last;      /* lines of the page: what was typed, its output from first to before last */
    int nstreams;
    struct stream *streams;
};

struct owner {                  /* the last time that a process has printed */
    long key;
    time_t real;
    int page;                   /* seconds of the day, -1 for none yet */
    time_t pageDate;            /* the last whole date, as if of UTC; 0 for none yet */
};

struct search {
    struct run *run;
    int nsegs, nowners, ntrail;
    struct segment *segs;
    struct owner *owners;
    const char *bound[MAXSAMPLES];
    int trail[MAXSAMPLES];      /* samples in the order in which they were bound, to unbind them again */
    long budget;
    int deepSeg, deepLine;      /* the first line of the page that could not be had in the best try */
    const char *deepBound[MAXSAMPLES];
    int *came;                  /* for each line of the page: what came for it, an index in run->outs */
    int *deepHeads, *deepGaps, *deepCame;
    struct owner *deepOwners;
    char why[160];              /* what kept a line from matching though its words are right */
};

bool search(struct search *m, struct run *run);
void endSearch(struct search *m);
/* As matchLine(), but nothing is bound by it. */
bool wouldMatch(struct search *m, const char *want, const struct stream *st, int out);
bool matchLine(struct search *m, const char *want, const struct stream *st, int out);
int gapsBefore(const struct search *m, const struct segment *seg, int line);
/* HH:MM:SS at p, a whole word of the text at start: its length 8 and the second of the day; 0 if none. */
size_t timeAt(const char *start, const char *p, int *second);
/* A date as ctime() prints it: its length, and in canon the date with one blank between words; 0 if none. */
size_t dateAt(const char *start, const char *p, char canon[48]);

#endif
