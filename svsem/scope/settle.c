/* settle.c - lets one task go and waits until all have come to rest again.

   At rest is a task that ptrace holds, that has ended, or that taskLook() shows asleep without having run since it was last
   seen so.  A wake-up is done by whoever causes it, within its own system call; so once all are seen at rest in one pass,
   and none of the sleepers has run since the pass before, nobody is left who could wake anybody. */

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "scope.h"

enum rest { AT_REST, MOVED, RESTLESS };
enum { SHORT_WAIT = 30000, LONG_WAIT = 2000000 };           /* ns between two looks at a task that runs */
enum { RESTART_BLOCK = 516 };
enum { WITHOUT = 200 };                                     /* waits without sched_yield(), once that took so long: */
static const double CROWDED = 2e-3;                         /* s */

void finish(struct run *r, enum verdict v, const char *format, ...)
{
    va_list ap;

    if (r->verdict != GOING)
        return;
    r->verdict = v;
    va_start(ap, format);
    vsnprintf(r->message, sizeof r->message, format, ap);
    va_end(ap);
}

/* This task goes on because of the present step. */
static void touch(struct run *r, int number)
{
    struct event *e = &r->event[r->nevent - 1];

    e->touched = room(e->touched, e->ntouched, sizeof *e->touched);
    e->touched[e->ntouched++] = number;
}

static bool isAway(const struct task *t)
{
    return t->state == ELSEWHERE || t->state == VFORKED || t->state == HALTED;
}

static void becomeChoice(struct run *r, struct task *t, enum state state)
{
    t->state = state;
    t->since = -1;
    r->tickets++;
}

/* Of those who became choices in one step, he who made it comes last, the others in the order of their numbers: news of
   them comes in any order, but the same run must be the same each time. */
static void giveTickets(struct run *r)
{
    int maker = r->event[r->nevent - 1].choice.task;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->since == -1 && i + 1 != maker)
            r->task[i]->since = r->tickets++;
    if (maker != 0 && r->task[maker - 1]->since == -1)
        r->task[maker - 1]->since = r->tickets++;
}

/* -- a call returned -- */

static void sayResult(struct run *r, const struct task *t, long result)
{
    struct event *e = &r->event[r->nevent - 1];
    char text[32];

    resultText(r, &t->call, result, text, sizeof text);
    if (e->choice.task == t->number && e->result == NULL)
        e->result = strdup(text);
}

static bool changesNothing(const struct call *c, long result)
{
    return result < 0 || callReads(c);
}

/* Keeps what polling is known by: the same call, the same result, nothing else done or seen in between. */
static void remember(struct run *r, struct task *t, long result)
{
    unsigned long signature = callSignature(&t->call);
    struct memory *old = NULL;

    if (!changesNothing(&t->call, result)) {
        t->nmemory = 0;
        return;
    }
    for (int i = 0; i < t->nmemory; i++)
        if (t->memory[i].signature == signature)
            old = &t->memory[i];
    if (old != NULL && old->result != result) {
        t->nmemory = 0;
        old = NULL;
    }
    if (old == NULL) {
        t->memory = room(t->memory, t->nmemory, sizeof *t->memory);
        old = &t->memory[t->nmemory++];
        *old = (struct memory) { .signature = signature, .result = result };
    }
    old->times++;
    old->changes = modelChanges(&r->model, &t->call);
    old->version = t->call.set >= 0 ? r->model.set[t->call.set].version : r->model.changes;
    old->steps = r->nevent;
}

/* Is all that is done to the call's set known? */
static bool strict(const struct run *r, const struct call *c)
{
    return r->model.set[c->set].ours && !r->model.set[c->set].blind;
}

