/* search.c - explore: one run for each class of orders.

   Source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014).  A node is a state on the way of the present
   run.  When a step races with an earlier one, the node before the earlier one is told to try the other order too.  A step
   that was tried at a node sleeps in the node's later branches until one comes that depends on it, so that no class is run
   to its end twice.  A run in which all who could go sleep is given up and not counted.

   With --preemptions the search is the plain one: all choices at each node, up to the bound; a class is counted once. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "scope.h"

enum { MOST_STEPS = 10000 };        /* of one run: a program that goes on for ever is not searched for ever */

struct candidate {
    struct choice choice;
    bool wanted, done, asleep, costs;           /* costs: a preemption */
    char *call;
    struct prints prints;
};

struct node {
    struct candidate *cand;
    int n, chosen, preemptions;
};

struct search {
    const struct options *opt;
    struct node *node;
    int depth;
    long complete, runs;
    uint64_t *class;                /* of the complete runs */
    long nclass, room;
    double next;                    /* when progress is said again, or 0: on no terminal */
    bool said;
};

static struct candidate *candidate(struct node *n, struct choice c)
{
    for (int i = 0; i < n->n; i++)
        if (n->cand[i].choice.task == c.task && n->cand[i].choice.how == c.how)
            return &n->cand[i];
    return NULL;
}

static void dropNode(struct node *n)
{
    for (int i = 0; i < n->n; i++) {
        free(n->cand[i].call);
        free(n->cand[i].prints.span);
    }
    free(n->cand);
}

/* -- a new node -- */

static void inheritSleep(struct node *above, struct node *n, const struct event *made)
{
    for (int i = 0; i < above->n; i++) {
        struct candidate *c = &above->cand[i], *same;
        if ((c->asleep || c->done) && c->choice.task != made->choice.task && !printsMeet(&c->prints, &made->prints) &&
            (same = candidate(n, c->choice)) != NULL) {
            same->asleep = true;
            same->prints.ends = c->prints.ends;
        }
    }
}

/* A step that sleeps here is not made on this way, and cannot teach what could have been instead: a kill, a timeout.  Nor
   can any step teach that a timeout could fire which fires only when nobody else can go. */
static void wantOthers(const struct search *s, const struct run *r, struct node *n)
{
    bool sleeps = s->opt->crash || r->spare;

    for (int i = 0; i < n->n; i++)
        sleeps |= n->cand[i].asleep && n->cand[i].choice.how == STEP;
    for (int i = 0; i < n->n && sleeps; i++)
        n->cand[i].wanted = n->cand[i].choice.how != STEP;
}

static struct node *newNode(struct search *s, struct run *r, const struct choice *list, int n)
{
    s->node = room(s->node, s->depth, sizeof *s->node);
    struct node *node = &s->node[s->depth++];
    char text[120];

    *node = (struct node) { .cand = calloc((size_t) n, sizeof *node->cand), .n = n, .chosen = -1 };
    if (node->cand == NULL)
        abort();
    for (int i = 0; i < n; i++) {
        choiceText(r, list[i], text, sizeof text);
        node->cand[i].choice = list[i];
        node->cand[i].call = strdup(text);
        printsOf(r, list[i], &node->cand[i].prints);
    }
    if (s->opt->preemptions >= 0)
        return node;
    if (s->depth > 1)
        inheritSleep(node - 1, node, &r->event[r->nevent - 1]);
    wantOthers(s, r, node);
    return node;
}

/* The next to go: nobody who sleeps, and a kill only when it is wanted.  Result: false when none is left. */
static bool chooseFirst(struct run *r, struct node *n)
{
    struct choice awake[n->n];
    int count = 0;

    for (int i = 0; i < n->n; i++)
        if (!n->cand[i].asleep && (n->cand[i].choice.how == STEP || n->cand[i].choice.how == EXPIRE))
            awake[count++] = n->cand[i].choice;
    for (int i = 0; i < n->n && count == 0; i++)
        if (n->cand[i].wanted && !n->cand[i].asleep)
            awake[count++] = n->cand[i].choice;
    if (count == 0)
        return false;
    struct candidate *c = candidate(n, firstCome(r, awake, count));
    c->wanted = true;
    n->chosen = (int) (c - n->cand);
    return true;
}

