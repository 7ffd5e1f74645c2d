/* run.c - one run: who can go next, one step after another, what came of it, and cleaning up. */

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "namespace.h"
#include "scope.h"

enum { PATIENT_WAIT = 20000000 };               /* ns between two looks at the clock while somebody outside is waited for */
enum { REPEATS = 2 };                           /* so often the same for nothing is polling */
enum { MOST_ADJ = 4 };                          /* so many are shown of one process */
enum { IN_VAIN = 100 };                         /* so often while nobody else can go is for ever */

double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* -- polling -- */

static bool othersStepped(const struct run *r, const struct task *t, long since)
{
    for (long i = since; i < r->nevent; i++)
        if (r->event[i].choice.task != t->number)
            return true;
    return false;
}

static bool sameAgain(struct run *r, const struct task *t, const struct memory *old)
{
    const struct call *c = &t->call;
    const struct set *s = c->set >= 0 ? &r->model.set[c->set] : NULL;
    int n, z;

    if (c->kind == YIELD)
        return !othersStepped(r, t, old->steps);
    if (c->kind == SEMGET)
        return old->changes == modelChanges(&r->model, c);
    if (s == NULL)
        return old->version == r->model.changes;
    if (c->kind == SEMOP)
        return modelPredict(&r->model, c, t->group) == old->result;
    if (old->result >= 0 && !s->gone && (c->cmd == GETNCNT || c->cmd == GETZCNT)) {
        modelCount(s, c->semnum, &n, &z);
        return old->result == (c->cmd == GETNCNT ? n : z);
    }
    if (old->result >= 0 && !s->gone && c->cmd == GETVAL)
        return old->result == s->sem[c->semnum].value;
    return old->version == s->version;
}

static const struct memory *madeBefore(const struct task *t)
{
    unsigned long signature = callSignature(&t->call);

    for (int i = 0; i < t->nmemory; i++)
        if (t->memory[i].signature == signature)
            return &t->memory[i];
    return NULL;
}

/* It made this call before, for the same result, and would get the same again. */
static bool polls(struct run *r, const struct task *t)
{
    const struct memory *old = madeBefore(t);

    return old != NULL && old->times >= REPEATS && sameAgain(r, t, old);
}

/* -- choices -- */

static bool canStep(struct run *r, const struct task *t)
{
    return t->state == WOKEN || t->state == LEAVING || (t->state == AT_GATE && !polls(r, t));
}

static bool hasTimeout(const struct run *r, const struct task *t)
{
    return t->state == ASLEEP && t->call.timed && !r->opt->live && canExpire();
}

/* Once until something changes that the call touches, or the task did or saw something else.  Had a change elsewhere a say,
   steps that touch nothing in common could not be swapped. */
static bool canExpireNow(const struct run *r, const struct task *t)
{
    const struct memory *old = madeBefore(t);

    return hasTimeout(r, t) && (old == NULL || old->changes != modelChanges(&r->model, &t->call));
}

/* Nobody else can go: those who poll, and those whose timeout has fired before.  One that means to give up after some tries
   does so now; one that has not after so many is taken to go on for ever. */
static bool canSpare(const struct run *r, const struct task *t)
{
    return (t->state == AT_GATE && (r->opt->live || taskSignalled(t))) ||
           ((t->state == AT_GATE || hasTimeout(r, t)) && (t->spareUsed != r->model.changes || t->spareTimes < IN_VAIN));
}

/* Has nothing been done since idleFrom, nobody been born, nobody died? */
static bool isIdle(const struct run *r)
{
    return r->idleFrom > 0 && r->idleChanges == r->model.changes && r->idleTasks == 2 * r->ntask - r->alive;
}

static void countSpare(struct run *r, struct task *t)
{
    t->spareTimes = t->spareUsed == r->model.changes ? t->spareTimes + 1 : 1;
    t->spareUsed = r->model.changes;
    if (!isIdle(r))
        r->idleFrom = r->nevent;
    r->idleChanges = r->model.changes;
    r->idleTasks = 2 * r->ntask - r->alive;
}

static bool canDie(const struct run *r, const struct task *t)
{
    return !r->killed && t->process != 1 && (t->state == AT_GATE || t->state == ASLEEP);
}

static void offer(struct choice **list, int *n, int task, enum how how)
{
    *list = room(*list, *n, sizeof **list);
    (*list)[(*n)++] = (struct choice) { task, how };
}

