/* depend.c - which steps can be swapped with their neighbours, and which had to come before which.

   Two steps of different tasks depend on each other when they touch the same semaphore, the same key, or when one of them
   is a sched_yield(), a program's own mark for "here the order matters", and the other lets its program run on and not just
   fall asleep.  What a step touches:

     semop(), its timeout        the semaphores of its operations
     GETVAL SETVAL GETPID
     GETNCNT GETZCNT             their semaphore
     other semctl() commands     all semaphores of the set; IPC_RMID and IPC_SET the set's key too
     semget()                    its key; IPC_PRIVATE nothing
     an end, by exit or SIGKILL  the semaphores whose semadj is not zero, or was when SETVAL, SETALL or IPC_RMID wiped it: the
                                 other way round it is given back; and those of the call it sleeps in
     going on after a sleep      nothing: what it returns with was settled when it was woken

   A step after which a process ends, other threads and all, touches whatever these do.

   A call that falls asleep is a step like any other: its place in the queue can be seen.  And since whoever touches a
   semaphore makes the kernel try all who sleep on it, a step also touches the other semaphores that those ask for, and so
   on.  Hence steps that touch nothing in common give the same results, wake the same sleepers and leave the same queues in
   either order, and neither enables, disables or changes what the other touches. */

#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "scope.h"

static void addSpan(struct prints *p, int set, int low, int high)
{
    for (int i = 0; i < p->nspan; i++)
        if (p->span[i].set == set && p->span[i].low <= low && high <= p->span[i].high)
            return;
    p->span = room(p->span, p->nspan, sizeof *p->span);
    p->span[p->nspan++] = (struct span) { set, low, high };
}

static void addOps(struct prints *p, const struct call *c)
{
    for (unsigned i = 0; i < c->nsops && c->set >= 0; i++)
        addSpan(p, c->set, c->sops[i].sem_num, c->sops[i].sem_num);
}

static void addCtl(const struct run *r, struct prints *p, const struct call *c)
{
    const struct set *s;

    if (c->set < 0) {
        p->all = c->cmd == SEM_STAT || c->cmd == SEM_STAT_ANY || c->cmd == SEM_INFO;
        return;
    }
    s = &r->model.set[c->set];
    switch (c->cmd) {
    case GETVAL: case SETVAL: case GETPID: case GETNCNT: case GETZCNT:
        addSpan(p, c->set, c->semnum, c->semnum);
        break;
    case IPC_RMID: case IPC_SET:
        if (s->key != IPC_PRIVATE)
            addSpan(p, KEYS, s->key, s->key);
        addSpan(p, c->set, 0, INT_MAX);
        break;
    default:
        addSpan(p, c->set, 0, INT_MAX);
    }
}

static void addCall(const struct run *r, struct prints *p, const struct call *c)
{
    switch (c->kind) {
    case SEMOP:     addOps(p, c); break;
    case SEMCTL:    addCtl(r, p, c); break;
    case YIELD:     p->all = true; break;
    case SEMGET:
        if (c->key != IPC_PRIVATE)
            addSpan(p, KEYS, c->key, c->key);
        break;
    default:        break;
    }
}

static void addSemadj(const struct run *r, struct prints *p, int group)
{
    for (int s = 0; s < r->model.nset; s++)
        for (int k = 0; k < r->model.set[s].nsems; k++)
            if (modelGivesBack(&r->model, group, s, k))
                addSpan(p, s, k, k);
}

static bool spansMeet(const struct span *a, int na, const struct span *b, int nb)
{
    for (int i = 0; i < na; i++)
        for (int k = 0; k < nb; k++)
            if (a[i].set == b[k].set && a[i].low <= b[k].high && b[k].low <= a[i].high)
                return true;
    return false;
}

static bool touchesOps(const struct prints *p, const struct call *c)
{
    struct prints ops = { .all = false };

    addOps(&ops, c);
    bool meet = spansMeet(p->span, p->nspan, ops.span, ops.nspan);
    free(ops.span);
    return meet;
}

/* The sleepers that this step makes the kernel try. */
static void addSleepers(const struct run *r, struct prints *p)
{
    for (int before = -1; before != p->nspan;) {
        before = p->nspan;
        for (int s = 0; s < r->model.nset; s++)
            for (int k = 0; k < r->model.set[s].nqueue; k++)
                if (touchesOps(p, r->model.set[s].queue[k].call))
                    addOps(p, r->model.set[s].queue[k].call);
    }
}

