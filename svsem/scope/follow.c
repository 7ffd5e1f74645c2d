/* follow.c - ptrace: starts a program, hears of its processes and threads, lets them go, looks whether they sleep. */

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "scope.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE AUDIT_ARCH_PPC64LE
#else
#define NATIVE 0                    /* add the AUDIT_ARCH_ constant of yours above */
#endif

enum { X32_BIT = 0x40000000 };

enum {
    OPTIONS = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
              PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEVFORKDONE
};

int endingSignal;
static sigset_t watched, original;
static int slack;                   /* ns by which the kernel may be late with a timer */

/* All that the scope waits for comes as a signal that is blocked and then fetched, so that none is lost between a look and
   a wait. */
void signalsBlock(void)
{
    static const int sigs[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

    sigemptyset(&watched);
    for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
        sigaddset(&watched, sigs[i]);
    signal(SIGCHLD, SIG_DFL);
    slack = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 1);
    sigprocmask(SIG_BLOCK, &watched, &original);
}

int signalsWait(long nanoseconds)
{
    struct timespec limit = { .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000 };
    int sig = sigtimedwait(&watched, NULL, &limit);

    if (sig > 0 && sig != SIGCHLD)
        endingSignal = sig;
    return sig;
}

/* Stops the tracee at the calls of interest alone; all others run at full speed.  Another architecture's calls stop too. */
static int installFilter(void)
{
    const long *numbers;
    int n = callNumbers(&numbers), k = 0;
    struct sock_filter f[64];

    f[k++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    f[k++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    f[k++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    f[k++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    f[k++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, (uint8_t) (n + 1), 0);
#endif
    for (int i = 0; i < n; i++)
        f[k++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) numbers[i], (uint8_t) (n - i), 0);
    f[k++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[k++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog prog = { .len = (unsigned short) k, .filter = f };

    /* Without CAP_SYS_ADMIN the kernel asks for the promise that no exec gains privilege. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

/* The first tracee, before it becomes the program.  Leaks cannot be looked for in a process that is traced already. */
static void becomeProgram(const struct options *opt, int gate)
{
    char go, asan[512];
    const char *old = getenv("ASAN_OPTIONS");

    if (read(gate, &go, 1) != 1)
        _exit(127);
    close(gate);
    snprintf(asan, sizeof asan, "%s%sdetect_leaks=0", old ? old : "", old && *old ? ":" : "");
    setenv("ASAN_OPTIONS", asan, 1);
    if (installFilter() == -1) {
        dprintf(2, "svsem_scope: the kernel refuses a seccomp filter: %s\n", strerror(errno));
        _exit(126);
    }
    int null = opt->quiet || opt->noInput ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    for (int fd = 0; null != -1 && fd < (opt->quiet ? 3 : 1); fd++)
        dup2(null, fd);
    if (!opt->live)
        personality(ADDR_NO_RANDOMIZE);         /* one source less of runs that differ */
    if (!opt->live)
        setpgid(0, 0);                          /* Ctrl-Z would end its sleeps, its own kill(0, ...) the scope */
    sigprocmask(SIG_SETMASK, &original, NULL);
    prctl(PR_SET_TIMERSLACK, slack);
    execvp(opt->command[0], opt->command);
    _exit(errno == ENOENT ? 127 : 126);
}

bool followStart(struct run *r)
{
    int gate[2];
    pid_t pid;

    if (access("/proc/self/syscall", F_OK) == -1) {
        finish(r, REFUSED, "/proc/self/syscall is needed: %s", strerror(errno));
        return false;
    }
    if (NATIVE == 0) {
        finish(r, REFUSED, "this processor's system calls are not known to svsem_scope");
        return false;
    }
    if (pipe2(gate, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
        finish(r, REFUSED, "cannot start a process: %s", strerror(errno));
        return false;
    }
    if (pid == 0) {
        close(gate[1]);
        becomeProgram(r->opt, gate[0]);
    }
    close(gate[0]);
    struct task *t = taskNew(r, pid, NULL);
    t->started = true;
    t->state = RUNNING;
    if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) == -1) {
        finish(r, REFUSED, "ptrace is not allowed here: %s", strerror(errno));
        kill(pid, SIGKILL);
    } else if (write(gate[1], "g", 1) != 1)
        finish(r, REFUSED, "cannot start a process: %s", strerror(errno));
    close(gate[1]);
    return r->verdict == GOING;
}

struct task *taskNew(struct run *r, pid_t tid, struct task *parent)
{
    struct task *t = calloc(1, sizeof *t);

    if (t == NULL)
        abort();
    r->task = room(r->task, r->ntask, sizeof *r->task);
    r->task[r->ntask++] = t;
    r->alive++;
    t->number = t->process = t->group = r->ntask;
    t->tid = tid;
    t->state = READY;
    t->spareUsed = -1;
    t->born = r->nevent > 0 ? r->nevent - 1 : 0;
    t->path = 1;
    if (parent != NULL) {
        t->parent = parent->number;
        t->path = parent->path * 0x9E3779B97F4A7C15u + (uint64_t) ++parent->children;
        memcpy(t->program, parent->program, sizeof t->program);
    }
    return t;
}

static struct task *taskByTid(const struct run *r, pid_t tid)
{
    for (int i = r->ntask; i-- > 0;)
        if (r->task[i]->tid == tid && r->task[i]->state != DEAD)
            return r->task[i];
    return NULL;
}

/* A clone() may make a thread, or a process that shares the semadj list: its flags say so. */
static void adoptClone(const struct run *r, struct task *parent, struct task *child)
{
    char text[256], path[64];
    unsigned long arg[2] = { 0, 0 };
    long number = -1;
    uint64_t flags = 0;             /* vfork() has none */

    readProc(parent->tid, parent->tid, "syscall", text, sizeof text);
    sscanf(text, "%ld %lx %lx", &number, &arg[0], &arg[1]);
    if (number == SYS_clone)
#ifdef __s390x__
        flags = arg[1];
#else
        flags = arg[0];
#endif
    if (number == SYS_clone3 && taskRead(parent, arg[0], &flags, sizeof flags) != sizeof flags)
        flags = 0;
    if (flags & 0x00040000)                     /* CLONE_SYSVSEM */
        child->group = parent->group;
    snprintf(path, sizeof path, "/proc/%d/task/%d", r->task[parent->process - 1]->tid, child->tid);
    if (access(path, F_OK) == 0)
        child->process = parent->process;
}

static void heardFork(struct run *r, struct news *n, int event)
{
    unsigned long tid = 0;

    ptrace(PTRACE_GETEVENTMSG, n->task->tid, 0, &tid);
    struct task *child = taskByTid(r, (pid_t) tid);
    if (child == NULL) {
        child = taskNew(r, (pid_t) tid, n->task);
        child->state = RUNNING;                 /* its first stop is still to come */
    } else {
        child->parent = n->task->number;
        child->path = n->task->path * 0x9E3779B97F4A7C15u + (uint64_t) ++n->task->children;
        memcpy(child->program, n->task->program, sizeof child->program);
    }
    if (event != PTRACE_EVENT_FORK)
        adoptClone(r, n->task, child);
    n->kind = FORKED;
    n->value = child->number;
    n->vfork = event == PTRACE_EVENT_VFORK;
}

/* After execve() by a thread that is not the leader, it is the leader, and no news of its own end will come. */
static void heardExec(struct run *r, struct news *n)
{
    unsigned long former = 0;
    struct task *t = n->task, *thread;

    ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &former);
    if ((pid_t) former != t->tid && (thread = taskByTid(r, (pid_t) former)) != NULL) {
        thread->state = DEAD;
        thread->died = r->nevent - 1;
        r->alive--;
        t->inCall = t->slept = t->masked = false;
        n->from = thread->number;
    }
    char name[32];
    readProc(t->tid, t->tid, "comm", name, sizeof name);
    name[strcspn(name, "\n")] = '\0';
    for (char *c = name; *c != '\0'; c++)       /* neither a terminal nor an SVG is to be given more than letters */
        if (*c < ' ' || *c > '~')
            *c = '?';
    snprintf(t->program, sizeof t->program, "%.15s", name);
    n->kind = EXECED;
}

static void heardSyscall(struct run *r, struct news *n)
{
    struct __ptrace_syscall_info info = { 0 };

    if (ptrace(PTRACE_GET_SYSCALL_INFO, n->task->tid, sizeof info, &info) <= 0) {
        if (errno != ESRCH)                     /* Linux before 5.3 */
            finish(r, REFUSED, "PTRACE_GET_SYSCALL_INFO is refused: %s", strerror(errno));
        n->kind = TRAPPED;
        return;
    }
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        n->kind = RETURNED;
        n->value = info.exit.rval;
    } else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        n->kind = GATE;
        n->foreign = info.arch != NATIVE || (info.arch == AUDIT_ARCH_X86_64 && info.seccomp.nr >= X32_BIT);
        n->value = (long) info.seccomp.nr;
        for (int i = 0; i < 6; i++)
            n->arg[i] = info.seccomp.args[i];
    } else
        n->kind = TRAPPED;
}

static void heardSignal(struct news *n, int sig)
{
    siginfo_t info = { 0 };

    n->kind = SIGNALLED;
    n->value = sig;
    n->timer = NO_TIMER;
    if (ptrace(PTRACE_GETSIGINFO, n->task->tid, 0, &info) == -1)
        return;
    if (info.si_code == SI_TIMER)
        n->timer = info.si_timerid;
    else if (sig == SIGALRM && info.si_code == SI_KERNEL)
        n->timer = ITIMER;
}

static void heardStop(struct run *r, struct news *n, int status)
{
    int event = status >> 16, sig = WSTOPSIG(status);

    switch (event) {
    case PTRACE_EVENT_SECCOMP:      heardSyscall(r, n); break;
    case PTRACE_EVENT_FORK: case PTRACE_EVENT_VFORK: case PTRACE_EVENT_CLONE:
        heardFork(r, n, event);
        break;
    case PTRACE_EVENT_EXEC:         heardExec(r, n); break;
    case PTRACE_EVENT_EXIT:         n->kind = LEAVES; break;
    case PTRACE_EVENT_VFORK_DONE:   n->kind = RELEASED; break;
    case PTRACE_EVENT_STOP:
        n->kind = sig != SIGTRAP ? STOPPED : n->task->started ? TRAPPED : STARTED;
        n->value = sig;
        n->task->started = true;
        break;
    default:
        if (sig == (SIGTRAP | 0x80))
            heardSyscall(r, n);
        else
            heardSignal(n, sig);
    }
}

bool followNext(struct run *r, struct news *n)
{
    int status;
    pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);

    if (tid <= 0)
        return false;
    memset(n, 0, sizeof *n);
    n->task = taskByTid(r, tid);
    if (n->task == NULL) {
        if (!WIFSTOPPED(status))
            return followNext(r, n);
        n->task = taskNew(r, tid, NULL);        /* its maker's news is still to come */
        n->task->state = RUNNING;
    }
    if (WIFSTOPPED(status))
        heardStop(r, n, status);
    else {
        n->kind = ENDED;
        n->value = status;
    }
    return true;
}

/* A tracee that dies in the meantime is no error: the news of its end comes. */
void taskGo(struct task *t, bool stopAtReturn, int sig)
{
    ptrace(stopAtReturn ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, sig);
}

/* Leaves it stopped as its signal wants it, until SIGCONT. */
void taskHalt(struct task *t)
{
    ptrace(PTRACE_LISTEN, t->tid, 0, 0);
}

/* -- registers: the one part that each architecture has its own way of -- */

#if defined(__x86_64__)
#define FOURTH(regs) (regs).r10
#define RESULT(regs) (regs).rax
#elif defined(__aarch64__)
#define FOURTH(regs) (regs).regs[3]
#define RESULT(regs) (regs).regs[0]
#endif

bool canExpire(void)
{
#ifdef FOURTH
    return true;
#else
    return false;                               /* timeouts run by the clock then, and are no choice */
#endif
}

#ifdef FOURTH
static bool registers(bool set, pid_t tid, struct user_regs_struct *regs)
{
    struct iovec v = { .iov_base = regs, .iov_len = sizeof *regs };

    return (set ? ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &v) : ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &v)) == 0;
}

