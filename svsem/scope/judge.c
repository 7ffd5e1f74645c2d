/* judge.c - see judge.h */

#define _GNU_SOURCE
#include <sched.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "choose.h"
#include "event.h"
#include "judge.h"
#include "numbers.h"
#include "settle.h"
#include "signals.h"
#include "wait.h"
#include "words.h"

enum { LOOK_EVERY = 20000000 }; /* ns, at the clock and the tasks */
enum { MOST_FDS = 256 };

/* ---- all have ended ---- */

void
judgeEnd(struct run *r)
{
    const struct task *first = r->task[0];
    struct shmid_ds ds;
    int left = 0;

    for (int i = 1; i < r->ntask; i++) {
        const struct task *t = r->task[i];

        if (t->process == t->number && WIFSIGNALED(t->status) && !t->killed && !diedAsAsked(t))
            finish(r, BAD_SIGNAL, "P%d (%s) died of %s", t->number, t->program, endText(t));
    }
    if (WIFSIGNALED(r->status))
        finish(r, BAD_SIGNAL, "P1 (%s) died of %s", first->program, endText(first));
    else if (WEXITSTATUS(r->status) != 0)
        finish(r, BAD_EXIT, "P1 (%s) exited with %d", first->program, WEXITSTATUS(r->status));
    for (int i = 0; i < r->model.nset; i++)
        left += r->model.set[i].ours && !r->model.set[i].gone;
    for (int i = 0; i < r->nsegment; i++)
        left += shmctl(r->segment[i], IPC_STAT, &ds) == 0;
    if (left > 0)
        finish(r, LEFT_BEHIND, "%d set%s or segment%s left behind", left, left > 1 ? "s" : "",
               left > 1 ? "s" : "");
    finish(r, WELL, "well");
}

/* ---- the world outside ---- */

/* Is it a pipe without a name, with which the scope was not started? Of any other the other end
   may be outside. */
static bool
isPipeInside(const struct task *t, unsigned long fd)
{
    char path[64], name[8] = "";
    struct stat s, own;

    snprintf(path, sizeof(path), "/proc/%d/fd/%lu", t->tracee.tid, fd);
    if (stat(path, &s) == -1 || readlink(path, name, 5) != 5 || strcmp(name, "pipe:") != 0)
        return false;
    for (int i = 0; i < MOST_FDS; i++)
        if (fstat(i, &own) == 0 && own.st_dev == s.st_dev && own.st_ino == s.st_ino)
            return false;
    return true;
}

/* Can only tasks of the run end this sleep? */
static bool
isInside(const struct run *r, const struct task *t)
{
    const unsigned long *arg = t->tracee.asleep.arg;
    long call = t->tracee.asleep.call;

    if (call == SYS_read || call == SYS_write || call == SYS_readv || call == SYS_writev)
        return isPipeInside(t, arg[0]);
    if (call == SYS_msgrcv || call == SYS_msgsnd)
        return r->own;
    if (call == SYS_ppoll) /* of no files, without an end: arm64's pause() */
        return arg[1] == 0 && arg[2] == 0;
    return call == SYS_wait4 || call == SYS_waitid || call == SYS_rt_sigsuspend ||
           call == SYS_pause || (call == SYS_rt_sigtimedwait && arg[2] == 0) ||
           (call == SYS_futex && arg[3] == 0);
}

/* A task whose sleep, or polling, the clock or the world outside can end. */
static const struct task *
outsider(const struct run *r)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        bool asleep = t->state == ASLEEP;

        if ((asleep && !r->own && t->call.set >= 0 && !r->model.set[t->call.set].ours) ||
            (asleep && t->call.timed && r->opt->live) || (t->state == HALTED && r->opt->live) ||
            (t->state != DEAD && processOf(r, t)->timers != 0) ||
            (t->state == ELSEWHERE && !isInside(r, t)))
            return t;
    }
    return NULL;
}

static const char *
awaited(const struct run *r, const struct task *t)
{
    static char text[80];

    if (processOf(r, t)->timers != 0)
        return "waits for a timer";
    if (t->state == HALTED)
        return "is stopped";
    snprintf(text, sizeof(text), "sleeps in %s",
             t->state == ASLEEP ? "a semop that others or a timeout can end" : sleepText(t));
    return text;
}

/* Settles once more. Has any task become a choice, or ended? */
static bool
isAnythingNew(struct run *r)
{
    long tickets = r->tickets;
    int alive = r->alive;

    settle(r);
    closeEvent(r);
    if (r->tickets == tickets && r->alive == alive)
        return false;
    r->stepped = patienceClock();
    return true;
}