static void applyCall(struct run *r, struct task *t, long result)
{
    struct call *c = &t->call;
    struct semid_ds ds;
    int predicted;

    if (c->kind == SEMGET && result >= 0) {
        int set = modelFind(&r->model, (int) result);
        bool known = set != -1 && !r->model.set[set].gone;
        if (!known && semctl((int) result, 0, IPC_STAT, &ds) == 0)
            modelAdd(&r->model, (int) result, c->key, (int) ds.sem_nsems, r->own || c->fresh);
        else if (!known)
            modelAdd(&r->model, (int) result, c->key, c->nsems, r->own || c->fresh);
    } else if (c->kind == SEMCTL && result >= 0)
        modelCtl(&r->model, t);
    else if (c->kind == SEMOP && c->set >= 0) {
        predicted = modelPredict(&r->model, c, t->group);
        if (result == 0 && predicted != 0 && strict(r, c))
            finish(r, DIFFERS, "P%d's semop succeeded, computed was %s", t->number,
                   predicted == 1 ? "sleep" : errnoName(-predicted));
        if (result == 0 && predicted == 0)
            modelSemop(&r->model, t);
        else if (result == 0)
            modelTakes(&r->model, t);
    }
}

/* A signal may have come in between: then the kernel goes on with the nap, or gives it up, by itself. */
static void heardNap(struct run *r, struct task *t, long result)
{
    t->inCall = false;
    t->state = RUNNING;
    if (t->skipped)
        taskSetResult(t, 0);
    if (t->skipped || result == -RESTART_BLOCK || !r->opt->live)
        taskGo(t, false, 0);
    else
        t->state = READY;
    t->skipped = false;
}

static void markKilled(struct run *r, int process)
{
    r->killed = true;
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->process == process)
            r->task[i]->killed = true;
}

static void heardReturn(struct run *r, struct task *t, long result)
{
    struct event *e = &r->event[r->nevent - 1];

    taskUnshield(t);
    if (t->call.kind == NAP) {
        heardNap(r, t, result);
        return;
    }
    if (t->call.kind == SHMGET) {
        if (result >= 0) {
            r->segment = room(r->segment, r->nsegment, sizeof *r->segment);
            r->segment[r->nsegment++] = (int) result;
        }
        t->inCall = false;
        t->state = RUNNING;
        taskGo(t, false, 0);
        return;
    }
    t->result = result;
    t->inCall = false;
    if (t->slept) {                             /* held: its going on is a choice of its own */
        becomeChoice(r, t, WOKEN);
        touch(r, t->number);
        return;
    }
    applyCall(r, t, result);
    remember(r, t, result);
    sayResult(r, t, result);
    t->state = RUNNING;
    if (e->choice.task == t->number && e->choice.how == CALL_KILL && !t->killed) {
        markKilled(r, t->process);
        kill(t->tid, SIGKILL);
    } else
        taskGo(t, false, 0);
}

/* -- other news -- */

/* A program becomes so by prctl(PR_SET_DUMPABLE), or when its file may be run but not read. */
static void refuseHidden(struct run *r, const struct task *t)
{
    if (t->hidden)
        finish(r, REFUSED, "P%d (%s) may not be looked into: not followed", t->number, t->program);
}

static void heardGate(struct run *r, const struct news *n)
{
    struct task *t = n->task;
    int kind = n->foreign ? CALL_FOREIGN : callKind(n->value, n->arg);

    if (kind == CALL_FOREIGN) {
        finish(r, REFUSED, "P%d (%s) is a 32-bit program or uses an old system's calls: these are not followed", t->number,
               t->program);
        return;
    }
    if (kind == CALL_UNKNOWN || kind == TIMER || kind == EXEC) {
        t->execs = kind == EXEC;
        if (kind == TIMER)
            timerRead(r, t, n->value, n->arg);
        taskGo(t, false, 0);
        return;
    }
    callRead(r, t, n->value, n->arg);
    refuseHidden(r, t);
    if (t->call.kind == SEMCTL && t->call.cmd == IPC_INFO)
        taskGo(t, false, 0);                    /* constants of the system: nothing to order */
    else if (kind == NAP && !r->opt->live && canExpire())
        becomeChoice(r, t, NAPPED);
    else if (kind == SHMGET || kind == NAP) {
        t->inCall = true;
        t->state = RUNNING;
        taskGo(t, true, 0);
    } else
        becomeChoice(r, t, AT_GATE);
}

