/* choose.c - see choose.h */

#include "choose.h"

enum { POLLS_FROM = 2, MAX_FUTILE_TRIES = 100 }; /* times that a call was made for nothing */

/* ---- polling ---- */

/* A number that changes when the semaphores do that a semop() names, or the set does that a
   semget() finds. Changes elsewhere must not count: steps that touch nothing in common could then
   not be swapped. */
static long
changesOf(const struct run *r, const struct call *c)
{
    return c->kind == SEMGET ? modelFindKey(&r->model, c->key)
                             : modelChanges(&r->model, c->set, &c->op);
}

static struct memory *
madeBefore(const struct task *t)
{
    uint64_t signature = callSignature(&t->call);

    for (int i = 0; i < t->nmemory; i++)
        if (t->memory[i].signature == signature)
            return &t->memory[i];
    return NULL;
}

void
remember(struct run *r, struct task *t, long result)
{
    const struct call *c = &t->call;
    struct memory *m = madeBefore(t);

    if ((result >= 0 && !callReads(c)) || (m != NULL && m->result != result)) {
        t->nmemory = 0; /* it has done something, or seen something new */
        m = NULL;
    }
    if (result >= 0 && !callReads(c))
        return;
    if (m == NULL) {
        APPEND(t->memory, t->nmemory, (struct memory){ .signature = callSignature(c) });
        m = &t->memory[t->nmemory - 1];
    }
    m->result = result;
    m->times++;
    m->changes = changesOf(r, c);
    m->version = c->set >= 0 ? r->model.set[c->set].version : r->model.changes;
    m->event = r->nevent;
}

static bool
othersStepped(const struct run *r, const struct task *t, int since)
{
    for (int i = since; i < r->nevent; i++)
        if (r->event[i].choice.task != t->number)
            return true;
    return false;
}

static bool
sameAgain(const struct run *r, const struct task *t, const struct memory *m)
{
    const struct call *c = &t->call;
    const struct set *s = c->set >= 0 ? &r->model.set[c->set] : NULL;
    int n, z;

    if (c->kind == YIELD)
        return !othersStepped(r, t, m->event);
    if (c->kind == SEMGET)
        return m->changes == changesOf(r, c);
    if (s == NULL)
        return m->version == r->model.changes;
    if (c->kind == SEMOP)
        return predict(r, t) == m->result;
    if (m->result >= 0 && !s->gone && (c->cmd == GETNCNT || c->cmd == GETZCNT)) {
        modelCount(s, c->semnum, &n, &z);
        return m->result == (c->cmd == GETNCNT ? n : z);
    }
    if (m->result >= 0 && !s->gone && c->cmd == GETVAL)
        return m->result == s->sem[c->semnum].value;
    return m->version == s->version;
}

/* Has it made its call before, for the same result, and would it get that again now? */
static bool
polls(const struct run *r, const struct task *t)
{
    const struct memory *m = madeBefore(t);

    return m != NULL && m->times >= POLLS_FROM && sameAgain(r, t, m);
}

/* ---- in vain ---- */

bool
isIdle(const struct run *r)
{
    return r->idleFrom > 0 && r->idleChanges == r->model.changes &&
           r->idleTasks == 2 * r->ntask - r->alive;
}

void
countSpare(struct run *r, struct task *t)
{
    t->spareTimes = t->spareChanges == r->model.changes ? t->spareTimes + 1 : 1;
    t->spareChanges = r->model.changes;
    if (!isIdle(r))
        r->idleFrom = r->nevent;
    r->idleChanges = r->model.changes;
    r->idleTasks = 2 * r->ntask - r->alive;
}

bool
renewSpare(struct run *r)
{
    bool renewed = false;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->spareChanges == r->model.changes) {
            r->task[i]->spareTimes = 0;
            renewed = true;
        }
    return renewed;
}

/* ---- choices ---- */

/* A timeout fires once until something changes that the call touches, or the task did or saw
   something else. With `spare`, a task that means to give up after some tries does so; one that has
   not after so many is taken to go on for ever. */
static bool
canGo(const struct run *r, const struct task *t, enum how how, bool spare)
{
    bool triesOn = t->spareChanges != r->model.changes || t->spareTimes < MAX_FUTILE_TRIES;
    const struct memory *m;

    if (how == STEP && spare)
        return t->state == AT_GATE && (triesOn || r->opt->live || traceeHears(&t->tracee));
    if (how == STEP)
        return t->state == WOKEN || t->state == LEAVING || (t->state == AT_GATE && !polls(r, t));
    if (t->state != ASLEEP || !t->call.timed || r->opt->live)
        return false;
    m = madeBefore(t);
    return spare ? triesOn : m == NULL || m->changes != changesOf(r, &t->call);
}

int
listChoices(struct run *r, struct choice **list, bool spare)
{
    int n = 0;

    *list = NULL;
    r->spare = spare;
    for (int how = STEP; how <= EXPIRE; how++)
        for (int i = 0; i < r->ntask; i++)
            if (canGo(r, r->task[i], (enum how) how, spare))
                APPEND(*list, n, (struct choice){ i + 1, (enum how) how });
    if (!r->opt->crash || r->killed || n == 0) /* where none can go, it is a deadlock already */
        return n;
    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        bool atGate = t->state == AT_GATE && t->process != 1;
        bool asleep = t->state == ASLEEP && t->process != 1;

        if (atGate || asleep)
            APPEND(*list, n, (struct choice){ i + 1, KILL });
        if (atGate && !(t->call.kind == SEMOP && predict(r, t) == 1)) /* it would not return */
            APPEND(*list, n, (struct choice){ i + 1, CALL_KILL });
    }
    return n;
}

bool
isOffered(const struct choice *list, int n, struct choice c)
{
    for (int i = 0; i < n; i++)
        if (list[i].task == c.task && list[i].how == c.how)
            return true;
    return false;
}

struct choice
firstCome(const struct run *r, const struct choice *list, int n)
{
    int best = 0;

    for (int i = 1; i < n && list[i].how == STEP; i++)
        if (r->task[list[i].task - 1]->since < r->task[list[best].task - 1]->since)
            best = i;
    return list[best];
}