static unsigned long swapFourth(pid_t tid, unsigned long value)
{
    struct user_regs_struct regs;
    unsigned long old = 0;

    if (registers(false, tid, &regs)) {
        old = FOURTH(regs);
        FOURTH(regs) = value;
        registers(true, tid, &regs);
    }
    return old;
}

bool taskSetResult(struct task *t, long result)
{
    struct user_regs_struct regs;

    if (!registers(false, t->tid, &regs))
        return false;
    RESULT(regs) = (unsigned long) result;
    return registers(true, t->tid, &regs);
}
/* The call at whose gate T stands is not made. */
void taskSkip(struct task *t)
{
#ifdef __x86_64__
    struct user_regs_struct regs;

    if (!registers(false, t->tid, &regs))
        return;
    regs.orig_rax = ~0ul;
    registers(true, t->tid, &regs);
#else
    int none = -1;
    struct iovec v = { .iov_base = &none, .iov_len = sizeof none };
    ptrace(PTRACE_SETREGSET, t->tid, NT_ARM_SYSTEM_CALL, &v);
#endif
}
#else
void taskSkip(struct task *t)
{
    (void) t;
}

static unsigned long swapFourth(pid_t tid, unsigned long value)
{
    (void) tid;
    return value;
}

bool taskSetResult(struct task *t, long result)
{
    (void) t;
    return result == 0;
}
#endif

