/* node.h - a state on the way of explore's present run, and the choices that there are in it. */

#pragma once

#include "run.h"

struct candidate {
    struct choice choice;
    bool wanted; /* to be tried here */
    bool done;   /* it has been */
    bool asleep; /* trying it here would make a run of a class that was made before */
    bool costs;  /* a preemption */
    char *call;
    struct footprint footprint;
};

struct node {
    struct candidate *cand;
    int n, chosen, preemptions;
};

/* The node after `above` (NULL: the first) and the run's last step, with these choices. With
   `bounded` the search is the plain one, and no candidate sleeps. */
struct node newNode(const struct run *r, const struct choice *list, int n, const struct node *above,
                    bool bounded);
void dropNode(struct node *n);

/* The candidate of a choice, or NULL. */
struct candidate *findCandidate(const struct node *n, struct choice c);

/* Chooses the next to go: first come, but none that sleeps, and a kill only when it is wanted.
   False if there is none. */
bool chooseFirst(const struct run *r, struct node *n);

/* Chooses the task that went last, if it can go on. To leave one that can costs a preemption; a
   yield does not, nor does a kill. False if none can go at the cost of `most` in all. */
bool chooseBounded(struct node *n, const struct node *above, int most);
