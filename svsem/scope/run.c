/* run.c - see run.h */

#include <stdarg.h>

#include "run.h"

void
finish(struct run *r, enum verdict v, const char *format, ...)
{
    va_list ap;

    if (r->verdict != GOING)
        return;
    r->verdict = v;
    va_start(ap, format);
    vsnprintf(r->message, sizeof(r->message), format, ap);
    va_end(ap);
}

struct task *
addTask(struct run *r, pid_t tid)
{
    struct task *t = allocate(1, sizeof(*t));

    APPEND(r->task, r->ntask, t);
    r->alive++;
    *t = (struct task){ .state = RUNNING, .tracee.tid = tid, .path = 1, .spareChanges = -1 };
    t->call.set = -1;
    t->number = t->process = t->group = r->ntask;
    t->born = r->nevent - 1;
    return t;
}

void
adopt(struct task *parent, struct task *child)
{
    child->parent = parent->number;
    child->path = parent->path * 0x9E3779B97F4A7C15u + (uint64_t) ++parent->children;
    memcpy(child->program, parent->program, sizeof(child->program));
}

struct task *
taskByTid(const struct run *r, pid_t tid)
{
    for (int i = r->ntask; i-- > 0;)
        if (r->task[i]->tracee.tid == tid)
            return r->task[i];
    return NULL;
}

struct task *
processOf(const struct run *r, const struct task *t)
{
    return r->task[t->process - 1];
}

struct task *
firstIn(const struct run *r, enum state one, enum state other)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == one || r->task[i]->state == other)
            return r->task[i];
    return NULL;
}

int
predict(const struct run *r, const struct task *t)
{
    return modelPredict(&r->model, t->call.set, &t->call.op, t->group);
}

int
keyNumber(const struct run *r, int key)
{
    for (int i = 0; i < r->nkey; i++)
        if (r->key[i] == key)
            return i;
    return -1;
}

bool
isOver(const struct task *t)
{
    return t->state == DYING || t->state == DEAD;
}

bool
lastOfGroup(const struct run *r, const struct task *t)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i] != t && r->task[i]->group == t->group && !isOver(r->task[i]))
            return false;
    return true;
}

bool
lastOfProcess(const struct run *r, const struct task *t)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i] != t && r->task[i]->process == t->process && !isOver(r->task[i]))
            return false;
    return true;
}

struct event *
lastEvent(const struct run *r)
{
    return &r->event[r->nevent - 1];
}

void
resume(struct task *t, enum state state)
{
    t->state = state;
    traceeGo(&t->tracee, false, 0);
}

void
resumeCall(struct task *t)
{
    t->inCall = true;
    t->state = RUNNING;
    traceeGo(&t->tracee, true, 0);
}

void
touch(struct run *r, const struct task *t)
{
    struct event *e = lastEvent(r);

    APPEND(e->touched, e->ntouched, t->number);
}