static int listChoices(struct run *r, struct choice **list, bool spare)
{
    int n = 0;

    *list = NULL;
    r->spare = spare;
    for (int i = 0; i < r->ntask; i++)
        if (spare ? r->task[i]->state == AT_GATE && canSpare(r, r->task[i]) : canStep(r, r->task[i]))
            offer(list, &n, i + 1, STEP);
    for (int i = 0; i < r->ntask; i++)
        if (spare ? r->task[i]->state == ASLEEP && canSpare(r, r->task[i]) : canExpireNow(r, r->task[i]))
            offer(list, &n, i + 1, EXPIRE);
    for (int i = 0; i < r->ntask && r->opt->crash && n > 0; i++) {         /* where nobody can go, it is a deadlock already */
        struct task *t = r->task[i];
        if (canDie(r, t))
            offer(list, &n, i + 1, KILL);
        if (canDie(r, t) && t->state == AT_GATE && !(t->call.kind == SEMOP && modelPredict(&r->model, &t->call, t->group) == 1))
            offer(list, &n, i + 1, CALL_KILL);
    }
    return n;
}

static bool hasStep(const struct choice *c, int n)
{
    for (int i = 0; i < n; i++)
        if (c[i].how == STEP)
            return true;
    return false;
}

/* First come, first served: what a run does when nobody chooses. */
struct choice firstCome(const struct run *r, const struct choice *c, int n)
{
    int best = -1;

    for (int i = 0; i < n; i++)
        if (c[i].how == STEP && (best == -1 || r->task[c[i].task - 1]->since < r->task[c[best].task - 1]->since))
            best = i;
    for (int i = 0; i < n && best == -1; i++)
        if (c[i].how == EXPIRE)
            best = i;
    return c[best == -1 ? 0 : best];
}

static void closeEvent(struct run *r);

/* The nap that is over first.  One nap after another, and no step, is no way to an end.  Result: false when nobody naps. */
static bool endNap(struct run *r)
{
    struct task *first = NULL;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == NAPPED && (first == NULL || r->task[i]->wakeAt < first->wakeAt))
            first = r->task[i];
    if (first == NULL)
        return false;
    if (first->wakeAt > r->napTime)
        r->napTime = first->wakeAt;
    letGo(r, (struct choice) { first->number, STEP });
    settle(r);
    closeEvent(r);
    if (seconds() - r->stepped > r->opt->patience)
        finish(r, IMPATIENT, "P%d (%s) has taken one nap after another for %g s, and that is no deadlock: --patience waits longer",
               first->number, first->program, r->opt->patience);
    return true;
}

/* One whose sleep, or polling, somebody outside, or the clock, can end. */
static const struct task *outsider(const struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        bool shared = t->state == ASLEEP && !r->own && t->call.set >= 0 && !r->model.set[t->call.set].ours;
        bool byClock = t->state == ASLEEP && t->call.timed && (r->opt->live || !canExpire());
        bool stopped = t->state == HALTED && r->opt->live;
        bool rings = t->state != DEAD && timerRuns(r, t);
        if (shared || byClock || stopped || rings || (t->state == ELSEWHERE && !sleepIsInside(r, t)))
            return t;
    }
    return NULL;
}

static bool anythingNew(struct run *r)
{
    long tickets = r->tickets;
    int alive = r->alive;

    settle(r);
    closeEvent(r);
    if (r->tickets == tickets && r->alive == alive)
        return false;
    r->stepped = seconds();
    return true;
}

static const char *awaited(const struct run *r, const struct task *t, char *text, size_t size)
{
    if (timerRuns(r, t))
        return "waits for a timer";
    if (t->state == HALTED)
        return "is stopped";
    snprintf(text, size, "sleeps in %s", t->state == ASLEEP ? "a semop that others or a timeout can end" : sleepText(t));
    return text;
}

/* Has a signal come for one that polls? */
static bool pollerHears(const struct run *r)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == AT_GATE && taskSignalled(r->task[i]))
            return true;
    return false;
}

/* Waits for the clock or the world outside.  Result: false when nothing came, or there is nobody to wait for. */
static bool waitOutside(struct run *r)
{
    double until = seconds() + r->opt->patience;
    const struct task *t = outsider(r);
    char text[80];

    if (t == NULL)
        return pollerHears(r);
    while (seconds() < until && endingSignal == 0 && r->verdict == GOING) {
        signalsWait(PATIENT_WAIT);
        if (anythingNew(r) || pollerHears(r))
            return true;
        if ((t = outsider(r)) == NULL)
            return true;
    }
    if (endingSignal == 0)
        finish(r, IMPATIENT, "P%d (%s) %s for more than %g s, and that is no deadlock: --patience waits longer", t->number,
               t->program, awaited(r, t, text, sizeof text), r->opt->patience);
    return false;
}

