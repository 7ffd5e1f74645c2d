/* settle.c - see settle.h

   A task is at rest if ptrace holds it, if it has ended, or if traceeLook() shows it asleep and it
   has not run since it was last seen so. A sleeper is woken within the system call of the task
   that wakes it. So once all are seen at rest in one pass, and none of the sleepers has run since
   the pass before, no task is left that could wake another. */

#include <sched.h>
#include <signal.h>

#include "choose.h"
#include "event.h"
#include "hear.h"
#include "settle.h"
#include "wait.h"

enum rest { AT_REST, MOVED, RESTLESS };
enum { SHORT_WAIT = 30000, LONG_WAIT = 2000000 }; /* ns between two looks at a task that runs */
enum { WAITS_WITHOUT_YIELD = 200 };               /* once a sched_yield() took longer than this: */
static const double CROWDED = 2e-3;               /* s */

/* ---- at rest? ---- */

static bool
isHeld(const struct task *t)
{
    switch (t->state) {
    case LEAVING:
        return true; /* nothing can wake it */
    case HALTED:
        return traceeState(&t->tracee) == 't';
    case VFORKED:
        return traceeState(&t->tracee) == 'D';
    default:
        return traceeIsHeld(&t->tracee);
    }
}

/* False while the task is not at rest; *moved: it has run since it was last seen so. */
static bool
isAtRest(struct run *r, struct task *t, bool *moved)
{
    enum look look;

    if (t->state == DEAD)
        return true;
    if (t->state != RUNNING && t->state != ASLEEP && t->state != ELSEWHERE && t->state != DYING)
        return isHeld(t);
    if (t->state == DYING && lastOfProcess(r, t))
        return false;
    look = traceeLook(&t->tracee);
    if (r->execed)
        refuseHidden(r, t);
    if (look == LOOK_ZOMBIE) /* a leader that waits for its threads rests, else its end is news */
        return t->state == DYING;
    if (look == LOOK_RUNNING || t->state == DYING)
        return false;
    *moved |= look == LOOK_MOVED || t->state == RUNNING;
    if (look == LOOK_MOVED && t->state == ELSEWHERE)
        touch(r, t);
    if (t->state == RUNNING && t->inCall && t->call.kind == SEMOP)
        heardSleep(r, t);
    else if (t->state == RUNNING)
        t->state = ELSEWHERE;
    return true;
}

/* One pass over all tasks. It begins with a task that runs: until that rests, the others need not
   be looked at. That it has moved does not count: the others are looked at later, and if none of
   them has moved, all were at rest when the first was looked at. */
static enum rest
restOfAll(struct run *r)
{
    const struct task *busy = firstIn(r, RUNNING, DYING);
    int first = busy == NULL ? 0 : busy->number - 1;
    bool moved = false, ran = false;

    for (int i = 0; i < r->ntask; i++)
        if (!isAtRest(r, r->task[(first + i) % r->ntask], i == 0 && busy != NULL ? &ran : &moved))
            return RESTLESS;
    return moved ? MOVED : AT_REST;
}

/* ---- all have come to rest ---- */

/* News of tasks that became choices in one step comes in any order, but the same run must be the
   same each time: they draw their tickets by number, and the task that made the step draws last. */
static void
giveTickets(struct run *r)
{
    int maker = lastEvent(r)->choice.task;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->since == NO_TICKET && i + 1 != maker)
            r->task[i]->since = r->tickets++;
    if (maker != 0 && r->task[maker - 1]->since == NO_TICKET)
        r->task[maker - 1]->since = r->tickets++;
}

/* Lets go a task that needs no choice: one that is new; or, of several that share a semadj list and
   end, all but the first, which gives back and so is a choice. False if there is none. */
static bool
letOneGo(struct run *r)
{
    struct task *new = firstIn(r, READY, READY);

    for (int i = r->ntask; i-- > 0;)
        if (r->task[i]->state == LEAVING && !lastOfGroup(r, r->task[i])) {
            resume(r->task[i], DYING);
            return true;
        }
    if (new != NULL)
        resume(new, RUNNING);
    return new != NULL;
}

/* ---- waiting for that ---- */

/* Lets the task that runs have the processor that it shares with the scope, at the cost of no
   timer. Where other programs want that processor too, they would be let go first: then the next
   waits do without. False if it was not tried. */
static bool
yieldToIt(void)
{
    static int crowded;
    double before = seconds();

    if (crowded > 0) {
        crowded--;
        return false;
    }
    sched_yield();
    if (seconds() - before > CROWDED)
        crowded = WAITS_WITHOUT_YIELD;
    signalsWait(0); /* a signal may ask the scope to end */
    return true;
}

static void
notComing(struct run *r)
{
    const struct task *t = firstIn(r, RUNNING, DYING);

    if (t != NULL)
        finish(r, IMPATIENT,
               "P%d (%s) has been running for %g s without coming to a semaphore call", t->number,
               t->program, r->opt->patience);
}

