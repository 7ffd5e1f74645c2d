/* touches.c - see touches.h

     semop(), its timeout        the semaphores of its operations
     GETVAL SETVAL GETPID
     GETNCNT GETZCNT             their semaphore
     other semctl() commands     all semaphores of the set; IPC_RMID and IPC_SET the set's key too
     semget()                    its key; IPC_PRIVATE nothing
     an end, by exit or SIGKILL  the semaphores whose semadj is not zero, or was when SETVAL, SETALL
                                 or IPC_RMID wiped it: the other way round it is given back; and
                                 those of the call that the task sleeps in
     a signal that is sent       the process it is sent to; the semaphores that this one sleeps on
     going on after a sleep      nothing: what it returns with was settled when it was woken

   A step after which a process ends, other threads and all, touches whatever these do.

   A call that falls asleep is a step like any other: its place in the queue can be seen. And since
   a task that touches a semaphore makes the kernel try all tasks that sleep on it, its step also
   touches the other semaphores that those ask for, and so on. */

#include <limits.h>

#include "touches.h"

/* A key that no task has asked for may be any. */
static void
addKey(const struct run *r, struct footprint *f, int key)
{
    int n = keyNumber(r, key);

    if (key != IPC_PRIVATE)
        addSpan(f, KEYS, max(n, 0), n == -1 ? INT_MAX : n, true);
}

static void
addCtl(const struct run *r, struct footprint *f, const struct call *c)
{
    if (c->set < 0)
        f->all = c->cmd == SEM_STAT || c->cmd == SEM_STAT_ANY || c->cmd == SEM_INFO;
    else if (callNamesSemaphore(c))
        addSpan(f, c->set, c->semnum, c->semnum, true);
    else {
        addSpan(f, c->set, 0, INT_MAX, true);
        if (c->cmd == IPC_RMID || c->cmd == IPC_SET)
            addKey(r, f, r->model.set[c->set].key);
    }
}

static void
addCall(const struct run *r, struct footprint *f, const struct call *c)
{
    switch (c->kind) {
    case SEMOP:
        addOps(f, c->set, &c->op, true);
        break;
    case SEMCTL:
        addCtl(r, f, c);
        break;
    case YIELD:
        f->all = true;
        break;
    case SEMGET:
        addKey(r, f, c->key);
        break;
    default:
        break;
    }
}

static void
addSemadj(const struct run *r, struct footprint *f, int group)
{
    for (int s = 0; s < r->model.nset; s++)
        for (int k = 0; k < r->model.set[s].nsems; k++)
            if (modelGivesBack(&r->model, group, s, k))
                addSpan(f, s, k, k, true);
}

/* The calls in which the tasks of a process sleep. */
static void
addSleepsOf(const struct run *r, struct footprint *f, int process)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->process == process && r->task[i]->state == ASLEEP)
            addOps(f, r->task[i]->call.set, &r->task[i]->call.op, true);
}

static bool
meetsOps(const struct footprint *f, int set, const struct semop *op)
{
    for (unsigned i = 0; i < op->nsops; i++)
        for (int k = 0; k < f->nspan; k++)
            if (f->span[k].set == set && f->span[k].low <= op->sops[i].sem_num &&
                op->sops[i].sem_num <= f->span[k].high)
                return true;
    return false;
}

/* The sleepers that this step makes the kernel try. */
static void
addSleepers(const struct run *r, struct footprint *f)
{
    for (int before = -1; before != f->nspan;) {
        before = f->nspan;
        for (int s = 0; s < r->model.nset; s++)
            for (int k = 0; k < r->model.set[s].nqueue; k++)
                if (meetsOps(f, s, r->model.set[s].queue[k].op))
                    addOps(f, s, r->model.set[s].queue[k].op, false);
    }
}

/* DOC: touches */
struct footprint
touchesOf(const struct run *r, struct choice c)
{
    const struct task *t = r->task[c.task - 1];
    struct footprint f = { .process = t->process };

    if (c.how == EXPIRE)
        addOps(&f, t->call.set, &t->call.op, true);
    else if (c.how == KILL) {
        f.stirs = processBit(t->process);
        addSleepsOf(r, &f, t->process);
    } else if (t->state == AT_GATE) {
        addCall(r, &f, &t->call);
        f.quiet = t->call.kind == SEMOP && predict(r, t) == 1;
    }
    if (c.how == KILL || c.how == CALL_KILL || t->state == LEAVING)
        addSemadj(r, &f, t->group);
    addSleepers(r, &f);
    return f;
}

void
stir(struct run *r, const struct task *by, const struct task *t)
{
    int i = r->nevent - 1;

    if (!lastEvent(r)->closed)
        lastEvent(r)->footprint.stirs |= processBit(t->process);
    else {
        while (i > 0 && r->event[i].choice.task != by->number)
            i--;
        r->event[i].stirsLate |= processBit(t->process);
    }
}

void
touchBySignal(struct run *r, const struct task *by, const struct task *process, bool toGroup)
{
    struct footprint *f = &lastEvent(r)->footprint;

    stir(r, by, process);
    if (lastEvent(r)->closed)
        return;
    f->all |= toGroup;
    addSleepsOf(r, f, process->number);
    addSleepers(r, f);
}
