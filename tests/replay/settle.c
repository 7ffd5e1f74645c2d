/* settle.c - know from /proc that nothing in the sessions can go on by itself, and end it all
 *
 * One look takes every process in turn, so it can lie: the first may be woken while the last is looked at.
 * Two looks that find all asleep, with the same context switches, cannot: between them nobody has run.
 */
#include "replay.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDLESS = 20, MUCH = 32 * 1024 };        /* a program runs on: ticks of processor time, bytes out */

/* ---- one look ---- */

static int termOf(const struct run *run, pid_t leader)
{
    int i;

    for (i = 0; i < run->nterms; i++)
        if (run->term[i].leader == leader)
            return i;
    return -1;
}

/* One of those that this program has started itself. */
static bool isOurs(const struct run *run, pid_t pid)
{
    int i;

    for (i = 0; i < run->nterms; i++)
        if (run->term[i].bash == pid || run->term[i].leader == pid)
            return true;
    return false;
}

static void readStatus(struct process *p)
{
    char buf[4096];
    const char *v;

    if (slurp(buf, sizeof(buf), "/proc/%d/task/%d/status", (int) p->pid, (int) p->tid) == 0)
        return;
    v = strstr(buf, "\nvoluntary_ctxt_switches:");
    if (v != NULL)
        p->switches = strtoul(strchr(v, ':') + 1, NULL, 10);
    v = strstr(buf, "\nnonvoluntary_ctxt_switches:");
    if (v != NULL)
        p->switches += strtoul(strchr(v, ':') + 1, NULL, 10);
    v = strstr(buf, "\nSigIgn:");
    p->deaf = v != NULL && (strtoul(strchr(v, ':') + 1, NULL, 16) & 1) != 0;
}

/* bash loses a SIGCHLD that comes while it prints of other jobs, and leaves the child unreaped: send
   another. */
static int ended(const struct run *run, pid_t parent)
{
    int i;

    for (i = 0; i < run->nterms; i++)
        if (run->term[i].bash == parent) {
            if (run->term[i].prompt)
                kill(parent, SIGCHLD);
            return BUSY;
        }
    return isOurs(run, parent) ? BUSY : ENDED;
}

/* What its state says; whether it sleeps (-1), and where, is left to be found out. How many threads its
   process has; 0: there is no such thread. */
static int lookAt(struct run *run, struct look *look, pid_t pid, pid_t tid)
{
    struct process *p;
    char buf[1024], state;
    const char *close;
    unsigned long utime, stime;
    int ppid, threads;

    if (slurp(buf, sizeof(buf), "/proc/%d/task/%d/stat", (int) pid, (int) tid) == 0)
        return 0;
    close = strrchr(buf, ')');
    if (close == NULL || sscanf(close + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %d",
                                &state, &ppid, &utime, &stime, &threads) != 5)
        return 0;
    if (look->n == look->size) {
        look->size = look->size * 2 + 16;
        look->p = xrealloc(look->p, (size_t) look->size * sizeof(*look->p));
    }
    p = &look->p[look->n++];
    memset(p, 0, sizeof(*p));
    p->pid = pid;
    p->tid = tid;
    snprintf(p->comm, sizeof(p->comm), "%.*s", (int) (close - strchr(buf, '(') - 1), strchr(buf, '(') + 1);
    look->ticks += utime + stime;
    p->level = SETTLED;
    p->what = "stopped";
    if (state == 'S') {
        p->level = -1;
    } else if (state == 'Z' || state == 'X') {
        p->what = "ended";
        p->level = tid == pid ? ended(run, (pid_t) ppid) : ENDED;
    } else if (state != 'T' && state != 't') {
        p->what = "running";
        p->level = BUSY;
    }
    return threads > 0 ? threads : 1;
}

static void lower(struct look *look, int level)
{
    if (level < look->level)
        look->level = level;
}

/* Somebody is below what is asked for: there is no need to look at the others. */
static bool isEnough(const struct look *look)
{
    return look->level < look->least;
}