/* The scope is asked to end: a set or segment that is just being made must be known, to be
   removed. */
static void
awaitMade(struct run *r)
{
    struct news n;

    for (int i = 0; i < r->ntask && r->verdict != REFUSED;) {
        const struct task *t = r->task[i];

        if (t->state != RUNNING || !t->inCall || (t->call.kind != SEMGET && t->call.kind != SHMGET))
            i++;
        else if (followNext(r, &n))
            hear(r, &n);
        else
            signalsWait(SHORT_WAIT);
    }
}

/* Before the first execve() has returned, waits are long: it takes long, and never sleeps. */
static long
firstWait(const struct run *r)
{
    return r->execed ? SHORT_WAIT : LONG_WAIT;
}

/* DOC: at-rest */
void
settle(struct run *r)
{
    enum rest rest = MOVED;
    bool yielded = false;
    long wait = firstWait(r);
    double waited = 0; /* ns, without what a loaded machine adds to them */
    struct news n;

    while (r->verdict == GOING && endingSignal == 0) {
        while (followNext(r, &n)) {
            hear(r, &n);
            waited = 0;
            yielded = false;
            wait = firstWait(r);
        }
        bool runs = firstIn(r, RUNNING, DYING) != NULL, yields = runs && !yielded;

        yielded |= yields;
        if (yields && yieldToIt())
            continue;
        if ((runs || rest == RESTLESS) && signalsWait(wait) > 0) {
            rest = MOVED;
            continue;
        }
        waited += runs || rest == RESTLESS ? (double) wait : 0;
        rest = restOfAll(r);
        if (rest == AT_REST && followNext(r, &n)) { /* of a task that was on its way */
            hear(r, &n);
            rest = MOVED;
        } else if (rest == AT_REST && !letOneGo(r)) {
            giveTickets(r);
            return;
        } else if (rest != AT_REST && waited > r->opt->patience * 1e9)
            notComing(r);
        wait = rest == AT_REST ? SHORT_WAIT : min(wait * 2, LONG_WAIT);
    }
    if (endingSignal != 0)
        awaitMade(r);
}

/* ---- letting one go ---- */

static void
makeCall(struct run *r, struct task *t)
{
    struct call *c = &t->call;

    t->slept = false;
    t->tracee.asleep.call = -1;
    if (c->kind == SEMGET)
        c->fresh = c->key == IPC_PRIVATE || (semget(c->key, 0, 0) == -1 && errno == ENOENT);
    if (c->kind == SEMOP && (c->set < 0 || predict(r, t) == 1))
        traceeShield(&t->tracee, c->timed && !r->opt->live);
    resumeCall(t);
}

/* A task goes on after a call that is over. */
static void
goOn(struct run *r, struct task *t, long result)
{
    sayResult(r, t, result);
    remember(r, t, result);
    t->inCall = t->slept = false;
    resume(t, RUNNING);
}

/* The timeout of a semtimedop() fires: the task leaves the queue and goes on with EAGAIN. */
static void
expire(struct run *r, struct task *t)
{
    struct news n;

    if (!traceeInterrupt(&t->tracee))
        return;
    for (; endingSignal == 0; signalsWait(LONG_WAIT))
        while (followNext(r, &n)) {
            if (n.task != t || n.kind != RETURNED) {
                hear(r, &n);
                continue;
            }
            traceeUnshield(&t->tracee);
            traceeSetResult(&t->tracee, -EAGAIN);
            modelUnqueue(&r->model, t->number);
            goOn(r, t, -EAGAIN);
            return;
        }
}

static void
killProcess(struct run *r, struct task *t)
{
    markKilled(r, t);
    for (int i = 0; i < r->ntask; i++) {
        struct task *o = r->task[i];

        if (o->process != t->process || o->state == DEAD)
            continue;
        modelUnqueue(&r->model, o->number);
        if (o->state == LEAVING) /* it is past hearing a signal */
            resume(o, DYING);
        o->state = DYING;
    }
    modelExit(&r->model, t->group);
    kill(processOf(r, t)->tracee.tid, SIGKILL);
}

static void
takeNap(struct task *t)
{
    t->skipped = true;
    traceeSkip(&t->tracee);
    resumeCall(t);
}

void
letGo(struct run *r, struct choice c)
{
    struct task *t = r->task[c.task - 1];

    if (c.how == KILL)
        killProcess(r, t);
    else if (c.how == EXPIRE)
        expire(r, t);
    else if (t->state == AT_GATE)
        makeCall(r, t);
    else if (t->state == NAPPED)
        takeNap(t);
    else if (t->state == WOKEN)
        goOn(r, t, t->result);
    else {
        modelExit(&r->model, t->group);
        resume(t, DYING);
    }
}
