/* settle.c - know from /proc that nothing in the sessions can go on by itself, and end it all
 *
 * One look takes every process in turn, so it can lie: the first may be woken while the last is
 * looked at. Two looks that find all asleep, with the same context switches, cannot: no process has
 * run between them.
 */

#include "replay.h"
#include <sys/wait.h>

/* A program runs on: seconds of processor time, bytes of output. */
#define ENDLESS 0.2
enum { MUCH = 32 * 1024 };

/* ---- one look ---- */

bool
isOurs(const struct run *run, pid_t pid)
{
    for (int i = 0; i < run->nterms; i++)
        if (run->term[i].bash == pid || run->term[i].leader == pid)
            return true;
    return false;
}

/* bash loses a SIGCHLD that comes while it prints of other jobs, and leaves the child unreaped:
   send another. */
static int
ended(const struct run *run, pid_t parent)
{
    for (int i = 0; i < run->nterms; i++)
        if (run->term[i].bash == parent && run->term[i].prompt)
            kill(parent, SIGCHLD);
    return isOurs(run, parent) ? BUSY : ENDED;
}

static void
judge(const struct run *run, struct process *p)
{
    char state = p->t.state;

    if (state == 'S') {
        p->level = whereAsleep(p);
    } else if (state == 'T' || state == 't') {
        p->what = "stopped";
        p->level = SETTLED;
    } else if (state == 'Z' || state == 'X') {
        p->what = "ended";
        p->level = p->t.tid != p->t.pid || p->t.nthreads > 1 ? ENDED : ended(run, p->t.parent);
    } else {
        p->what = "running";
        p->level = BUSY;
    }
}

static void
addThread(struct look *look, const struct thread *t)
{
    struct process p = { .t = *t };

    judge(look->run, &p);
    look->level = min(look->level, p.level);
    APPEND(look->p, look->n, p);
}

static void lookBelow(struct look *look, pid_t pid);

/* A terminal's leader only waits for its one child, bash: bash is looked at in its place. */
static void
lookAtChildren(struct look *look, pid_t pid, pid_t tid)
{
    const struct run *run = look->run;
    char buf[4096];

    readProc(pid, tid, "children", buf, sizeof(buf));
    for (char *p = buf; *p != '\0' && look->level >= look->least; p += strspn(p, " ")) {
        pid_t child = (pid_t) strtol(p, &p, 10);

        for (int i = 0; i < run->nterms; i++)
            if (run->term[i].leader == child)
                child = run->term[i].gone ? 0 : run->term[i].bash;
        if (child != 0)
            lookBelow(look, child);
    }
}

static void
lookAtOther(struct thread *t, void *arg)
{
    struct look *look = arg;

    if (t->tid != t->pid) {
        addThread(look, t);
        lookAtChildren(look, t->pid, t->tid);
    }
}

/* At a process and its descendants, these first: where one runs, it is mostly the youngest. */
static void
lookBelow(struct look *look, pid_t pid)
{
    struct thread t = { 0 };

    lookAtChildren(look, pid, pid);
    if (look->level < look->least || !lookAt(&t, pid, pid))
        return;
    addThread(look, &t);
    if (t.nthreads > 1 && look->level >= look->least)
        lookAtAll(pid, lookAtOther, look);
}

bool
haveProc(void)
{
    static int have = -1;
    char self[16] = "", children[64];

    if (have == -1)
        have = readlink("/proc/self", self, sizeof(self) - 1) > 0 && atoi(self) == getpid() &&
               readProc(getpid(), getpid(), "children", children, sizeof(children)) != -1;
    return have;
}

/* ---- without /proc ---- */

/* As many processes sleep on the session's sets as it has jobs: none of them can go on. */
static void
lookAtWaiters(struct run *run, struct look *look)
{
    int jobs = 0, waiters = countWaiters(run);
    bool keyed = false;

    for (int i = 0; i < run->nterms; i++) {
        jobs += !run->term[i].gone && !run->term[i].prompt;
        keyed |= run->term[i].keyed && !run->term[i].gone;
    }
    for (int i = 0; i < run->njobs; i++) {
        const struct job *job = &run->jobs[i];

        jobs += !job->reported && !job->stopped && job->pid > 0 && kill(job->pid, 0) == 0;
    }
    look->unknown = jobs;
    look->level = jobs <= waiters && !keyed ? SETTLED : BUSY;
}

static void
signalJobs(struct run *run, int sig)
{
    for (int i = 0; i < run->njobs; i++)
        if (!run->jobs[i].reported && run->jobs[i].pid > 0)
            kill(run->jobs[i].pid, sig);
    for (int i = 0; i < run->nterms; i++) {
        pid_t group = run->term[i].gone ? 0 : tcgetpgrp(run->term[i].master);

        if (group > 1 && (group != run->term[i].bash || sig == SIGKILL))
            kill(-group, sig);
    }
}

/* ---- all of them ---- */

/* Asleep nobody knows where: a bash that is not at its prompt will go on by itself, if it has the
   terminal or no child to wait for. */