static void describe(struct run *r, char *text, size_t size)
{
    size_t used = 0;

    *text = '\0';
    for (int i = 0; i < r->ntask && used < size; i++) {
        const struct task *t = r->task[i];
        char call[64], name[8];
        callText(r, &t->call, call, sizeof call);
        const char *comma = used > 0 ? "; " : "";
        if (t->state == ASLEEP)
            used += (size_t) snprintf(text + used, size - used, "%sP%d asleep in semop %s of %s", comma, i + 1,
                                      strchr(call, ':') ? strchr(call, ':') + 1 : call, setName(t->call.set, name));
        else if (t->state == AT_GATE)
            used += (size_t) snprintf(text + used, size - used, "%sP%d polls %s", comma, i + 1, call);
        else if (t->state == HALTED)
            used += (size_t) snprintf(text + used, size - used, "%sP%d is stopped", comma, i + 1);
        else if (t->state == ELSEWHERE)
            used += (size_t) snprintf(text + used, size - used, "%sP%d in %s", comma, i + 1, sleepText(t));
    }
}

static void reallyStuck(struct run *r)
{
    char text[300];
    bool inSemop = false;

    for (int i = 0; i < r->ntask; i++)
        inSemop |= r->task[i]->state == ASLEEP;
    describe(r, text, sizeof text);
    finish(r, inSemop ? DEADLOCK : STUCK, "%s", text);
}

/* A poller may look at a clock that the scope does not see: it is given time once, and asked again.  Result: true when somebody
   may go now. */
static bool giveTime(struct run *r)
{
    double until = seconds() + r->opt->patience;
    bool given = false;

    if (r->opt->live || r->opt->hasty || r->waited == r->model.changes)
        return false;
    r->waited = r->model.changes;
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->spareUsed == r->model.changes) {
            r->task[i]->spareTimes = 0;
            given = true;
        }
    while (given && seconds() < until && endingSignal == 0)
        signalsWait(PATIENT_WAIT);
    return given;
}

/* A wake-up for another processor is in flight for a moment after the call that makes it: the tracees share one, unless a
   program chose another for itself.  So before it is said that all are stuck, the scope goes to each processor in turn:
   what was sent there has arrived when the scope runs there. */
static void stuck(struct run *r)
{
    cpu_set_t all, here, one;

    sched_getaffinity(0, sizeof here, &here);
    memset(&all, 0xff, sizeof all);
    if (sched_setaffinity(0, sizeof all, &all) == 0 && sched_getaffinity(0, sizeof all, &all) == 0)
        for (unsigned i = 0; i < CPU_SETSIZE; i++) {
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            if (CPU_ISSET(i, &all))
                sched_setaffinity(0, sizeof one, &one);
        }
    sched_setaffinity(0, sizeof here, &here);
    if (!anythingNew(r) && !giveTime(r))
        reallyStuck(r);
}

static int leftBehind(const struct run *r)
{
    int n = 0;

    for (int i = 0; i < r->model.nset; i++)
        n += r->model.set[i].ours && !r->model.set[i].gone;
    for (int i = 0; i < r->nsegment; i++) {
        struct shmid_ds ds;
        n += shmctl(r->segment[i], IPC_STAT, &ds) == 0;
    }
    return n;
}

/* All have ended: was it well? */
static void judge(struct run *r)
{
    for (int i = 1; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        if (WIFSIGNALED(t->status) && !t->killed && t->process == t->number)
            finish(r, BAD_SIGNAL, "P%d (%s) died of %s", t->number, t->program, signalName(WTERMSIG(t->status)));
    }
    if (WIFSIGNALED(r->status))
        finish(r, BAD_SIGNAL, "P1 (%s) died of %s", r->task[0]->program, signalName(WTERMSIG(r->status)));
    else if (WEXITSTATUS(r->status) != 0)
        finish(r, BAD_EXIT, "P1 (%s) exited with %d", r->task[0]->program, WEXITSTATUS(r->status));
    int left = leftBehind(r);
    if (left > 0)
        finish(r, LEFT_BEHIND, "%d set%s or segment%s left behind", left, left > 1 ? "s" : "", left > 1 ? "s" : "");
    finish(r, WELL, "well");
}