static void lookBelow(struct run *run, struct look *look, pid_t pid);

/* A terminal's leader does nothing but wait for its bash, its only child. */
static void lookAtChildren(struct run *run, struct look *look, pid_t pid, pid_t tid)
{
    char buf[4096], *p;
    pid_t child;
    int t;

    slurp(buf, sizeof(buf), "/proc/%d/task/%d/children", (int) pid, (int) tid);
    for (p = buf; *p != '\0' && !isEnough(look); p += strspn(p, " ")) {
        child = (pid_t) strtol(p, &p, 10);
        t = termOf(run, child);
        if (t == -1 || !run->term[t].gone)
            lookBelow(run, look, t == -1 ? child : run->term[t].bash);
    }
}

/* A thread and all that descend from it. Those who run are mostly at the end of the line, and whether one is
   asleep takes longest to find out: that comes last. The threads of its process, 0 if it has ended. */
static int lookAtThread(struct run *run, struct look *look, pid_t pid, pid_t tid)
{
    int i = look->n, threads = lookAt(run, look, pid, tid);

    if (threads == 0)
        return 0;
    if (look->p[i].level != -1)
        lower(look, look->p[i].level);
    if (!isEnough(look))
        lookAtChildren(run, look, pid, tid);
    if (look->p[i].level == -1 && !isEnough(look)) {
        look->p[i].level = whereAsleep(&look->p[i]);
        lower(look, look->p[i].level);
        if (!isEnough(look))
            readStatus(&look->p[i]);
    }
    return threads;
}

static void lookBelow(struct run *run, struct look *look, pid_t pid)
{
    char path[64];
    struct dirent *entry;
    pid_t tid;
    DIR *dir;

    if (lookAtThread(run, look, pid, pid) <= 1)
        return;
    snprintf(path, sizeof(path), "/proc/%d/task", (int) pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL && !isEnough(look)) {
        tid = (pid_t) strtol(entry->d_name, NULL, 10);
        if (tid > 0 && tid != pid)
            lookAtThread(run, look, pid, tid);
    }
    if (dir != NULL)
        closedir(dir);
}

static bool haveProc(void)
{
    static int have = -1;
    char buf[64];

    if (have == -1) {
        ssize_t n = readlink("/proc/self", buf, sizeof(buf) - 1);

        snprintf(buf + (n > 0 ? n : 0), 1, "%s", "");
        have = n > 0 && atoi(buf) == (int) getpid();
        snprintf(buf, sizeof(buf), "/proc/self/task/%d/children", (int) getpid());
        have = have && access(buf, R_OK) == 0;
    }
    return have;
}

/* ---- without /proc ---- */

/* As many processes sleep on the session's sets as it has jobs: none of them can go on. */
static void lookAtWaiters(struct run *run, struct look *look)
{
    int i, jobs = 0, waiters = countWaiters(run);
    bool keyed = false;

    for (i = 0; i < run->nterms; i++) {
        jobs += !run->term[i].gone && !run->term[i].prompt;
        keyed |= run->term[i].keyed && !run->term[i].gone;
    }
    for (i = 0; i < run->njobs; i++) {
        const struct job *job = &run->jobs[i];

        jobs += !job->reported && !job->stopped && job->pid > 0 && kill(job->pid, 0) == 0;
    }
    look->unknown = jobs;
    look->level = jobs <= waiters && !keyed ? SETTLED : BUSY;
}

static void signalJobs(struct run *run, int sig)
{
    pid_t group;
    int i;

    for (i = 0; i < run->njobs; i++)
        if (!run->jobs[i].reported && run->jobs[i].pid > 0)
            kill(run->jobs[i].pid, sig);
    for (i = 0; i < run->nterms; i++) {
        group = run->term[i].gone ? 0 : tcgetpgrp(run->term[i].master);
        if (group > 1 && (group != run->term[i].bash || sig == SIGKILL))
            kill(-group, sig);
    }
}

/* ---- all of them ---- */