static bool
goesOn(const struct look *look, const struct process *p)
{
    const struct run *run = look->run;
    bool goes = p->level == UNKNOWN && isOurs(run, p->t.pid), waits = false;

    for (int i = 0; i < look->n; i++)
        waits = waits || (look->p[i].t.parent == p->t.pid && look->p[i].level != ENDED);
    for (int i = 0; i < run->nterms && goes; i++)
        if (run->term[i].bash == p->t.pid)
            goes = !run->term[i].prompt && (!waits || tcgetpgrp(run->term[i].master) == p->t.pid);
    return goes;
}

void
takeLook(struct run *run, struct look *look, int least)
{
    int known = 0;

    collect(run);
    *look = (struct look){ .run = run, .level = SETTLED, .least = least, .p = look->p };
    if (!haveProc()) {
        lookAtWaiters(run, look);
        return;
    }
    lookAtChildren(look, getpid(), getpid());
    for (int i = 0; i < look->n; i++) {
        known += look->p[i].t.inSemop;
        look->unknown += look->p[i].level == UNKNOWN && !isOurs(run, look->p[i].t.pid);
        if (goesOn(look, &look->p[i]))
            look->level = min(look->level, QUIET);
    }
    if (look->level == SETTLED && look->unknown > 0 && look->unknown > countWaiters(run) - known)
        look->level = QUIET;
}

static bool
sameLook(const struct look *a, const struct look *b)
{
    if (a->n != b->n || a->level != b->level || a->unknown != b->unknown)
        return false;
    for (int i = 0; i < a->n; i++) {
        const struct process *p = &a->p[i], *q = &b->p[i];

        if (p->t.tid != q->t.tid || p->t.switches != q->t.switches || p->level != q->level ||
            p->what != q->what)
            return false;
    }
    return true;
}

/* The processor time that the processes of a look have used, in seconds. */
static double
timeUsed(const struct look *look)
{
    struct timespec ts;
    double used = 0;
    clockid_t clock;

    for (int i = 0; i < look->n; i++)
        if (look->p[i].t.tid == look->p[i].t.pid &&
            clock_getcpuclockid(look->p[i].t.pid, &clock) == 0 && clock_gettime(clock, &ts) == 0)
            used += (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
    return used;
}

int
settle(struct run *run, int level, double deadline)
{
    struct look first = { 0 };
    double begun = -1, used;
    size_t bytes = run->bytes;
    long usec = 50;
    int result = -1;

    while (!interrupted && seconds() < deadline && run->nouts < MAXOUTS) {
        takeLook(run, &first, level == QUIET ? BUSY : level);
        if (first.level >= level && drain(run, deadline)) {
            takeLook(run, &run->look, BUSY);
            result = run->look.level;
            if (sameLook(&first, &run->look))
                break;
            result = -1;
        } else {
            usec = pump(run, usec) == 0 && usec < 2000 ? usec * 2 : usec;
        }
        used = level == QUIET ? timeUsed(&first) : 0;
        begun = begun < 0 ? used : begun;
        if (level == QUIET && (used > begun + ENDLESS * patience() || run->bytes - bytes > MUCH)) {
            result = BUSY;
            break;
        }
    }
    free(first.p);
    return result;
}

void
collect(struct run *run)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    for (int i = 0; i < run->nterms; i++)
        run->term[i].gone = run->term[i].gone || kill(run->term[i].bash, 0) == -1;
}

void
describe(struct run *run)
{
    const struct look *look = &run->look;

    for (int i = 0; i < look->n; i++) {
        const struct process *p = &look->p[i];

        if (isOurs(run, p->t.pid) || p->level == ENDED)
            continue;
        report("%s %s: %s", onPage(run, PID, p->t.tid), p->t.program, p->what);
        if (p->t.inSemop)
            describeSops(run, &p->t);
    }
}

/* Signals every process but the terminals' bash; with SIGKILL, that too. Returns how many of them
   do not ignore SIGHUP. */
static int
signalAll(struct run *run, int sig)
{
    struct look *look = &run->look;
    int n = 0;

    takeLook(run, look, BUSY);
    if (!haveProc())
        signalJobs(run, sig);
    for (int i = 0; i < look->n; i++) {
        const struct thread *t = &look->p[i].t;

        if ((sig == SIGKILL || !isOurs(run, t->pid)) && look->p[i].level != ENDED) {
            kill(t->pid, sig);
            n += (t->ignored & 1) == 0;
        }
    }
    for (int i = 0; i < run->nterms && sig == SIGKILL; i++) {
        if (!run->term[i].gone)
            kill(run->term[i].bash, SIGKILL);
        kill(run->term[i].leader, SIGKILL);
    }
    return haveProc() ? n : look->unknown;
}

/* First as a terminal that hangs up, so that programs remove their sets; then for certain. */
void
endProcesses(struct run *run)
{
    double deadline = seconds() + patience();
    siginfo_t info;

    if (signalAll(run, SIGHUP) > 0)
        while (signalAll(run, SIGCONT) > 0 && seconds() < deadline)
            pump(run, 1000);
    deadline = seconds() + 5 * patience();
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != -1 && seconds() < deadline) {
        signalAll(run, SIGKILL);
        pump(run, 500);
    }
}
