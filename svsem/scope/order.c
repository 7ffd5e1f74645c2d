/* order.c - see order.h. By vector clocks: for each task the number of its events that come
   before. */

#include "order.h"

/* The clock of `e` becomes that of an event after both. */
static void
join(struct event *e, const struct event *before)
{
    for (int i = 0; i < before->nclock; i++)
        e->clock[i] = max(e->clock[i], before->clock[i]);
}

static bool
hasTouched(const struct event *e, int task)
{
    for (int i = 0; i < e->ntouched; i++)
        if (e->touched[i] == task)
            return true;
    return false;
}

bool
happensBefore(const struct run *r, int first, int second)
{
    const struct event *a = &r->event[first], *b = &r->event[second];

    return a->choice.task <= b->nclock && b->clock[a->choice.task - 1] >= a->index;
}

int
orderEvent(struct run *r, int event, int races[])
{
    struct event *e = &r->event[event];
    int me = e->choice.task, n = 0;

    e->nclock = r->ntask;
    e->clock = allocate((size_t) e->nclock, sizeof(e->clock[0]));
    e->index = 1;
    for (int i = event - 1; i > 0; i--) { /* what it could not have come before */
        const struct event *o = &r->event[i];

        if (o->choice.task == me || hasTouched(o, me))
            join(e, o);
        if (o->choice.task == me) {
            e->index = o->index + 1;
            break;
        }
    }
    for (int i = event - 1; i > 0; i--) {
        const struct event *o = &r->event[i];

        if (o->choice.task == me || happensBefore(r, i, event) ||
            !footprintsMeet(&o->footprint, &e->footprint, false))
            continue;
        races[n++] = i;
        join(e, o);
    }
    e->clock[me - 1] = e->index;
    return n;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* A sum over the steps: a step counts by its task, and by how many steps of each task had to come
   before it. */
uint64_t
runClass(const struct run *r)
{
    size_t n = (size_t) r->ntask;
    int *before = allocate((size_t) r->nevent * n, sizeof(before[0]));
    uint64_t sum = 0;

    for (int i = 1; i < r->nevent; i++) {
        const struct event *e = &r->event[i];
        int *mine = before + (size_t) i * n;
        /* a process is killed at whichever of its threads */
        int me = (e->choice.how == KILL ? e->footprint.process : e->choice.task) - 1;
        uint64_t h, all = 0;

        for (int k = 1; k < i; k++) {
            const struct event *o = &r->event[k];

            if (o->choice.task == e->choice.task ||
                footprintsMeet(&o->footprint, &e->footprint, true))
                for (size_t t = 0; t < n; t++)
                    mine[t] = max(mine[t], before[(size_t) k * n + t]);
        }
        h = mix(r->task[me]->path, (uint64_t) e->choice.how * 65536 + (uint64_t) ++mine[me]);
        for (size_t t = 0; t < n; t++)
            if (mine[t] > 0)
                all += mix(r->task[t]->path, (uint64_t) mine[t]);
        sum += mix(h, all);
    }
    free(before);
    return sum;
}
