/* follow.c - see follow.h */

#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "follow.h"
#include "numbers.h"
#include "wait.h"

enum {
    OPTIONS = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
              PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
              PTRACE_O_TRACEEXIT | PTRACE_O_TRACEVFORKDONE
};

/* ---- start ---- */

/* The first tracee, before it becomes the program. */
static _Noreturn void
becomeProgram(const struct options *opt, int gate)
{
    const char *old = getenv("ASAN_OPTIONS");
    int null = opt->quiet || opt->noInput ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    char go, asan[512];

    if (read(gate, &go, 1) != 1)
        _exit(127);
    /* Leaks cannot be looked for in a process that is traced already. */
    snprintf(asan, sizeof(asan), "%s%sdetect_leaks=0", old ? old : "", old && *old ? ":" : "");
    setenv("ASAN_OPTIONS", asan, 1);
    if (gatesInstall() == -1) {
        dprintf(2, "svsem_scope: the kernel refuses a seccomp filter: %s\n", strerror(errno));
        _exit(126);
    }
    for (int fd = 0; null != -1 && fd < (opt->quiet ? 3 : 1); fd++)
        dup2(null, fd);
    if (!opt->live) {
        personality(ADDR_NO_RANDOMIZE); /* one source less of runs that differ */
        setpgid(0, 0); /* Ctrl-Z would end its sleeps, its own kill(0, ...) the scope */
    }
    signalsRestore();
    execvp(opt->command[0], opt->command);
    _exit(errno == ENOENT ? 127 : 126);
}

bool
followStart(struct run *r)
{
    int gate[2] = { -1, -1 };
    pid_t pid = -1;

    if (!gatesKnown())
        finish(r, REFUSED,
               "only programs of x86-64 and arm64 can be followed, and this build is of neither");
    else if (access("/proc/self/syscall", F_OK) == -1)
        finish(r, REFUSED, "/proc/self/syscall is needed: %s", strerror(errno));
    else if (pipe2(gate, O_CLOEXEC) == -1 || (pid = fork()) == -1)
        finish(r, REFUSED, "cannot start a process: %s", strerror(errno));
    if (pid == 0) {
        close(gate[1]);
        becomeProgram(r->opt, gate[0]);
    }
    if (pid > 0)
        addTask(r, pid)->started = true;
    if (pid > 0 && ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) == -1) {
        finish(r, REFUSED, "ptrace is not allowed here: %s; make doctor in svsem's source says why",
               strerror(errno));
        kill(pid, SIGKILL);
    } else if (pid > 0 && write(gate[1], "g", 1) != 1)
        finish(r, REFUSED, "cannot start a process: %s", strerror(errno));
    close(gate[0]);
    close(gate[1]);
    return r->verdict == GOING;
}

/* ---- news ---- */

static struct task *
livingTask(const struct run *r, pid_t tid)
{
    struct task *t = taskByTid(r, tid);

    return t == NULL || t->state == DEAD ? NULL : t;
}

/* A clone() may make a thread, or a process that shares the semadj list: its flags say so. */
static void
readClone(struct task *parent, struct task *child)
{
    pid_t tid = parent->tracee.tid;
    char text[256];
    long number = -1;
    unsigned long first = 0;
    uint64_t flags = 0; /* vfork() has none */

    readProc(tid, tid, "syscall", text, sizeof(text));
    sscanf(text, "%ld %lx", &number, &first);
    if (number == SYS_clone || number == SYS_clone3)
        flags = number == SYS_clone ? first : cloneFlags(&parent->tracee, first);
    if (flags & CLONE_SYSVSEM)
        child->group = parent->group;
    if (readProc(tid, child->tracee.tid, "comm", text, sizeof(text)) != -1)
        child->process = parent->process;
}

static void
heardFork(struct run *r, struct news *n, int event)
{
    unsigned long tid = 0;
    struct task *child;

    ptrace(PTRACE_GETEVENTMSG, n->task->tracee.tid, 0, &tid);
    child = livingTask(r, (pid_t) tid);
    if (child == NULL)
        child = addTask(r, (pid_t) tid);
    adopt(n->task, child);
    if (event != PTRACE_EVENT_FORK)
        readClone(n->task, child);
    n->kind = FORKED;
    n->value = child->number;
    n->vfork = event == PTRACE_EVENT_VFORK;
}

/* Neither a terminal nor an SVG is to be given more than letters. */
static void
readProgram(struct task *t)
{
    char name[32];

    readProc(t->tracee.tid, t->tracee.tid, "comm", name, sizeof(name));
    name[strcspn(name, "\n")] = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (!isprint((unsigned char) *c))
            *c = '?';
    snprintf(t->program, sizeof(t->program), "%.15s", name);
}

/* After execve() by a thread that is not the leader, it is the leader, and no news of its own end
   will come. */
static void
heardExec(struct run *r, struct news *n)
{
    unsigned long former = 0;
    struct task *t = n->task;

    ptrace(PTRACE_GETEVENTMSG, t->tracee.tid, 0, &former);
    if ((pid_t) former != t->tracee.tid && (n->former = livingTask(r, (pid_t) former)) != NULL) {
        n->former->state = DEAD;
        n->former->died = r->nevent - 1;
        r->alive--;
        t->inCall = t->slept = t->tracee.shielded = false;
    }
    readProgram(t);
    n->kind = EXECED;
}