/* Ptrace queues even signals that the process ignores, and one of those (a child's SIGCHLD) would end a semop() with EINTR
   that sleeps on without ptrace: kernel/signal.c, sig_ignored().  So they are blocked while it sleeps.
   UNTIMED takes the timeout away: when it fires is a choice then, and not the clock's. */
void taskShield(struct task *t, bool untimed)
{
    struct thread seen;
    uint64_t ignored, now;
    const uint64_t byDefault = 1ull << (SIGCHLD - 1) | 1ull << (SIGURG - 1) | 1ull << (SIGWINCH - 1) | 1ull << (SIGCONT - 1);

    lookAt(&seen, t->tid, t->tid);
    ignored = seen.ignored | (byDefault & ~seen.caught);
    if (ptrace(PTRACE_GETSIGMASK, t->tid, sizeof t->mask, &t->mask) == -1)
        return;
    now = t->mask | ignored;
    ptrace(PTRACE_SETSIGMASK, t->tid, sizeof now, &now);
    t->masked = true;
    t->restore = untimed ? swapFourth(t->tid, 0) : 0;
}

void taskUnshield(struct task *t)
{
    if (!t->masked)
        return;
    ptrace(PTRACE_SETSIGMASK, t->tid, sizeof t->mask, &t->mask);
    if (t->restore != 0)
        swapFourth(t->tid, t->restore);
    t->masked = false;
}