int runChoices(struct run *r, struct choice **list)
{
    int n;

    while (r->verdict == GOING && endingSignal == 0) {
        if (r->alive == 0) {
            judge(r);
            return 0;
        }
        n = listChoices(r, list, false);
        if (hasStep(*list, n))
            return n;
        if (endNap(r)) {
            free(*list);
            continue;
        }
        if (n > 0)
            return n;
        free(*list);
        if (!r->opt->live || seconds() - r->changed < r->opt->patience) {
            n = listChoices(r, list, true);
            if (n > 0)
                return n;
            free(*list);
        }
        if (!waitOutside(r))
            stuck(r);
    }
    *list = NULL;
    return 0;
}

/* -- one step -- */

void choiceText(const struct run *r, struct choice c, char *text, size_t size)
{
    const struct task *t = r->task[c.task - 1];

    if (c.how == KILL)
        snprintf(text, size, "SIGKILL");
    else if (c.how == EXPIRE)
        snprintf(text, size, "timeout");
    else if (t->state == LEAVING)
        snprintf(text, size, "exit");
    else if (t->state == WOKEN)
        snprintf(text, size, t->result == 0 ? "ok" : "woken");
    else
        callText(r, &t->call, text, size);
}

static struct event *newEvent(struct run *r, struct choice c)
{
    char text[120] = "";

    if (c.task != 0)
        choiceText(r, c, text, sizeof text);
    r->event = room(r->event, r->nevent, sizeof *r->event);
    struct event *e = &r->event[r->nevent++];
    *e = (struct event) { .choice = c, .call = strdup(text), .ms = (seconds() - r->began) * 1e3 };
    return e;
}

static char stateLetter(const struct task *t)
{
    switch (t->state) {
    case ASLEEP:    return 'z';
    case WOKEN:     return '=';
    case ELSEWHERE: case NAPPED: case VFORKED: case HALTED:
        return '.';
    case DYING: case DEAD:
        return ' ';
    default:        return '-';
    }
}

static char *semadjText(const struct run *r, const struct task *t)
{
    char text[96] = "", name[8];
    size_t used = 0;
    int count = 0;

    if (t->state == DEAD || t->state == DYING || t->group != t->number)
        return NULL;
    for (int s = 0; s < r->model.nset; s++) {
        const int *adj = modelAdj(&r->model, t->group, s);
        for (int k = 0; adj != NULL && k < r->model.set[s].nsems; k++)
            if (adj[k] != 0 && count++ < MOST_ADJ)
                used += (size_t) snprintf(text + used, sizeof text - used, "%s%s%s%d%+d", used > 0 ? " " : "",
                                          r->model.nset > 1 ? setName(s, name) : "", r->model.nset > 1 ? ":" : "", k, adj[k]);
    }
    if (count > MOST_ADJ)
        snprintf(text + used, sizeof text - used, " +%d more", count - MOST_ADJ);
    return used > 0 ? strdup(text) : NULL;
}

static void dropSnapshot(struct event *e)
{
    for (int i = 0; i < e->nset; i++)
        free(e->value[i]);
    for (int i = 0; i < e->ntask; i++)
        free(e->semadj[i]);
    free(e->value);
    free(e->semadj);
    free(e->state);
}

/* A sleep that the clock, or somebody outside, has ended since is in the picture all the same. */
static void keepSleepers(struct event *e, const struct event *before)
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

/* The picture after the last event. */
static void snapshot(struct run *r)
{
    struct event *e = &r->event[r->nevent - 1], before = *e;

    e->ntask = r->ntask;
    e->nset = r->model.nset;
    e->state = calloc((size_t) r->ntask + 1, 1);
    e->semadj = calloc((size_t) r->ntask + 1, sizeof *e->semadj);
    e->value = calloc((size_t) e->nset + 1, sizeof *e->value);
    for (int i = 0; i < r->ntask; i++) {
        e->state[i] = stateLetter(r->task[i]);
        e->semadj[i] = semadjText(r, r->task[i]);
    }
    for (int s = 0; s < e->nset; s++) {
        const struct set *set = &r->model.set[s];
        if (set->gone)
            continue;
        int *v = e->value[s] = calloc((size_t) set->nsems * 3 + 1, sizeof *v);
        for (int k = 0; k < set->nsems; k++) {
            v[3 * k] = set->sem[k].value;
            modelCount(set, k, &v[3 * k + 1], &v[3 * k + 2]);
        }
    }
    if (before.state != NULL)
        keepSleepers(e, &before);
    dropSnapshot(&before);
}

