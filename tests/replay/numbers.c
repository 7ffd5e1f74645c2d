/* numbers.c - `show` lets the kernel give the very identifiers and process IDs that the page prints
 *
 * A kernel with CONFIG_CHECKPOINT_RESTORE may be told the identifier of the next set of an IPC
 * namespace, and after which PID to look for the next of a PID namespace. Only those of our own
 * are. Where the system does not allow them, the numbers are the machine's. `check` leaves it be:
 * it is to see other numbers than the page's.
 */

#include "replay.h"
#include "namespace.h"
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { STACK = 8 * 1024 * 1024, NOT_ALLOWED = 125 };

struct first { /* process of a PID namespace */
    int (*work)(void);
    int flags;
    unsigned uid, gid;
};

static const char nextSet[] = "/proc/sys/kernel/sem_next_id";
static const char lastPid[] = "/proc/sys/kernel/ns_last_pid";
static bool ownPids;                /* this process is in a PID namespace of our own */
static volatile sig_atomic_t first; /* its first process, 0 if there is none below us */

static bool
tell(const char *file, int number)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    bool told = fd != -1 && dprintf(fd, "%d", number) > 0;

    if (fd != -1)
        close(fd);
    return told;
}

/* ---- a PID namespace ---- */

/* The kernel ends the others when this one ends. Its /proc shows their PIDs, to nobody else. */
static int
beFirst(void *arg)
{
    const struct first *f = arg;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (f->flags & CLONE_NEWUSER && !mapIds(f->uid, f->gid))
        return NOT_ALLOWED;
    if (mount(NULL, "/proc", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1 ||
        !tell(lastPid, getpid()))
        return NOT_ALLOWED;
    ownPids = true;
    return f->work();
}

void
passOn(int sig)
{
    if (first > 0)
        kill(first, sig);
}

static void catchStops(void);

/* The first process of a namespace ignores what would stop it, but for SIGSTOP from outside. */
static void
onStop(int sig)
{
    int saved = errno;

    passOn(SIGSTOP);
    raise(sig); /* has its default action now: we stop here */
    passOn(SIGCONT);
    catchStops();
    errno = saved;
}

static void
catchStops(void)
{
    static const int signals[] = { SIGTSTP, SIGTTOU };
    struct sigaction old, action = { .sa_handler = onStop };

    action.sa_flags = (int) (SA_RESTART | SA_NODEFER | SA_RESETHAND);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], NULL, &old);
        if (old.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
    }
}

/* The exit status of a child in new namespaces that begins with beFirst(). */
static int
runFirst(struct first *f, char *stack)
{
    pid_t pid = clone(beFirst, stack + STACK, f->flags | SIGCHLD, f);
    int status = 0;

    if (pid == -1)
        return NOT_ALLOWED;
    first = pid;
    if (interrupted)
        passOn(interrupted);
    catchStops();
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    first = 0;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (!interrupted)
        fprintf(stderr, "replay: the process that typed was killed by %s\n",
                signalName(WTERMSIG(status)));
    return 1;
}

int
runWithOwnPids(int (*work)(void))
{
    struct first f = { work, CLONE_NEWPID | CLONE_NEWNS, geteuid(), getegid() };
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status = NOT_ALLOWED;

    if (stack != MAP_FAILED && getenv("REPLAY_SHARED") == NULL) {
        status = runFirst(&f, stack);
        f.flags |= CLONE_NEWUSER;
        if (status == NOT_ALLOWED && !interrupted)
            status = runFirst(&f, stack);
    }
    return status == NOT_ALLOWED ? work() : status;
}

/* ---- what comes next ---- */

/* The lowest sample of this kind that stands for no number yet, in the lines from `from` to `to`;
   0 if there is none. */
static int
lowest(const struct run *run, int kind, int from, int to)
{
    const struct session *s = run->s;
    long value, least = 0;
    int index;

    for (int i = from; i < to; i++)
        for (const char *p = s->lines[i].want; *p != '\0'; p++)
            if (sampleAt(s, s->lines[i].want, p, &index) > 0 && s->samples[index].kind == kind &&
                run->bound[index][0] == '\0') {
                value = strtol(p, NULL, 10);
                least = least == 0 ? value : min(value, least);
            }
    return (int) min(least, INT_MAX);
}

/* A set or process of the command may be shown only later. */
static int
nextOf(const struct run *run, int kind, int line)
{
    int end = line + 1, number;

    while (end < run->s->nlines && run->s->lines[end].kind != PROMPT)
        end++;
    number = lowest(run, kind, line, end);
    return number > 0 ? number : lowest(run, kind, end, run->s->nlines);
}

void
askNumbers(const struct run *run, int line)
{
    int pid = ownPids ? nextOf(run, PID, line) : 0;
    int id = run->isolated ? nextOf(run, ID, line) : 0;

    if (runsScope(&run->s->lines[line])) /* takes some before what it runs: newIpcNamespace() */
        pid -= geteuid() == 0 ? 1 : 2;
    if (pid > 0)
        tell(lastPid, pid - 1);
    if (id > 0)
        tell(nextSet, id);
}