/* Ends the sleep of a semtimedop(); its return is then made that of a timeout. */
bool taskExpire(struct task *t)
{
    return ptrace(PTRACE_INTERRUPT, t->tid, 0, 0) == 0;
}

size_t taskRead(struct task *t, unsigned long address, void *buffer, size_t size)
{
    struct iovec here = { .iov_base = buffer, .iov_len = size };
    struct iovec there = { .iov_base = (void *) address, .iov_len = size };
    ssize_t n = process_vm_readv(t->tid, &here, 1, &there, 1, 0);

    t->hidden |= n == -1 && (errno == EPERM || errno == ENOSYS);
    return n < 0 ? 0 : (size_t) n;
}

/* -- does it sleep? -- */

/* Is a task that ptrace holds still held, or on its way: to its death by SIGKILL or by exit() of another thread, or from a
   stop that SIGCONT ended, or from vfork()? */
bool taskHeld(const struct task *t)
{
    struct thread now;
    unsigned long message;

    if (t->state == LEAVING)                    /* nothing can wake it */
        return true;
    if (t->state != HALTED && t->state != VFORKED)
        return ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &message) == 0;
    return lookAt(&now, t->tid, t->tid) && now.state == (t->state == HALTED ? 't' : 'D');
}

/* Will a signal reach it as soon as it goes on? */
bool taskSignalled(const struct task *t)
{
    struct thread now;

    return lookAt(&now, t->tid, t->tid) && (now.pending & ~now.blocked) != 0;
}

/* DOC: asleep */
/* /proc/PID/syscall names a call only of a task that is off the processor and off its run queue, before and after the read
   of its registers (lib/syscall.c, wait_task_inactive).  The context switches read after that tell whether it ran since
   it was last seen asleep: had it run, it would have been switched away from once more. */
enum look taskLook(struct task *t)
{
    struct thread now;

    if (!lookAt(&now, t->tid, t->tid))
        return LOOK_RUNNING;
    t->hidden |= now.hidden;
    if (now.state == 'Z' || now.state == 'X')
        return LOOK_ZOMBIE;
    if (now.call < 0)
        return LOOK_RUNNING;
    bool same = now.switches == t->asleep.switches && now.call == t->asleep.call;
    t->asleep = now;
    return same ? LOOK_ASLEEP : LOOK_MOVED;
}

/* Who is held on its way out already hears no signal, and must be let go. */
static void end(pid_t tid)
{
    kill(tid, SIGKILL);
    ptrace(PTRACE_CONT, tid, 0, 0);
}

/* Kills and reaps all that is left. */
void followEnd(struct run *r)
{
    int status;
    pid_t tid;

    for (int i = 0; i < r->ntask; i++) {
        if (r->task[i]->state != DEAD)
            end(r->task[i]->tid);
    }
    while ((tid = waitpid(-1, &status, __WALL)) > 0)
        if (WIFSTOPPED(status))
            end(tid);
}
