/* hear.c - see hear.h */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "choose.h"
#include "event.h"
#include "hear.h"
#include "kernel.h"
#include "numbers.h"
#include "signals.h"
#include "touches.h"
#include "words.h"

enum { RESTART_BLOCK = 516 }; /* ERESTART_RESTARTBLOCK: the kernel goes on with a nap by itself */

/* Is it where only others can set it going? */
static bool
isAway(const struct task *t)
{
    return t->state == ELSEWHERE || t->state == VFORKED || t->state == HALTED;
}

static void
becomeChoice(struct run *r, struct task *t, enum state state)
{
    t->state = state;
    t->since = NO_TICKET;
    r->tickets++;
}

static void
refuse(struct run *r, const struct task *t, const char *why)
{
    finish(r, REFUSED, "P%d (%s) %s", t->number, t->program, why);
}

void
refuseHidden(struct run *r, const struct task *t)
{
    if (t->tracee.hidden)
        refuse(r, t, "may not be looked into: not followed");
}

void
markKilled(struct run *r, const struct task *t)
{
    r->killed = true;
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->process == t->process)
            r->task[i]->killed = true;
}

/* ---- a call has returned, or sleeps ---- */

/* Is all that is done to the call's set known? */
static bool
isStrict(const struct run *r, const struct call *c)
{
    return r->model.set[c->set].ours && !r->model.set[c->set].blind;
}

static void
applySemop(struct run *r, const struct task *t)
{
    const struct call *c = &t->call;
    int predicted = predict(r, t);

    if (predicted != 0 && isStrict(r, c))
        finish(r, DIFFERS, "P%d's semop succeeded, computed was %s", t->number,
               predicted == 1 ? "sleep" : errorWord(-predicted));
    if (predicted == 0)
        modelSemop(&r->model, c->set, &c->op, t->group);
    else
        modelTakes(&r->model, c->set, &c->op, t->group);
}

static void
applyCtl(struct run *r, const struct call *c)
{
    unsigned short value = (unsigned short) c->value;

    if (c->cmd == IPC_RMID)
        modelRemove(&r->model, c->set);
    else if (c->cmd == SETVAL)
        modelSet(&r->model, c->set, c->semnum, c->semnum, &value);
    else if (c->cmd == SETALL && c->values != NULL)
        modelSet(&r->model, c->set, 0, r->model.set[c->set].nsems - 1, c->values);
    else if (!callReads(c))
        r->model.set[c->set].version++;
}

static void
applyCall(struct run *r, const struct task *t, long result)
{
    const struct call *c = &t->call;

    if (c->kind == SEMGET)
        kernelMet(&r->model, (int) result, c->key, c->nsems, r->own || c->fresh);
    else if (c->kind == SEMCTL && c->set >= 0)
        applyCtl(r, c);
    else if (c->kind == SEMOP && c->set >= 0 && result == 0)
        applySemop(r, t);
}

/* A signal may have come in between: then the kernel goes on with the nap, or gives it up, by
   itself. */
static void
napIsOver(struct run *r, struct task *t, long result)
{
    if (t->skipped)
        traceeSetResult(&t->tracee, 0);
    if (t->skipped || result == -RESTART_BLOCK || !r->opt->live)
        resume(t, RUNNING);
    else
        t->state = READY;
    t->skipped = false;
}

static void
callIsOver(struct run *r, struct task *t, long result)
{
    const struct choice c = lastEvent(r)->choice;

    if (result >= 0)
        applyCall(r, t, result);
    remember(r, t, result);
    sayResult(r, t, result);
    if (c.task == t->number && c.how == CALL_KILL && !t->killed) {
        markKilled(r, t);
        kill(t->tracee.tid, SIGKILL);
        t->state = RUNNING;
    } else
        resume(t, RUNNING);
}

static void
heardReturn(struct run *r, struct task *t, long result)
{
    traceeUnshield(&t->tracee);
    t->inCall = false;
    if (t->call.kind == NAP)
        napIsOver(r, t, result);
    else if (t->call.kind == SHMGET) {
        if (result >= 0)
            APPEND(r->segment, r->nsegment, (int) result);
        resume(t, RUNNING);
    } else if (t->slept) { /* held: its going on is a choice of its own */
        t->result = result;
        becomeChoice(r, t, WOKEN);
        touch(r, t);
    } else
        callIsOver(r, t, result);
}

void
heardSleep(struct run *r, struct task *t)
{
    const struct call *c = &t->call;

    t->state = ASLEEP;
    t->slept = true;
    if (c->set < 0 || r->model.set[c->set].gone)
        return;
    if (isStrict(r, c) && predict(r, t) != 1)
        finish(r, DIFFERS, "P%d sleeps in semop, computed was its return", t->number);
    modelSleep(&r->model, c->set, &c->op, t->number, t->group);
}

/* ---- it stands at a gate ---- */

/* Of clone() the filter has let pass what has no such flag. */
static bool
clonesUntraced(struct task *t, const struct news *n)
{
    return n->call == CLONE &&
           (n->value == SYS_clone || (cloneFlags(&t->tracee, n->arg[0]) & CLONE_UNTRACED));
}