/* CHESS: to leave a task that could go on costs one preemption; a yield does not, nor does a kill. */
static bool chooseBounded(const struct search *s, struct node *n)
{
    bool top = s->depth <= 1;
    int last = top ? 0 : n[-1].cand[n[-1].chosen].choice.task, best = -1;
    struct candidate *go = candidate(n, (struct choice) { last, STEP });
    bool free = go == NULL || strcmp(go->call, "yield") == 0;

    n->preemptions = top ? 0 : n[-1].preemptions + n[-1].cand[n[-1].chosen].costs;
    for (int i = 0; i < n->n; i++) {
        struct candidate *c = &n->cand[i];
        c->costs = !free && c->choice.task != last && (c->choice.how == STEP || c->choice.how == EXPIRE);
        c->wanted = !c->costs || n->preemptions < s->opt->preemptions;
        if (c->wanted && (best == -1 || c == go))
            best = i;
    }
    n->chosen = best;
    return best != -1;
}

/* -- what a step teaches -- */

static void want(struct node *n, struct choice c)
{
    struct candidate *found = candidate(n, c);

    if (found != NULL)
        found->wanted = true;
}

/* DOC: other-order */
/* The order of events FIRST and SECOND could be the other: who begins it?  Any task whose step is not after FIRST, and not
   after another such step, will do; one is enough, and none is needed when one of them is tried or sleeps. */
static void reverse(struct search *s, const struct run *r, int first, int second)
{
    struct node *n = &s->node[first - 1];
    struct candidate *begin = NULL;

    for (int k = first + 1; k <= second; k++) {
        bool initial = k == second || !happensBefore(r, first, k);
        for (int i = first + 1; initial && i < k; i++)
            initial = happensBefore(r, first, i) || !happensBefore(r, i, k);
        struct candidate *c = initial ? candidate(n, r->event[k].choice) : NULL;
        if (c != NULL && (c->wanted || c->asleep))
            return;
        begin = begin == NULL ? c : begin;
    }
    if (begin != NULL)
        begin->wanted = true;
    for (int i = 0; i < n->n && begin == NULL; i++)
        if (n->cand[i].choice.how == STEP || n->cand[i].choice.how == EXPIRE)
            n->cand[i].wanted = true;
}

/* Who was woken might have timed out, or died, just before; who made a call might have died before it, or after. */
static void wantAlternatives(struct node *n, const struct event *e)
{
    if (e->choice.how != STEP)
        return;
    want(n, (struct choice) { e->choice.task, KILL });
    want(n, (struct choice) { e->choice.task, CALL_KILL });
    for (int i = 0; i < e->nwoken; i++) {
        want(n, (struct choice) { e->woken[i], EXPIRE });
        want(n, (struct choice) { e->woken[i], KILL });
    }
}

static void learn(struct search *s, struct run *r, bool known)
{
    int event = r->nevent - 1, races[event + 1], n;

    struct node *node = &s->node[event - 1];
    struct prints *p = &r->event[event].prints;

    clockEvent(r, event, races, &n);
    node->cand[node->chosen].prints.ends = p->ends;
    if (known || s->opt->preemptions >= 0)
        return;
    wantAlternatives(node, &r->event[event]);
    for (int i = 0; p->ends != 0 && i < node->n; i++)           /* they could have gone before */
        if (r->task[node->cand[i].choice.task - 1]->process == p->ends)
            node->cand[i].wanted = true;
    for (int i = 0; i < n; i++)
        reverse(s, r, races[i], event);
}

/* -- one run after another -- */

