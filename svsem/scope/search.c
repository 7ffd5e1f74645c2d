/* search.c - see search.h

   Source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014). When a step races
   with an earlier one, the node before the earlier one is told to try the other order too. A step
   that was tried at a node sleeps in the node's later branches until one comes that depends on it,
   so that no class is run to its end twice. A run in which all tasks that could go sleep is given
   up and not counted.

   With --preemptions the search is the plain one: all choices at each node, up to the bound; a
   class is counted once. */

#define _GNU_SOURCE
#include <search.h>

#include "choose.h"
#include "draw.h"
#include "drive.h"
#include "judge.h"
#include "node.h"
#include "order.h"
#include "schedule.h"
#include "search.h"
#include "shorten.h"
#include "wait.h"
#include "words.h"

enum { MOST_STEPS = 10000 };   /* of one run: a program that goes on for ever has an end here */
enum { MOST_DISTURBED = 100 }; /* runs that a signal from outside spoils, until it is said */

struct search {
    const struct options *opt;
    struct node *node;
    int depth, stand; /* nodes; of these, known from the run before */
    bool givenUp;     /* the present run: all tasks that could go sleep */
    long complete, runs, disturbed;
    void *classes;  /* the tree of those seen, see tsearch(3) */
    double sayNext; /* when progress is said again; 0: on no terminal */
    bool said;
};

static bool
isBounded(const struct search *s)
{
    return s->opt->preemptions >= 0;
}

/* ---- what a step teaches ---- */

static void
want(struct node *n, int task, enum how how)
{
    struct candidate *c = findCandidate(n, (struct choice){ task, how });

    if (c != NULL)
        c->wanted = true;
}

/* May event `k` begin an order in which `second` comes before `first`? Its task's step is not after
   `first`, nor after another such step. */
static bool
canBegin(const struct run *r, int first, int k, int second)
{
    if (k != second && happensBefore(r, first, k))
        return false;
    for (int i = first + 1; i < k; i++)
        if (!happensBefore(r, first, i) && happensBefore(r, i, k))
            return false;
    return true;
}

/* DOC: other-order */
/* Events `first` and `second` could come the other way round. Any task that can begin that order
   will do at the node before `first`: one is enough, and none is needed if one of them is tried
   there or sleeps. */
static void
reverse(struct search *s, const struct run *r, int first, int second)
{
    struct node *n = &s->node[first - 1];
    struct candidate *begin = NULL;

    for (int k = first + 1; k <= second; k++) {
        struct candidate *c = findCandidate(n, r->event[k].choice);

        if (c == NULL || !canBegin(r, first, k, second))
            continue;
        if (c->wanted || c->asleep)
            return;
        begin = begin == NULL ? c : begin;
    }
    if (begin != NULL)
        begin->wanted = true;
    for (int i = 0; i < n->n && begin == NULL; i++)
        if (n->cand[i].choice.how == STEP || n->cand[i].choice.how == EXPIRE)
            n->cand[i].wanted = true;
}

/* The processes that have been stirred could have gone before. */
static void
wantStirred(const struct run *r, struct node *n, uint64_t stirred)
{
    for (int i = 0; i < n->n; i++)
        if (stirred & processBit(r->task[n->cand[i].choice.task - 1]->process))
            n->cand[i].wanted = true;
}

/* A task that was woken might have timed out, or died, just before. One that made a call might have
   died before it, or after. */
static void
wantAlternatives(struct node *n, const struct event *e)
{
    if (e->choice.how != STEP)
        return;
    want(n, e->choice.task, KILL);
    want(n, e->choice.task, CALL_KILL);
    for (int i = 0; i < e->nwoken; i++) {
        want(n, e->woken[i], EXPIRE);
        want(n, e->woken[i], KILL);
    }
}

/* The last step has been made; `known`: also in the run before. */
static void
learn(struct search *s, struct run *r, bool known)
{
    int event = r->nevent - 1, races[event + 1], n = orderEvent(r, event, races);
    struct node *node = &s->node[event - 1];
    const struct event *e = &r->event[event];

    joinFootprint(&node->cand[node->chosen].footprint, &e->footprint);
    if (known || isBounded(s))
        return;
    wantStirred(r, node, e->footprint.stirs);
    wantAlternatives(node, e);
    for (int i = 0; i < n; i++)
        reverse(s, r, races[i], event);
}

/* The run is over. A nap ends when no task can go: what the task does then comes after all steps
   that were made, and a process that it stirs could have gone before any of these. */
static void
learnLate(struct search *s, const struct run *r)
{
    uint64_t stirred = 0;

    for (int i = 0; i < r->nevent; i++)
        stirred |= r->event[i].stirsLate;
    for (int i = 1; i <= s->depth && i < r->nevent && stirred != 0 && !isBounded(s); i++) {
        struct node *n = &s->node[i - 1];

        n->cand[n->chosen].footprint.stirs |= r->event[i].stirsLate;
        wantStirred(r, n, stirred);
    }
}

/* ---- one run after another ---- */

/* The step that is made at a depth known from the run before. False if the program now makes
   another one. */
static bool
isSameAsBefore(struct run *r, const struct candidate *c, const struct choice *list, int n)
{
    const char *now = isOffered(list, n, c->choice) ? choiceText(r, c->choice) : "nothing";

    if (strcmp(now, c->call) == 0)
        return true;
    finish(r, UNREPEATABLE, "not repeatable: step %d was P%d's %s, now %s", r->nevent,
           c->choice.task, c->call, now);
    return false;
}