static const struct woken *wokenBy(const struct model *m, int task)
{
    for (int i = 0; i < m->nwoken; i++)
        if (m->woken[i].task == task)
            return &m->woken[i];
    return NULL;
}

/* Holds one task that slept against the model. */
static void checkSleeper(struct run *r, struct task *t)
{
    int set;
    const struct woken *w = wokenBy(&r->model, t->number);
    bool queued = modelWaiter(&r->model, t->number, &set) != NULL, alone = queued && r->model.set[set].ours;

    if (t->state == ASLEEP && w != NULL)
        finish(r, DIFFERS, "P%d still sleeps, computed was that it is woken", t->number);
    else if (t->state == WOKEN && alone && t->result != -EINTR && t->result != -EAGAIN)
        finish(r, DIFFERS, "P%d was woken, computed was that it sleeps on", t->number);
    else if (t->state == WOKEN && queued) {
        modelUnqueue(&r->model, t->number);
        if (t->result == 0)                     /* somebody outside woke it */
            modelTakes(&r->model, t);
    }
    else if (t->state == WOKEN && w != NULL && t->result != -w->error)
        finish(r, DIFFERS, "P%d was woken with %s, computed was %s", t->number, t->result == 0 ? "0" : errnoName((int) -t->result),
               w->error == 0 ? "0" : errnoName(w->error));
}

static void closeEvent(struct run *r)
{
    struct event *e = &r->event[r->nevent - 1];
    char why[200], name[8];

    if (endingSignal != 0)
        return;
    for (int i = 0; i < r->ntask; i++)
        checkSleeper(r, r->task[i]);
    for (int i = 0; i < r->model.nwoken; i++) {
        e->woken = room(e->woken, e->nwoken, sizeof *e->woken);
        e->woken[e->nwoken++] = r->model.woken[i].task;
    }
    r->model.nwoken = 0;
    for (int i = 0; i < r->model.nset; i++)
        if (r->verdict == GOING && !modelCheck(&r->model, i, why, sizeof why))
            finish(r, DIFFERS, "set %s, %s", setName(i, name), why);
    if (r->model.changes != r->changesSeen)
        r->changed = seconds();
    r->changesSeen = r->model.changes;
    snapshot(r);
}

void runStep(struct run *r, struct choice c)
{
    if (r->spare)
        countSpare(r, r->task[c.task - 1]);
    struct event *e = newEvent(r, c);

    printsOf(r, c, &e->prints);
    r->stepped = seconds();
    letGo(r, c);
    settle(r);
    closeEvent(r);
}

/* -- begin and end -- */

void runBegin(struct run *r, const struct options *opt)
{
    memset(r, 0, sizeof *r);
    r->opt = opt;
    r->own = !opt->live && !opt->shared && newIpcNamespace();
    r->began = r->changed = r->stepped = seconds();
    newEvent(r, (struct choice) { 0, STEP });
    if (followStart(r))
        settle(r);
    if (r->verdict == GOING && !r->execed && r->alive == 0)
        finish(r, REFUSED, "cannot run %s", opt->command[0]);
    closeEvent(r);
}

/* Sets and segments that the run made go with it; a live run's own end leaves them as the program did. */
static void removeMade(const struct run *r)
{
    if (r->opt->live && endingSignal == 0 && r->alive == 0)
        return;
    for (int i = 0; i < r->model.nset; i++)
        if (r->model.set[i].ours && !r->model.set[i].gone)
            semctl(r->model.set[i].id, 0, IPC_RMID);
    for (int i = 0; i < r->nsegment; i++)
        shmctl(r->segment[i], IPC_RMID, NULL);
}

void runEnd(struct run *r)
{
    followEnd(r);
    removeMade(r);
}

static void dropEvent(struct event *e)
{
    dropSnapshot(e);
    free(e->call);
    free(e->result);
    free(e->touched);
    free(e->woken);
    free(e->clock);
    free(e->prints.span);
}

void runTrim(struct run *r)
{
    if ((r->verdict != DEADLOCK && r->verdict != STUCK) || r->opt->live || !isIdle(r))
        return;
    while (r->nevent > r->idleFrom)
        dropEvent(&r->event[--r->nevent]);
}

void runDrop(struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        callFree(&r->task[i]->call);
        free(r->task[i]->memory);
        free(r->task[i]->timer);
        free(r->task[i]);
    }
    for (int i = 0; i < r->nevent; i++)
        dropEvent(&r->event[i]);
    modelDrop(&r->model);
    free(r->task);
    free(r->event);
    free(r->segment);
}