bool lastOfGroup(const struct run *r, const struct task *t)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct task *o = r->task[i];
        if (o != t && o->group == t->group && o->state != DEAD && o->state != DYING)
            return false;
    }
    return true;
}

static bool execsBeside(const struct run *r, const struct task *t)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i] != t && r->task[i]->process == t->process && r->task[i]->state != DEAD && r->task[i]->execs)
            return true;
    return false;
}

/* Threads that end together come here in any order: all are held until settle() knows which of them is the choice.  But one
   that calls execve() waits for the others' end. */
static void heardLeaving(struct run *r, struct task *t)
{
    struct event *e = &r->event[r->nevent - 1];

    if (t->state != RUNNING && e->prints.process == t->process)     /* another thread called exit(), or exec */
        e->prints.ends = t->process;
    modelUnqueue(&r->model, t->number);
    if (!t->killed && modelOwes(&r->model, t->group) && !execsBeside(r, t))
        becomeChoice(r, t, LEAVING);
    else {
        t->state = DYING;
        taskGo(t, false, 0);
    }
}

static void heardEnd(struct run *r, struct task *t, int status)
{
    if (t->state == DEAD)
        return;
    modelUnqueue(&r->model, t->number);
    if (lastOfGroup(r, t))
        modelExit(&r->model, t->group, t->number);
    t->state = DEAD;
    t->status = status;
    t->died = r->nevent - 1;
    r->alive--;
    if (t->number == 1)
        r->status = status;
    for (int i = 0; i < r->ntask; i++)          /* its maker may wait for it, asleep or not yet */
        if (r->task[i]->process == t->parent && r->task[i]->state != DEAD && isAway(r->task[i]))
            touch(r, i + 1);
}

static void heardExeced(struct run *r, const struct news *n)
{
    struct task *t = n->task;
    char path[64];
    struct stat s;

    r->execed = true;
    snprintf(path, sizeof path, "/proc/%d/exe", t->tid);
    if (stat(path, &s) == 0 && (((s.st_mode & S_ISUID) && s.st_uid != geteuid()) ||
                                ((s.st_mode & S_ISGID) && (s.st_mode & S_IXGRP) && s.st_gid != getegid())))
        finish(r, REFUSED, "P%d (%s) is a setuid or setgid program: these gain nothing under ptrace, and are not followed",
               t->number, t->program);
    if (n->from != 0)
        touch(r, t->number);
    t->execs = false;
    struct task *process = r->task[t->process - 1];
    for (int i = 0; i < process->ntimer; i++)               /* it keeps no other */
        process->timer[i].runs &= process->timer[i].id == ITIMER;
    t->state = RUNNING;
    taskGo(t, false, 0);
}

static void heardFork(struct run *r, const struct news *n)
{
    touch(r, (int) n->value);
    n->task->state = n->vfork ? VFORKED : RUNNING;
    taskGo(n->task, false, 0);
}

static void handle(struct run *r, const struct news *n)
{
    struct task *t = n->task;

    if (r->verdict == REFUSED)                  /* it stays where it is, until followEnd() */
        return;
    if (isAway(t) && n->kind != ENDED && n->kind != LEAVES)
        touch(r, t->number);
    switch (n->kind) {
    case GATE:      heardGate(r, n); break;
    case RETURNED:  heardReturn(r, t, n->value); break;
    case FORKED:    heardFork(r, n); break;
    case STARTED:
    case RELEASED:  t->state = READY; break;
    case EXECED:    heardExeced(r, n); break;
    case LEAVES:    heardLeaving(r, t); break;
    case ENDED:     heardEnd(r, t, (int) n->value); break;
    case STOPPED:   t->state = HALTED; taskHalt(t); break;
    case SIGNALLED:
        timerRang(r, t, n->timer);
        t->state = isAway(t) ? RUNNING : t->state;
        taskGo(t, false, (int) n->value);
        break;
    default:
        if (t->state == HALTED)
            t->state = RUNNING;
        taskGo(t, false, 0);
    }
}

/* -- at rest? -- */