/* A call that is let go without being a choice. */
static void
noteCall(struct run *r, struct task *t, const struct news *n)
{
    struct task *process = processOf(r, t);

    if (n->call == TIMER)
        timerSet(r, t, n->value, n->arg);
    if (n->call == SEND)
        signalSent(r, t, n->value, n->arg);
    if (n->call == EXEC || process->execs == t->number)
        process->execs = n->call == EXEC ? t->number : 0;
    resume(t, RUNNING);
}

static void
heardGate(struct run *r, const struct news *n)
{
    struct task *t = n->task;
    struct call *c = &t->call;

    if (n->call == FOREIGN)
        refuse(r, t, "is a 32-bit program or uses an old system's calls: these are not followed");
    else if (clonesUntraced(t, n))
        refuse(r, t, "makes a process with CLONE_UNTRACED: these cannot be followed");
    else if (n->call < FOREIGN)
        noteCall(r, t, n);
    else {
        callRead(c, &t->tracee, &r->model, n->call, n->value, n->arg);
        t->wakeAt = r->napTime + c->nap;
        refuseHidden(r, t);
        if (c->kind == SEMCTL && c->cmd == IPC_INFO)
            resume(t, RUNNING); /* constants of the system: nothing to order */
        else if (c->kind == SHMGET || (c->kind == NAP && r->opt->live))
            resumeCall(t);
        else
            becomeChoice(r, t, c->kind == NAP ? NAPPED : AT_GATE);
    }
}

/* ---- it ends, becomes another program, makes a task ---- */

/* Threads that end together come here in any order: all that give something back are held until
   settle() knows which of them is the choice. But a thread that calls execve() waits for the
   others' end. */
static void
heardLeaving(struct run *r, struct task *t)
{
    const struct event *e = lastEvent(r);
    int execs = processOf(r, t)->execs;

    /* Another thread has called exit(), or exec. */
    if (t->state != RUNNING && (e->footprint.process == t->process || e->closed))
        stir(r, t, t);
    modelUnqueue(&r->model, t->number);
    if (!t->killed && modelOwes(&r->model, t->group) && (execs == 0 || execs == t->number))
        becomeChoice(r, t, LEAVING);
    else
        resume(t, DYING);
}

static void
heardEnd(struct run *r, struct task *t, int status)
{
    modelUnqueue(&r->model, t->number);
    if (lastOfGroup(r, t))
        modelExit(&r->model, t->group);
    t->state = DEAD;
    t->status = status;
    t->died = r->nevent - 1;
    r->alive--;
    if (t->number == 1)
        r->status = status;
    for (int i = 0; i < r->ntask; i++) /* its maker may wait for it, asleep or not yet */
        if (r->task[i]->process == t->parent && r->task[i]->state != DEAD && isAway(r->task[i]))
            touch(r, r->task[i]);
}

static bool
gainsPrivilege(const struct task *t)
{
    char path[64];
    struct stat s;

    snprintf(path, sizeof(path), "/proc/%d/exe", t->tracee.tid);
    return stat(path, &s) == 0 &&
           (((s.st_mode & S_ISUID) && s.st_uid != geteuid()) ||
            ((s.st_mode & S_ISGID) && (s.st_mode & S_IXGRP) && s.st_gid != getegid()));
}

static void
heardExec(struct run *r, const struct news *n)
{
    struct task *t = n->task, *process = processOf(r, t);

    r->execed = true;
    if (gainsPrivilege(t))
        refuse(r, t,
               "is a setuid or setgid program: these gain nothing under ptrace, and are not "
               "followed");
    if (n->former != NULL)
        touch(r, t);
    process->execs = 0;
    process->timers &= timerBit(ITIMER); /* it keeps no other */
    resume(t, RUNNING);
}

static void
heardFork(struct run *r, const struct news *n)
{
    touch(r, r->task[n->value - 1]);
    resume(n->task, n->vfork ? VFORKED : RUNNING);
}

static void
heardSignal(struct run *r, const struct news *n)
{
    struct task *t = n->task;

    timerRang(processOf(r, t), n->timer);
    signalHeard(processOf(r, t), (int) n->value);
    t->state = isAway(t) ? RUNNING : t->state;
    traceeGo(&t->tracee, false, (int) n->value);
}

void
hear(struct run *r, const struct news *n)
{
    struct task *t = n->task;

    if (r->verdict == REFUSED) /* it stays where it is, until followEnd() */
        return;
    if (isAway(t) && n->kind != ENDED && n->kind != LEAVES)
        touch(r, t);
    if (n->kind == GATE)
        heardGate(r, n);
    else if (n->kind == RETURNED)
        heardReturn(r, t, n->value);
    else if (n->kind == FORKED)
        heardFork(r, n);
    else if (n->kind == READIED)
        t->state = READY;
    else if (n->kind == EXECED)
        heardExec(r, n);
    else if (n->kind == LEAVES)
        heardLeaving(r, t);
    else if (n->kind == ENDED)
        heardEnd(r, t, (int) n->value);
    else if (n->kind == SIGNALLED)
        heardSignal(r, n);
    else if (n->kind == STOPPED) {
        t->state = HALTED;
        traceeHalt(&t->tracee);
    } else
        resume(t, t->state == HALTED ? RUNNING : t->state);
}