/* -- schedules as text: 1,2,2x,3t,2c -- */

static const char HOW[] = " txc";

char *scheduleText(const struct run *r, int n)
{
    size_t used = 0, size = (size_t) n * 8 + 1;
    char *text = calloc(1, size);

    for (int i = 1; i <= n && text != NULL; i++) {
        struct choice c = r->event[i].choice;
        used += (size_t) snprintf(text + used, size - used, i > 1 ? ",%d" : "%d", c.task);
        if (c.how != STEP)
            text[used++] = HOW[c.how];
    }
    return text;
}

/* A person may kill whoever lives. */
bool mayGo(const struct run *r, const struct choice *c, int n, struct choice want)
{
    if (want.how == KILL)
        return want.task <= r->ntask && r->task[want.task - 1]->state != DEAD;
    for (int i = 0; i < n; i++)
        if (c[i].task == want.task && c[i].how == want.how)
            return true;
    return false;
}

/* The next choice of a schedule; *at goes on to the one after it. */
bool choiceRead(const char **at, struct choice *c)
{
    char *end;
    long task = strtol(*at, &end, 10);
    const char *how = *end == '\0' ? NULL : strchr(HOW + 1, *end);

    if (end == *at || task < 1 || task > 100000)
        return false;
    c->task = (int) task;
    c->how = how == NULL ? STEP : (enum how) (how - HOW);
    end += how != NULL;
    *at = end + strspn(end, ", ");
    return *end == '\0' || *at != end;
}

bool scheduleIsGood(const char *schedule)
{
    struct choice c;

    while (*schedule != '\0')
        if (!choiceRead(&schedule, &c))
            return false;
    return true;
}

/* A person may go on after a deadlock, by killing somebody. */
static bool revive(struct run *r, const char *at)
{
    struct choice c;

    if ((r->verdict != DEADLOCK && r->verdict != STUCK) || !choiceRead(&at, &c) || c.how != KILL)
        return false;
    r->verdict = GOING;
    return true;
}

/* Begins a run and makes the choices of SCHEDULE. */
void runFollow(struct run *r, const struct options *opt, const char *schedule)
{
    struct choice *list, want = { 0, STEP };

    runBegin(r, opt);
    while (*schedule != '\0') {
        int n = runChoices(r, &list);
        if (n == 0 && !revive(r, schedule))
            return;
        if (!choiceRead(&schedule, &want) || !mayGo(r, list, n, want))
            finish(r, UNREPEATABLE, "not repeatable: step %d is P%d's, who cannot go now", r->nevent, want.task);
        else
            runStep(r, want);
        free(list);
    }
}

void runSchedule(struct run *r, const struct options *opt, const char *schedule)
{
    struct choice *list;

    runFollow(r, opt, schedule == NULL ? "" : schedule);
    for (int n; (n = runChoices(r, &list)) > 0; free(list))
        runStep(r, firstCome(r, list, n));
    runTrim(r);
    runEnd(r);
}

/* The command that makes this run again, in words that a shell takes as they are. */
void printReplay(const struct run *r)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
    char *schedule = scheduleText(r, r->nevent - 1);

    printf("%s replay --schedule=%s --", r->opt->self, schedule);
    free(schedule);
    for (char **word = r->opt->command; *word != NULL; word++) {
        bool quoted = **word == '\0' || (*word)[strspn(*word, plain)] != '\0';
        printf(quoted ? " '" : " ");
        for (const char *c = *word; *c != '\0'; c++)
            if (*c == '\'')
                printf("'\\''");
            else
                putchar(*c);
        printf(quoted ? "'" : "");
    }
    putchar('\n');
}

const char *verdictText(enum verdict v)
{
    switch (v) {
    case DEADLOCK:      return "deadlock: ";
    case STUCK:         return "stuck: ";
    case DIFFERS:       return "the kernel did not do as computed (a bug, please report): ";
    default:            return "";
    }
}

void sayMessage(const struct run *r)
{
    fprintf(stderr, "svsem_scope: %s%s\n", verdictText(r->verdict), r->message);
}

int verdictStatus(enum verdict v)
{
    switch (v) {
    case WELL:          return 0;
    case DEADLOCK: case STUCK: case BAD_EXIT: case BAD_SIGNAL: case LEFT_BEHIND:
        return 1;
    case REFUSED:       return 2;
    default:            return 3;
    }
}