/* The step that is made at a depth known from the run before.  Result: false when the program made another one. */
static bool sameAsBefore(struct run *r, const struct node *n, const struct choice *list, int nlist)
{
    const struct candidate *c = &n->cand[n->chosen];
    char text[120] = "nothing";
    bool there = false;

    for (int i = 0; i < nlist; i++)
        if (list[i].task == c->choice.task && list[i].how == c->choice.how) {
            choiceText(r, list[i], text, sizeof text);
            there = true;
        }
    if (there && strcmp(text, c->call) == 0)
        return true;
    finish(r, UNREPEATABLE, "not repeatable: step %d was P%d's %s, now %s", r->nevent, c->choice.task, c->call, text);
    return false;
}

/* A hash table, never more than half full. */
static bool isNewClass(struct search *s, uint64_t class)
{
    if (2 * s->nclass >= s->room) {
        uint64_t *old = s->class;
        long n = s->room;
        s->room = n > 0 ? 4 * n : 256;
        s->class = calloc((size_t) s->room, sizeof *s->class);
        if (s->class == NULL)
            abort();
        s->nclass = 0;
        for (long i = 0; i < n; i++)
            if (old[i] != 0)
                isNewClass(s, old[i]);
        free(old);
    }
    uint64_t at = class % (uint64_t) s->room;
    while (s->class[at] != 0 && s->class[at] != class)
        at = (at + 1) % (uint64_t) s->room;
    if (s->class[at] == class)
        return false;
    s->class[at] = class;
    s->nclass++;
    return true;
}

static void countRun(struct search *s, struct run *r)
{
    s->runs++;
    if (r->verdict == WELL)                     /* not one that was given up, or stopped on its way */
        s->complete += isNewClass(s, runClass(r));
}

/* Runs the program along the nodes that stand, and on to an end. */
static enum verdict oneRun(struct search *s, struct run *r)
{
    int stand = s->depth, n;
    struct choice *list;
    bool givenUp = false;

    runBegin(r, s->opt);
    for (int d = 0; !givenUp && (n = runChoices(r, &list)) > 0; d++, free(list)) {
        if (d == MOST_STEPS)
            finish(r, IMPATIENT, "a run of %d steps, and no end", d);
        if (r->verdict != GOING)
            continue;
        struct node *node = d < stand ? &s->node[d] : newNode(s, r, list, n);
        if (d < stand && !sameAsBefore(r, node, list, n))
            continue;
        if (d >= stand)
            givenUp = s->opt->preemptions >= 0 ? !chooseBounded(s, node) : !chooseFirst(r, node);
        if (givenUp)
            continue;
        runStep(r, node->cand[node->chosen].choice);
        learn(s, r, d < stand - 1);
    }
    runTrim(r);
    runEnd(r);
    countRun(s, r);
    return givenUp ? WELL : r->verdict;
}

/* The deepest node with a branch left.  Result: false when there is none. */
static bool nextBranch(struct search *s)
{
    for (; s->depth > 0; s->depth--) {
        struct node *n = &s->node[s->depth - 1];
        if (n->chosen >= 0)
            n->cand[n->chosen].done = true;
        for (int i = 0; i < n->n; i++)
            if (n->cand[i].wanted && !n->cand[i].done && !n->cand[i].asleep) {
                n->chosen = i;
                return true;
            }
        dropNode(n);
    }
    return false;
}

/* -- a failure, made short -- */

static int switches(const struct run *r)
{
    int n = 0;

    for (int i = 2; i < r->nevent; i++)
        n += r->event[i].choice.task != r->event[i - 1].choice.task;
    return n;
}

/* Runs the choices but the one at SKIP, those that can be made; then whoever went last goes on as long as it can. */
static void runWithout(struct run *r, const struct options *opt, const struct choice *all, int n, int skip)
{
    struct choice *list;
    int at = 0, count;

    runBegin(r, opt);
    while ((count = runChoices(r, &list)) > 0) {
        struct node here = { .cand = calloc((size_t) count, sizeof *here.cand), .n = count };
        for (int i = 0; i < count; i++)
            here.cand[i].choice = list[i];
        while (at < n && (at == skip || candidate(&here, all[at]) == NULL))
            at++;
        int last = r->event[r->nevent - 1].choice.task;
        struct choice next = at < n ? all[at++]
                             : candidate(&here, (struct choice) { last, STEP }) != NULL ? (struct choice) { last, STEP }
                                                                                        : firstCome(r, list, count);
        free(here.cand);
        free(list);
        runStep(r, next);
    }
    runTrim(r);
    runEnd(r);
}