void takeLook(struct run *run, struct look *look, int least)
{
    int i, known = 0;

    reap(run);
    look->n = look->unknown = 0;
    look->ticks = 0;
    look->level = SETTLED;
    look->least = least;
    if (!haveProc()) {
        lookAtWaiters(run, look);
        return;
    }
    lookAtChildren(run, look, getpid(), getpid());
    for (i = 0; i < look->n; i++) {
        known += look->p[i].inSemop;
        look->unknown += look->p[i].level == UNKNOWN && !isOurs(run, look->p[i].pid);
    }
    if (look->level == SETTLED && look->unknown > 0 && look->unknown > countWaiters(run) - known)
        look->level = QUIET;
}

bool sameLook(const struct look *a, const struct look *b)
{
    int i;

    if (a->n != b->n || a->level != b->level || a->unknown != b->unknown)
        return false;
    for (i = 0; i < a->n; i++) {
        const struct process *p = &a->p[i], *q = &b->p[i];

        if (p->tid != q->tid || p->switches != q->switches || p->level != q->level || p->what != q->what)
            return false;
    }
    return true;
}

int settle(struct run *run, int level, double deadline)
{
    struct look first = { 0 };
    unsigned long ticks = 0;
    size_t bytes = run->bytes;
    long usec = 50;
    int result = -1;

    while (!interrupted && now() < deadline && run->nouts < MAXOUTS) {
        takeLook(run, &first, level == QUIET ? BUSY : level);
        if (first.level >= level && drain(run, deadline) == 0) {
            takeLook(run, &run->look, BUSY);
            result = run->look.level;
            if (sameLook(&first, &run->look))
                break;
            result = -1;
        } else {
            usec = pump(run, usec) == 0 && usec < 2000 ? usec * 2 : usec;
        }
        ticks = ticks == 0 ? first.ticks : ticks;
        if (level == QUIET && (first.ticks > ticks + ENDLESS || run->bytes - bytes > MUCH)) {
            result = BUSY;
            break;
        }
    }
    free(first.p);
    return result;
}

void reap(struct run *run)
{
    int i;

    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    for (i = 0; i < run->nterms; i++)
        run->term[i].gone = run->term[i].gone || kill(run->term[i].bash, 0) == -1;
}

void describe(const struct run *run)
{
    const struct look *look = &run->look;
    char pid[16];
    int i;

    for (i = 0; i < look->n; i++) {
        const struct process *p = &look->p[i];

        if (isOurs(run, p->pid) || p->level == ENDED)
            continue;
        snprintf(pid, sizeof(pid), "%d", (int) p->tid);
        report("%s %s: %s", onPage(run, 'p', pid), p->comm, p->what);
        if (p->inSemop)
            describeSops(run, p);
    }
}

/* Signal everything but the terminals' bash; with SIGKILL, that too. How many there were, of those who do
   not ignore SIGHUP. */
static int signalAll(struct run *run, int sig)
{
    struct look *look = &run->look;
    int i, n = 0;

    takeLook(run, look, BUSY);
    if (!haveProc())
        signalJobs(run, sig);
    for (i = 0; i < look->n; i++)
        if ((sig == SIGKILL || !isOurs(run, look->p[i].pid)) && look->p[i].level != ENDED) {
            kill(look->p[i].pid, sig);
            n += !look->p[i].deaf;
        }
    for (i = 0; i < run->nterms && sig == SIGKILL; i++) {
        if (!run->term[i].gone)
            kill(run->term[i].bash, SIGKILL);
        kill(run->term[i].leader, SIGKILL);
    }
    return haveProc() ? n : look->unknown;
}

/* First as a terminal that hangs up, so that programs remove their sets; then for certain. */
void endProcesses(struct run *run)
{
    double deadline = now() + 1;
    siginfo_t info;

    if (signalAll(run, SIGHUP) > 0)
        while (signalAll(run, SIGCONT) > 0 && now() < deadline)
            pump(run, 1000);
    deadline = now() + 5;
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != -1 && now() < deadline) {
        signalAll(run, SIGKILL);
        pump(run, 500);
    }
}