/* A released semop() that has not returned: the kernel has put it to sleep. */
static void fellAsleep(struct run *r, struct task *t)
{
    const struct call *c = &t->call;

    t->state = ASLEEP;
    t->slept = true;
    if (c->set < 0 || r->model.set[c->set].gone)
        return;
    if (strict(r, c) && modelPredict(&r->model, c, t->group) != 1)
        finish(r, DIFFERS, "P%d sleeps in semop, computed was its return", t->number);
    modelSleep(&r->model, t);
}

static bool hasThreads(const struct run *r, const struct task *t)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i] != t && r->task[i]->process == t->process && r->task[i]->state != DEAD && r->task[i]->state != DYING)
            return true;
    return false;
}

/* Result: false while T is not at rest; *moved when it ran since it was last seen. */
static bool atRest(struct run *r, struct task *t, bool *moved)
{
    if (t->state != RUNNING && t->state != ASLEEP && t->state != ELSEWHERE && t->state != DYING)
        return t->state == DEAD || taskHeld(t);
    enum look look = taskLook(t);
    if (r->execed)
        refuseHidden(r, t);
    if (look == LOOK_ZOMBIE)                    /* at rest if it is a leader that waits for its threads, else its end is news */
        return t->state == DYING && hasThreads(r, t);
    if (look == LOOK_RUNNING || t->state == DYING)
        return false;
    if (look == LOOK_MOVED || t->state == RUNNING) {
        *moved = true;
        if (t->state == ELSEWHERE)
            touch(r, t->number);
        if (t->state == RUNNING) {
            t->state = ELSEWHERE;
            if (t->inCall && t->call.kind == SEMOP)
                fellAsleep(r, t);
        }
    }
    return true;
}

static struct task *first(const struct run *r, enum state one, enum state other)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == one || r->task[i]->state == other)
            return r->task[i];
    return NULL;
}

/* One that ends, but not as the last that its semadj list belongs to: of several the first is kept back for that. */
static struct task *notTheLast(const struct run *r)
{
    for (int i = r->ntask; i-- > 0;)
        if (r->task[i]->state == LEAVING && !lastOfGroup(r, r->task[i]))
            return r->task[i];
    return NULL;
}

/* One pass over all tasks. */
static enum rest restOfAll(struct run *r)
{
    bool moved = false, rest = true;

    for (int i = 0; i < r->ntask; i++)
        rest = atRest(r, r->task[i], &moved) && rest;
    return !rest ? RESTLESS : moved ? MOVED : AT_REST;
}

static void notComing(struct run *r)
{
    const struct task *t = first(r, RUNNING, DYING);

    if (t != NULL)
        finish(r, IMPATIENT, "P%d (%s) has been running for %g s without coming to a semaphore call", t->number, t->program,
               r->opt->patience);
}

/* Lets the one that runs have the processor that it shares with the scope, at the cost of no timer.  Where others want that
   processor too, they would be let go first: then the next waits do without.  Result: false when it was not tried. */
static bool yieldToIt(void)
{
    static int crowded;
    double before = seconds();

    if (crowded > 0) {
        crowded--;
        return false;
    }
    sched_yield();
    if (seconds() - before > CROWDED)
        crowded = WITHOUT;
    signalsWait(0);                             /* somebody may ask the scope to end */
    return true;
}

static bool making(const struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        if (t->state == RUNNING && t->inCall && (t->call.kind == SEMGET || t->call.kind == SHMGET))
            return true;
    }
    return false;
}

/* The scope is asked to end: a set or segment that is just being made must be known, to be removed. */
static void awaitMade(struct run *r)
{
    struct news n;

    while (r->verdict != REFUSED && making(r))
        if (followNext(r, &n))
            handle(r, &n);
        else
            signalsWait(SHORT_WAIT);
}