/* Has a signal come for a task that polls? */
static bool
hasPollerHeard(const struct run *r)
{
    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state == AT_GATE && traceeHears(&r->task[i]->tracee))
            return true;
    return false;
}

/* Waits until the clock or the world outside has set a task going, or a signal has come for one
   that polls. False: nothing can or did come; in the second case the run is over. */
static bool
waitOutside(struct run *r)
{
    double until = patienceClock() + r->opt->patience;
    const struct task *t = outsider(r);

    if (t == NULL)
        return hasPollerHeard(r);
    while (patienceClock() < until && endingSignal == 0 && r->verdict == GOING) {
        signalsWait(LOOK_EVERY);
        if (isAnythingNew(r) || hasPollerHeard(r) || (t = outsider(r)) == NULL)
            return true;
    }
    if (endingSignal == 0)
        finish(r, IMPATIENT,
               "P%d (%s) %s for more than %g s; this is no deadlock (--patience S waits longer)",
               t->number, t->program, awaited(r, t), r->opt->patience);
    return false;
}

/* Gives a process that polls the time that a deadline of its own may want, once for each state of
   the model. False if there is none, or it had that. */
static bool
giveTime(struct run *r)
{
    double until = patienceClock() + r->opt->patience;

    if (r->opt->live || r->opt->hasty || r->waited == r->model.changes)
        return false;
    r->waited = r->model.changes;
    if (!renewSpare(r))
        return false;
    while (patienceClock() < until && endingSignal == 0)
        signalsWait(LOOK_EVERY);
    return true;
}

/* ---- stuck ---- */

/* What each task does that has not ended. */
static void
describe(const struct run *r, char *text, size_t size)
{
    FILE *out = fmemopen(text, size, "w");
    const char *between = "";

    for (int i = 0; i < r->ntask && out != NULL; i++) {
        const struct task *t = r->task[i];
        const char *call = callText(r, &t->call), *colon = strchr(call, ':');

        if (t->state != ASLEEP && t->state != AT_GATE && t->state != HALTED &&
            t->state != ELSEWHERE)
            continue;
        fprintf(out, "%sP%d ", between, t->number);
        if (t->state == ASLEEP)
            fprintf(out, "asleep in semop %s of %s", colon == NULL ? call : colon + 1,
                    setName(t->call.set));
        else if (t->state == AT_GATE)
            fprintf(out, "polls %s", call);
        else if (t->state == HALTED)
            fputs("is stopped", out);
        else
            fprintf(out, "in %s", sleepText(t));
        between = "; ";
    }
    if (out != NULL)
        fclose(out);
}

/* A wake-up for another processor is in flight for a moment after the call that makes it: the
   tracees share one, unless a program chose another for itself. What was sent to a processor has
   arrived when the scope runs there. */
static void
visitProcessors(void)
{
    cpu_set_t here, there;

    sched_getaffinity(0, sizeof(here), &here);
    for (long i = sysconf(_SC_NPROCESSORS_CONF); i-- > 0;) {
        CPU_ZERO(&there);
        CPU_SET((size_t) i, &there);
        sched_setaffinity(0, sizeof(there), &there); /* EINVAL: nothing runs there */
    }
    sched_setaffinity(0, sizeof(here), &here);
}

void
judgeStuck(struct run *r)
{
    char text[300] = "";

    if (waitOutside(r) || r->verdict != GOING || endingSignal != 0)
        return;
    visitProcessors();
    if (isAnythingNew(r) || giveTime(r))
        return;
    describe(r, text, sizeof(text));
    finish(r, firstIn(r, ASLEEP, ASLEEP) != NULL ? DEADLOCK : STUCK, "%s", text);
}

/* ---- verdicts ---- */

const char *
verdictText(enum verdict v)
{
    if (v == DIFFERS)
        return "the kernel did not do as computed (a bug, please report): ";
    if (v == IMPATIENT || v == DISTURBED)
        return "no verdict: ";
    return v == DEADLOCK ? "deadlock: " : v == STUCK ? "stuck: " : "";
}

void
sayVerdict(const struct run *r)
{
    fprintf(stderr, "svsem_scope: %s%s\n", verdictText(r->verdict), r->message);
}

int
verdictStatus(enum verdict v)
{
    if (v == WELL || v == REFUSED)
        return v == WELL ? 0 : 2;
    return v >= DEADLOCK && v <= LEFT_BEHIND ? 1 : 3;
}
