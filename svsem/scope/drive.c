/* drive.c - see drive.h */

#include <sys/shm.h>

#include "choose.h"
#include "drive.h"
#include "event.h"
#include "follow.h"
#include "judge.h"
#include "namespace.h"
#include "settle.h"
#include "wait.h"

void
runBegin(struct run *r, const struct options *opt)
{
    *r = (struct run){ .opt = opt, .began = seconds() };
    r->changed = r->stepped = patienceClock();
    r->own = !opt->live && !opt->shared && newIpcNamespace();
    openEvent(r, (struct choice){ 0, STEP });
    if (followStart(r))
        settle(r);
    if (r->verdict == GOING && !r->execed && r->alive == 0)
        finish(r, REFUSED, "cannot run %s", opt->command[0]);
    closeEvent(r);
}

static void
endStep(struct run *r)
{
    settle(r);
    closeEvent(r);
    if (r->verdict == DIFFERS)
        followCause(r);
}

/* Ends the nap that is over first. Naps without a step between them end the run when patience
   does. False if no task naps. */
static bool
endNap(struct run *r)
{
    struct task *first = NULL;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == NAPPED && (first == NULL || r->task[i]->wakeAt < first->wakeAt))
            first = r->task[i];
    if (first == NULL)
        return false;
    r->napTime = max(r->napTime, first->wakeAt);
    letGo(r, (struct choice){ first->number, STEP });
    endStep(r);
    if (patienceClock() - r->stepped > r->opt->patience)
        finish(r, IMPATIENT,
               "P%d (%s) has slept by the clock again and again for %g s; this is no deadlock "
               "(--patience S waits longer)",
               first->number, first->program, r->opt->patience);
    return true;
}

static void
numberKeys(struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct call *c = &r->task[i]->call;

        if (r->task[i]->state == AT_GATE && c->kind == SEMGET && keyNumber(r, c->key) == -1)
            APPEND(r->key, r->nkey, c->key);
    }
}

/* Choices of tasks that poll or have timed out before. A live run has them only while something
   happens. */
static int
spareChoices(struct run *r, struct choice **list)
{
    free(*list);
    *list = NULL;
    if (r->opt->live && patienceClock() - r->changed >= r->opt->patience)
        return 0;
    return listChoices(r, list, true);
}

int
runChoices(struct run *r, struct choice **list)
{
    for (; r->verdict == GOING && endingSignal == 0; free(*list)) {
        int n = listChoices(r, list, false);

        numberKeys(r);
        if (r->alive == 0)
            judgeEnd(r);
        if (r->alive == 0 || (n > 0 && (*list)[0].how == STEP))
            return n;
        if (endNap(r))
            continue;
        if (n > 0)
            return n;
        n = spareChoices(r, list);
        if (n > 0)
            return n;
        judgeStuck(r);
    }
    *list = NULL;
    return 0;
}

void
runStep(struct run *r, struct choice c)
{
    if (r->spare)
        countSpare(r, r->task[c.task - 1]);
    openEvent(r, c);
    r->stepped = patienceClock();
    letGo(r, c);
    endStep(r);
}

void
runEnd(struct run *r)
{
    followEnd(r);
    if (r->opt->live && endingSignal == 0 && r->alive == 0)
        return;
    for (int i = 0; i < r->model.nset; i++)
        if (r->model.set[i].ours && !r->model.set[i].gone)
            semctl(r->model.set[i].id, 0, IPC_RMID);
    for (int i = 0; i < r->nsegment; i++)
        shmctl(r->segment[i], IPC_RMID, NULL);
}

void
runTrim(struct run *r)
{
    if ((r->verdict != DEADLOCK && r->verdict != STUCK) || r->opt->live || !isIdle(r))
        return;
    while (r->nevent > r->idleFrom)
        dropEvent(&r->event[--r->nevent]);
}

void
runDrop(struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        callFree(&r->task[i]->call);
        free(r->task[i]->memory);
        free(r->task[i]);
    }
    for (int i = 0; i < r->nevent; i++)
        dropEvent(&r->event[i]);
    modelDrop(&r->model);
    free(r->task);
    free(r->event);
    free(r->segment);
    free(r->key);
}