/* DOC: at-rest */
void settle(struct run *r)
{
    struct news n;
    struct task *next;
    long wait = r->execed ? SHORT_WAIT : LONG_WAIT;     /* to become a program takes long, and comes to no sleep */
    double waited = 0;                                  /* ns, without what a loaded machine adds to them */
    enum rest rest = MOVED;
    bool yielded = false;

    while (r->verdict == GOING && endingSignal == 0) {
        while (followNext(r, &n)) {
            handle(r, &n);
            waited = 0;
            yielded = false;
            wait = r->execed ? SHORT_WAIT : LONG_WAIT;
        }
        bool yields = !yielded && first(r, RUNNING, DYING) != NULL;
        yielded |= yields;
        if (yields && yieldToIt())
            continue;
        if (first(r, RUNNING, DYING) != NULL || rest == RESTLESS) {
            if (signalsWait(wait) > 0) {
                rest = MOVED;
                continue;
            }
            waited += (double) wait;
        }
        rest = restOfAll(r);
        if (rest == AT_REST && followNext(r, &n)) {         /* of one that was on its way */
            handle(r, &n);
            rest = MOVED;
        } else if (rest == AT_REST) {
            if ((next = notTheLast(r)) == NULL && (next = first(r, READY, READY)) == NULL) {
                giveTickets(r);
                return;
            }
            next->state = next->state == LEAVING ? DYING : RUNNING;
            taskGo(next, false, 0);
            wait = SHORT_WAIT;
        } else if (waited > r->opt->patience * 1e9)
            notComing(r);
        wait = wait * 2 < LONG_WAIT ? wait * 2 : LONG_WAIT;
    }
    if (endingSignal != 0)
        awaitMade(r);
}

/* -- letting one go -- */

static void makeCall(struct run *r, struct task *t)
{
    t->inCall = true;
    t->slept = false;
    t->state = RUNNING;
    t->asleep.call = -1;
    if (t->call.kind == SEMGET)
        t->call.fresh = t->call.key == IPC_PRIVATE || (semget(t->call.key, 0, 0) == -1 && errno == ENOENT);
    if (t->call.kind == SEMOP && (t->call.set < 0 || modelPredict(&r->model, &t->call, t->group) == 1))
        taskShield(t, t->call.timed && !r->opt->live);
    taskGo(t, true, 0);
}

/* The timeout of T's semtimedop() fires: it leaves the queue and goes on with EAGAIN. */
static void expire(struct run *r, struct task *t)
{
    struct news n;

    if (!taskExpire(t))
        return;
    while (endingSignal == 0) {
        while (followNext(r, &n)) {
            if (n.task != t || n.kind != RETURNED) {
                handle(r, &n);
                continue;
            }
            taskUnshield(t);
            taskSetResult(t, -EAGAIN);
            modelUnqueue(&r->model, t->number);
            remember(r, t, -EAGAIN);
            t->inCall = t->slept = false;
            t->state = RUNNING;
            sayResult(r, t, -EAGAIN);
            taskGo(t, false, 0);
            return;
        }
        signalsWait(LONG_WAIT);
    }
}

static void killProcess(struct run *r, struct task *t)
{
    markKilled(r, t->process);
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->process == t->process && r->task[i]->state != DEAD) {
            bool leaving = r->task[i]->state == LEAVING;
            r->task[i]->state = DYING;
            modelUnqueue(&r->model, i + 1);
            if (leaving)                        /* it is past hearing a signal */
                taskGo(r->task[i], false, 0);
        }
    modelExit(&r->model, t->group, t->number);
    kill(r->task[t->process - 1]->tid, SIGKILL);
}

void letGo(struct run *r, struct choice c)
{
    struct task *t = r->task[c.task - 1];

    if (c.how == KILL)
        killProcess(r, t);
    else if (c.how == EXPIRE)
        expire(r, t);
    else if (t->state == AT_GATE)
        makeCall(r, t);
    else if (t->state == LEAVING) {
        modelExit(&r->model, t->group, t->number);
        t->state = DYING;
        taskGo(t, false, 0);
    } else if (t->state == NAPPED) {
        t->inCall = t->skipped = true;
        t->state = RUNNING;
        taskSkip(t);
        taskGo(t, true, 0);
    } else {
        if (t->state == WOKEN) {
            sayResult(r, t, t->result);
            remember(r, t, t->result);
        }
        t->slept = false;
        t->state = RUNNING;
        taskGo(t, false, 0);
    }
}