static int
compareClasses(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

/* Counts a run that has come to its end well, if it is the first of its class. */
static void
countRun(struct search *s, const struct run *r)
{
    uint64_t *class = allocate(1, sizeof(*class)), **found;

    *class = runClass(r);
    found = tsearch(class, &s->classes, compareClasses);
    if (found == NULL)
        errExit("tsearch");
    s->complete += *found == class;
    if (*found != class)
        free(class);
}

/* The step at depth `d`, chosen anew where no node stands. NULL: the run ends here, with a verdict,
   or given up. */
static const struct candidate *
chooseStep(struct search *s, struct run *r, const struct choice *list, int n, int d)
{
    const struct node *above = d > 0 ? &s->node[d - 1] : NULL;
    struct node node;

    if (d == MOST_STEPS)
        finish(r, IMPATIENT, "a run has made %d steps and not ended", d);
    if (r->verdict != GOING)
        return NULL;
    if (d < s->stand) {
        const struct candidate *c = &s->node[d].cand[s->node[d].chosen];

        return isSameAsBefore(r, c, list, n) ? c : NULL;
    }
    node = newNode(r, list, n, above, isBounded(s));
    s->givenUp =
        isBounded(s) ? !chooseBounded(&node, above, s->opt->preemptions) : !chooseFirst(r, &node);
    APPEND(s->node, s->depth, node);
    return s->givenUp ? NULL : &node.cand[node.chosen];
}

/* Of a run that is to be made again, the new nodes go. What it taught stays: it is too much at
   worst. */
static void
forget(struct search *s)
{
    while (s->depth > s->stand)
        dropNode(&s->node[--s->depth]);
    s->runs--;
    s->disturbed++;
}

/* Runs the program along the nodes that stand, and on to an end. */
static enum verdict
oneRun(struct search *s, struct run *r)
{
    struct choice *list;

    s->stand = s->depth;
    s->givenUp = false;
    runBegin(r, s->opt);
    for (int d = 0, n; !s->givenUp && (n = runChoices(r, &list)) > 0; d++) {
        const struct candidate *c = chooseStep(s, r, list, n, d);

        if (c != NULL) {
            runStep(r, c->choice);
            learn(s, r, d < s->stand - 1);
        }
        free(list);
    }
    if (r->verdict != DISTURBED)
        learnLate(s, r);
    runTrim(r);
    runEnd(r);
    s->runs++;
    if (r->verdict == DISTURBED)
        forget(s);
    if (r->verdict == WELL) /* not one that was given up, or stopped on its way */
        countRun(s, r);
    return s->givenUp && r->verdict != DISTURBED ? WELL : r->verdict;
}

/* Goes to the deepest node with a branch left. False if there is none. */
static bool
nextBranch(struct search *s)
{
    for (; s->depth > 0; dropNode(&s->node[--s->depth])) {
        struct node *n = &s->node[s->depth - 1];

        if (n->chosen >= 0)
            n->cand[n->chosen].done = true;
        for (int i = 0; i < n->n; i++)
            if (n->cand[i].wanted && !n->cand[i].done && !n->cand[i].asleep) {
                n->chosen = i;
                return true;
            }
    }
    return false;
}

/* ---- what came of it ---- */

static int
sayFailure(const struct search *s, struct run *r)
{
    bool written;

    shorten(r);
    if (endingSignal != 0)
        return 3;
    printf("schedule %ld fails: %s%s\n\n", s->runs, verdictText(r->verdict), r->message);
    written = draw(r, stdout);
    putchar('\n');
    printReplay(r);
    return written ? 1 : 3;
}

static int
sayEnd(const struct search *s, struct run *r, enum verdict v)
{
    const char *bound = isBounded(s) ? ", as far as the bound goes" : "";

    if (verdictStatus(v) == 1 && endingSignal == 0)
        return sayFailure(s, r);
    if (v != WELL)
        sayVerdict(r);
    if (v == REFUSED)
        return verdictStatus(v);
    if (v == WELL && s->depth == 0 && endingSignal == 0) {
        printf("complete: %ld schedule%s%s, no deadlock, no failed exit, nothing left behind\n",
               s->complete, s->complete == 1 ? "" : "s", bound);
        return 0;
    }
    printf("not complete: %ld schedule%s%s in %ld run%s without a failure, and there may be more\n",
           s->complete, s->complete == 1 ? "" : "s", bound, s->runs, s->runs == 1 ? "" : "s");
    return 3;
}

/* On a terminal, a line that goes again. */
static void
sayProgress(struct search *s)
{
    if (s->sayNext == 0 || seconds() < s->sayNext)
        return;
    fprintf(stderr, "\r%ld schedules in %ld runs so far", s->complete, s->runs);
    s->sayNext = seconds() + 0.2;
    s->said = true;
}

int
explore(const struct options *opt)
{
    struct search s = { .opt = opt, .sayNext = isColourful(2) ? seconds() + 0.2 : 0 };
    struct run r;
    enum verdict v;
    int status;

    for (;;) {
        v = oneRun(&s, &r);
        if (v == DISTURBED && endingSignal == 0 && s.disturbed < MOST_DISTURBED) {
            runDrop(&r);
            continue;
        }
        if (v != WELL || endingSignal != 0)
            break;
        sayProgress(&s);
        if (!nextBranch(&s) || s.runs >= opt->max)
            break;
        runDrop(&r);
    }
    if (s.said)
        fputs("\r\033[K", stderr);
    status = sayEnd(&s, &r, endingSignal != 0 ? WELL : v);
    runDrop(&r);
    while (s.depth > 0)
        dropNode(&s.node[--s.depth]);
    free(s.node);
    tdestroy(s.classes, free);
    return status;
}