/* The sender's PID in a siginfo_t is a number in the PID namespace of the process that gets it. */
static bool
isOurNamespace(pid_t tid)
{
    char ours[64] = "", theirs[64];

    if (readlink("/proc/self/ns/pid", ours, sizeof(ours) - 1) == -1)
        return true; /* a kernel without namespaces */
    readProc(tid, tid, "ns/pid", theirs, sizeof(theirs));
    return strcmp(ours, theirs) == 0;
}

/* A process that is not of the run has sent a signal: what the task does now says nothing of the
   program. */
static void
signalSeen(struct run *r, const struct task *t, const siginfo_t *info)
{
    bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;

    if (sent && !r->opt->live && taskByTid(r, info->si_pid) == NULL &&
        isOurNamespace(t->tracee.tid))
        finish(r, DISTURBED, "P%d (%s) was sent %s by process %d, which is not of the run",
               t->number, t->program, signalName(info->si_signo), info->si_pid);
}

/* A call that a signal has ended returns before that is delivered. */
static void
lookForSignals(struct run *r, const struct task *t)
{
    struct __ptrace_peeksiginfo_args next = { .nr = 1 };
    siginfo_t info;

    for (unsigned shared = 0; shared < 2; shared++) {
        next.flags = shared ? PTRACE_PEEKSIGINFO_SHARED : 0;
        for (next.off = 0; ptrace(PTRACE_PEEKSIGINFO, t->tracee.tid, &next, &info) == 1; next.off++)
            signalSeen(r, t, &info);
    }
}

static void
heardSyscall(struct run *r, struct news *n)
{
    struct __ptrace_syscall_info info = { 0 };

    n->kind = HELD;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, n->task->tracee.tid, sizeof(info), &info) <= 0) {
        if (errno != ESRCH) /* Linux before 5.3 */
            finish(r, REFUSED, "PTRACE_GET_SYSCALL_INFO is refused: %s", strerror(errno));
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        n->kind = RETURNED;
        n->value = (long) info.exit.rval;
        if (info.exit.is_error)
            lookForSignals(r, n->task);
    } else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        n->kind = GATE;
        n->value = (long) info.seccomp.nr;
        for (int i = 0; i < 6; i++)
            n->arg[i] = (unsigned long) info.seccomp.args[i];
        n->call = gateKind(info.arch, (unsigned long) n->value, n->arg);
    }
}

static void
heardSignal(struct run *r, struct news *n, int sig)
{
    siginfo_t info = { 0 };

    n->kind = SIGNALLED;
    n->value = sig;
    n->timer = NO_TIMER;
    if (ptrace(PTRACE_GETSIGINFO, n->task->tracee.tid, 0, &info) == -1)
        return;
    signalSeen(r, n->task, &info);
    if (info.si_code == SI_TIMER)
        n->timer = info.si_timerid;
    else if (sig == SIGALRM && info.si_code == SI_KERNEL)
        n->timer = ITIMER;
}

static void
heardStop(struct run *r, struct news *n, int status)
{
    int event = status >> 16, sig = WSTOPSIG(status);

    if (event == PTRACE_EVENT_SECCOMP || (event == 0 && sig == (SIGTRAP | 0x80)))
        heardSyscall(r, n);
    else if (event == 0)
        heardSignal(r, n, sig);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
             event == PTRACE_EVENT_CLONE)
        heardFork(r, n, event);
    else if (event == PTRACE_EVENT_EXEC)
        heardExec(r, n);
    else if (event == PTRACE_EVENT_EXIT)
        n->kind = LEAVES;
    else if (event == PTRACE_EVENT_VFORK_DONE || (sig == SIGTRAP && !n->task->started))
        n->kind = READIED;
    else
        n->kind = sig == SIGTRAP ? HELD : STOPPED;
    n->task->started |= event == PTRACE_EVENT_STOP;
}

bool
followNext(struct run *r, struct news *n)
{
    int status;
    pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);

    if (tid <= 0)
        return false;
    *n = (struct news){ .task = livingTask(r, tid) };
    if (n->task == NULL && !WIFSTOPPED(status))
        return followNext(r, n);
    if (n->task == NULL)
        n->task = addTask(r, tid); /* its maker's news is still to come */
    if (WIFSTOPPED(status))
        heardStop(r, n, status);
    else {
        n->kind = ENDED;
        n->value = status;
    }
    return true;
}

void
followCause(struct run *r)
{
    double end = seconds() + 0.1;
    char message[sizeof(r->message)];
    struct news n;

    memcpy(message, r->message, sizeof(message));
    r->verdict = GOING;
    while (r->verdict == GOING && seconds() < end)
        if (!followNext(r, &n))
            signalsWait(1000000);
    if (r->verdict != DISTURBED) {
        r->verdict = DIFFERS;
        memcpy(r->message, message, sizeof(message));
    }
}

void
followEnd(struct run *r)
{
    int status;
    pid_t tid;

    for (int i = 0; i < r->ntask; i++)
        if (r->task[i]->state != DEAD)
            traceeEnd(r->task[i]->tracee.tid);
    while ((tid = waitpid(-1, &status, __WALL)) > 0)
        if (WIFSTOPPED(status))
            traceeEnd(tid);
}