static struct choice *choicesOf(const struct run *r, int *n)
{
    struct choice *all = calloc((size_t) r->nevent + 1, sizeof *all);

    *n = r->nevent - 1;
    for (int i = 0; i < *n && all != NULL; i++)
        all[i] = r->event[i + 1].choice;
    return all;
}

/* Leaves out one choice after another as long as that gives the same failure in fewer steps, or with fewer switches. */
static void shorten(struct run *r, const struct options *opt)
{
    int n, tries = 0;
    struct choice *all = choicesOf(r, &n);
    struct options hasty = *opt;

    hasty.hasty = true;                         /* that none of its pollers gives up is known */

    for (int skip = 0; skip < n && tries < 200 && endingSignal == 0; tries++) {
        struct run other;
        runWithout(&other, &hasty, all, n, skip);
        bool better = other.verdict == r->verdict &&
                      (other.nevent < r->nevent || (other.nevent == r->nevent && switches(&other) < switches(r)));
        if (!better) {
            runDrop(&other);
            skip++;
            continue;
        }
        runDrop(r);
        *r = other;
        free(all);
        all = choicesOf(r, &n);
    }
    r->opt = opt;
    free(all);
}

/* -- verdicts -- */

static int sayFailure(struct search *s, struct run *r)
{
    shorten(r, s->opt);
    if (endingSignal != 0)
        return 3;
    printf("schedule %ld fails: %s%s\n", s->runs, verdictText(r->verdict), r->message);
    if (WIFEXITED(r->status) && WEXITSTATUS(r->status) == NOT_SHOWN)
        printf("P1 says by status %d that it cannot be shown here; one that forces an order by itself wants -r\n", NOT_SHOWN);
    putchar('\n');
    if (s->opt->output == NULL || !drawTo(r, s->opt->output))
        draw(r, stdout, colourful(1));
    putchar('\n');
    printReplay(r);
    return 1;
}

static int sayEnd(struct search *s, struct run *r, enum verdict v)
{
    const char *bound = s->opt->preemptions >= 0 ? ", as far as the bound goes" : "";

    if (verdictStatus(v) == 1 && endingSignal == 0)
        return sayFailure(s, r);
    if (v != WELL)
        sayMessage(r);
    if (v != WELL || s->depth > 0 || endingSignal != 0) {
        if (v != REFUSED)
            printf("not complete: %ld schedules%s in %ld runs without a failure, and there are more\n", s->complete, bound,
                   s->runs);
        return v != WELL ? verdictStatus(v) : 3;
    }
    printf("complete: %ld schedules%s, no deadlock, no failed exit, nothing left behind\n", s->complete,
           bound);
    return 0;
}

/* On a terminal, a line that goes again. */
static void sayProgress(struct search *s)
{
    if (s->next == 0 || seconds() < s->next)
        return;
    fprintf(stderr, "\r%ld schedules in %ld runs so far", s->complete, s->runs);
    s->next = seconds() + 0.2;
    s->said = true;
}

int explore(const struct options *opt)
{
    struct search s = { .opt = opt, .next = colourful(2) ? seconds() + 0.2 : 0 };
    struct run r;
    enum verdict v;

    do {
        v = oneRun(&s, &r);
        if (v != WELL || endingSignal != 0)
            break;
        runDrop(&r);
        memset(&r, 0, sizeof r);
        sayProgress(&s);
    } while (nextBranch(&s) && s.runs < opt->max);
    if (s.said)
        fputs("\r\033[K", stderr);
    int status = sayEnd(&s, &r, endingSignal != 0 ? WELL : v);
    runDrop(&r);
    while (s.depth > 0)
        dropNode(&s.node[--s.depth]);
    free(s.node);
    free(s.class);
    return status;
}
