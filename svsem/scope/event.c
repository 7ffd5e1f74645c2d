/* event.c - see event.h */

#include "event.h"
#include "kernel.h"
#include "touches.h"
#include "wait.h"
#include "words.h"

void
openEvent(struct run *r, struct choice c)
{
    struct event e = { .choice = c, .ms = (seconds() - r->began) * 1e3 };

    e.call = copyOf(c.task == 0 ? "" : choiceText(r, c));
    if (c.task != 0)
        e.footprint = touchesOf(r, c);
    APPEND(r->event, r->nevent, e);
}

void
sayResult(struct run *r, const struct task *t, long result)
{
    struct event *e = lastEvent(r);

    if (e->choice.task == t->number && e->result == NULL)
        e->result = copyOf(resultText(r, &t->call, result));
}

/* ---- the snapshot ---- */

static const char letters[] = {
    [RUNNING] = '-', [READY] = '-',     [AT_GATE] = '-', [LEAVING] = '-',
    [ASLEEP] = 'z',  [WOKEN] = '=',     [NAPPED] = '.',  [VFORKED] = '.',
    [HALTED] = '.',  [ELSEWHERE] = '.', [DYING] = ' ',   [DEAD] = ' '
};

static int *
valuesOf(const struct set *s)
{
    int *v = s->gone ? NULL : allocate((size_t) s->nsems * 3, sizeof(v[0]));

    for (int k = 0; k < s->nsems && v != NULL; k++) {
        v[3 * k] = s->sem[k].value;
        modelCount(s, k, &v[3 * k + 1], &v[3 * k + 2]);
    }
    return v;
}

static void
dropSnapshot(struct event *e)
{
    for (int i = 0; i < e->nset; i++)
        free(e->value[i]);
    for (int i = 0; i < e->ntask; i++)
        free(e->semadj[i]);
    free(e->value);
    free(e->semadj);
    free(e->state);
}

/* A sleep that the clock, or a process outside, has ended since is in the snapshot all the same. */
static void
keepSleepers(struct event *e, const struct event *before)
{
    bool kept = false;

    for (int i = 0; i < before->ntask; i++)
        if (before->state[i] == 'z' && e->state[i] == '=') {
            e->state[i] = 'z';
            kept = true;
        }
    for (int s = 0; kept && s < before->nset; s++)
        if (e->value[s] != NULL && before->value[s] != NULL) {
            free(e->value[s]);
            e->value[s] = before->value[s];
            before->value[s] = NULL;
        }
}

static void
takeSnapshot(struct run *r)
{
    struct event *e = lastEvent(r), before = *e;

    e->ntask = r->ntask;
    e->nset = r->model.nset;
    e->state = allocate((size_t) r->ntask, 1);
    e->semadj = allocate((size_t) r->ntask, sizeof(e->semadj[0]));
    e->value = allocate((size_t) e->nset, sizeof(e->value[0]));
    for (int i = 0; i < r->ntask; i++) {
        e->state[i] = letters[r->task[i]->state];
        e->semadj[i] = semadjText(r, r->task[i]);
    }
    for (int s = 0; s < e->nset; s++)
        e->value[s] = valuesOf(&r->model.set[s]);
    keepSleepers(e, &before);
    dropSnapshot(&before);
}

/* ---- held against the kernel ---- */

static const struct woken *
wokenBy(const struct model *m, int task)
{
    for (int i = 0; i < m->nwoken; i++)
        if (m->woken[i].task == task)
            return &m->woken[i];
    return NULL;
}

/* A task that slept, or still sleeps. */
static void
checkSleeper(struct run *r, const struct task *t)
{
    int set;
    const struct woken *w = wokenBy(&r->model, t->number);
    bool queued = modelWaiter(&r->model, t->number, &set) != NULL;

    if (t->state == ASLEEP && w != NULL)
        finish(r, DIFFERS, "P%d still sleeps, computed was that it is woken", t->number);
    if (t->state != WOKEN)
        return;
    if (queued && r->model.set[set].ours && t->result != -EINTR && t->result != -EAGAIN)
        finish(r, DIFFERS, "P%d was woken, computed was that it sleeps on", t->number);
    else if (queued) {
        modelUnqueue(&r->model, t->number);
        if (t->result == 0) /* a process outside has woken it */
            modelTakes(&r->model, t->call.set, &t->call.op, t->group);
    } else if (w != NULL && t->result != -w->error)
        finish(r, DIFFERS, "P%d was woken with %s, computed was %s", t->number,
               t->result == 0 ? "0" : errorName((int) -t->result),
               w->error == 0 ? "0" : errorName(w->error));
}

void
closeEvent(struct run *r)
{
    struct event *e = lastEvent(r);
    char why[200];

    e->closed = true;
    if (endingSignal != 0)
        return;
    for (int i = 0; i < r->ntask; i++)
        checkSleeper(r, r->task[i]);
    for (int i = 0; i < r->model.nwoken; i++)
        APPEND(e->woken, e->nwoken, r->model.woken[i].task);
    r->model.nwoken = 0;
    for (int i = 0; i < r->model.nset && r->verdict == GOING; i++)
        if (!kernelAgrees(&r->model, i, why, sizeof(why)))
            finish(r, DIFFERS, "set %s, %s", setName(i), why);
    if (r->model.changes != r->changesSeen)
        r->changed = patienceClock();
    r->changesSeen = r->model.changes;
    takeSnapshot(r);
}

void
dropEvent(struct event *e)
{
    dropSnapshot(e);
    dropFootprint(&e->footprint);
    free(e->call);
    free(e->result);
    free(e->touched);
    free(e->woken);
    free(e->clock);
}