/* DOC: touches */
void printsOf(const struct run *r, struct choice c, struct prints *p)
{
    const struct task *t = r->task[c.task - 1];

    *p = (struct prints) { .process = t->process, .ends = c.how == KILL ? t->process : 0 };
    if (c.how == EXPIRE)
        addOps(p, &t->call);
    else if (c.how == KILL) {
        for (int i = 0; i < r->ntask; i++)
            if (r->task[i]->process == t->process && r->task[i]->state == ASLEEP)
                addOps(p, &r->task[i]->call);
    } else if (t->state == AT_GATE) {
        addCall(r, p, &t->call);
        p->quiet = t->call.kind == SEMOP && modelPredict((struct model *) &r->model, &t->call, t->group) == 1;
    }
    if (c.how == KILL || c.how == CALL_KILL || t->state == LEAVING)
        addSemadj(r, p, t->group);
    p->nown = p->nspan;
    addSleepers(r, p);
}

/* Do they meet by more than semaphores? */
static bool othersMeet(const struct prints *a, const struct prints *b)
{
    return (a->all && !b->quiet) || (b->all && !a->quiet) || a->ends == b->process || b->ends == a->process;
}

bool printsMeet(const struct prints *a, const struct prints *b)
{
    return othersMeet(a, b) || spansMeet(a->span, a->nspan, b->span, b->nspan);
}

/* -- vector clocks: for each task the number of its events that come before -- */

static void join(int **clock, int *n, const int *other, int nother)
{
    if (nother > *n) {
        *clock = realloc(*clock, (size_t) nother * sizeof **clock);
        if (*clock == NULL)
            abort();
        memset(*clock + *n, 0, (size_t) (nother - *n) * sizeof **clock);
        *n = nother;
    }
    for (int i = 0; i < nother; i++)
        if (other[i] > (*clock)[i])
            (*clock)[i] = other[i];
}

static bool touches(const struct event *e, int task)
{
    for (int i = 0; i < e->ntouched; i++)
        if (e->touched[i] == task)
            return true;
    return false;
}

bool happensBefore(const struct run *r, int first, int second)
{
    const struct event *a = &r->event[first], *b = &r->event[second];

    return a->choice.task <= b->nclock && b->clock[a->choice.task - 1] >= a->index;
}

/* Gives EVENT its clock.  RACES: earlier events that it depends on, with nothing in between that orders the two. */
void clockEvent(struct run *r, int event, int *races, int *nraces)
{
    struct event *e = &r->event[event];
    int me = e->choice.task;
    int *own = calloc((size_t) me, sizeof *own);

    *nraces = 0;
    free(e->clock);
    e->clock = own;
    e->nclock = me;
    e->index = 1;
    for (int i = event - 1; i > 0; i--) {       /* what it could not have come before */
        struct event *o = &r->event[i];
        if (o->choice.task != me && !touches(o, me))
            continue;
        join(&e->clock, &e->nclock, o->clock, o->nclock);
        if (o->choice.task == me) {
            e->index = o->index + 1;
            break;
        }
    }
    for (int i = event - 1; i > 0; i--) {
        struct event *o = &r->event[i];
        if (o->choice.task == me || happensBefore(r, i, event) || !printsMeet(&o->prints, &e->prints))
            continue;
        races[(*nraces)++] = i;
        join(&e->clock, &e->nclock, o->clock, o->nclock);
    }
    e->clock[me - 1] = e->index;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* One number for all runs that differ only by swaps of neighbouring steps that have no semaphore of their own in common:
   the sum, over the steps, of who made it and how many steps of each task had to come before it. */
uint64_t runClass(const struct run *r)
{
    int n = r->ntask;
    int *before = calloc((size_t) r->nevent * (size_t) n, sizeof *before);
    uint64_t sum = 0;

    for (int i = 1; i < r->nevent && before != NULL; i++) {
        const struct event *e = &r->event[i];
        int *mine = before + (size_t) i * (size_t) n;
        int me = (e->choice.how == KILL ? e->prints.process : e->choice.task) - 1;     /* at whichever of its threads */
        for (int k = 1; k < i; k++) {
            const struct event *o = &r->event[k];
            bool meet = o->choice.task == e->choice.task || othersMeet(&o->prints, &e->prints) ||
                        spansMeet(o->prints.span, o->prints.nown, e->prints.span, e->prints.nown);
            for (int t = 0; meet && t < n; t++)
                if (before[(size_t) k * (size_t) n + (size_t) t] > mine[t])
                    mine[t] = before[(size_t) k * (size_t) n + (size_t) t];
        }
        uint64_t h = mix(r->task[me]->path, (uint64_t) e->choice.how * 65536 + (uint64_t) ++mine[me]), all = 0;
        for (int t = 0; t < n; t++)
            if (mine[t] > 0)
                all += mix(r->task[t]->path, (uint64_t) mine[t]);
        sum += mix(h, all);
    }
    free(before);
    return sum | 1;                             /* never 0 */
}
