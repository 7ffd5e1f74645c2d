/* tracee.c - see tracee.h */

#define _GNU_SOURCE
#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "tracee.h"

void
traceeGo(struct tracee *t, bool stopAtReturn, int sig)
{
    ptrace(stopAtReturn ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, sig);
}

void
traceeHalt(struct tracee *t)
{
    ptrace(PTRACE_LISTEN, t->tid, 0, 0);
}

bool
traceeInterrupt(struct tracee *t)
{
    return ptrace(PTRACE_INTERRUPT, t->tid, 0, 0) == 0;
}

void
traceeEnd(pid_t tid)
{
    kill(tid, SIGKILL);
    ptrace(PTRACE_CONT, tid, 0, 0);
}

/* ---- registers: the one part that each architecture has its own way of ---- */

#if defined(__x86_64__)
#define FOURTH(regs) (regs).r10
#define RESULT(regs) (regs).rax
#elif defined(__aarch64__)
#define FOURTH(regs) (regs).regs[3]
#define RESULT(regs) (regs).regs[0]
#else /* not gatesKnown(): never reached */
#define user_regs_struct iovec
#define FOURTH(regs) (regs).iov_len
#define RESULT(regs) (regs).iov_len
#endif

static bool
registers(bool set, const struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec v = { .iov_base = regs, .iov_len = sizeof(*regs) };

    return ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, t->tid, NT_PRSTATUS, &v) == 0;
}

/* Changes the fourth argument of a call, and returns what it was. */
static unsigned long
swapFourth(const struct tracee *t, unsigned long value)
{
    struct user_regs_struct regs;
    unsigned long old;

    if (!registers(false, t, &regs))
        return 0;
    old = FOURTH(regs);
    FOURTH(regs) = value;
    registers(true, t, &regs);
    return old;
}

void
traceeSetResult(const struct tracee *t, long result)
{
    struct user_regs_struct regs;

    if (registers(false, t, &regs)) {
        RESULT(regs) = (unsigned long) result;
        registers(true, t, &regs);
    }
}

void
traceeSkip(const struct tracee *t)
{
#if defined(__aarch64__)
    int none = -1;
    struct iovec v = { .iov_base = &none, .iov_len = sizeof(none) };

    ptrace(PTRACE_SETREGSET, t->tid, NT_ARM_SYSTEM_CALL, &v);
#elif defined(__x86_64__)
    struct user_regs_struct regs;

    if (registers(false, t, &regs)) {
        regs.orig_rax = ~0ul;
        registers(true, t, &regs);
    }
#else
    (void) t;
#endif
}

/* One that is gone is in state 0, in no call, and has no signal coming. */
static struct thread
threadNow(const struct tracee *t)
{
    struct thread now = { .call = -1 };

    if (!lookAt(&now, t->tid, t->tid))
        now.hidden = false;
    return now;
}

/* Under ptrace even a signal that the process ignores is queued, and one of those (a child's
   SIGCHLD) would end a semop() with EINTR that sleeps on without ptrace: kernel/signal.c,
   sig_ignored(). So such signals are blocked while it sleeps. */
void
traceeShield(struct tracee *t, bool untimed)
{
    const uint64_t byDefault = 1ull << (SIGCHLD - 1) | 1ull << (SIGURG - 1) |
                               1ull << (SIGWINCH - 1) | 1ull << (SIGCONT - 1);
    const struct thread now = threadNow(t);
    uint64_t mask;

    if (ptrace(PTRACE_GETSIGMASK, t->tid, sizeof(t->mask), &t->mask) == -1)
        return;
    mask = t->mask | now.ignored | (byDefault & ~now.caught);
    ptrace(PTRACE_SETSIGMASK, t->tid, sizeof(mask), &mask);
    t->shielded = true;
    t->timeoutAddress = untimed ? swapFourth(t, 0) : 0;
}

void
traceeUnshield(struct tracee *t)
{
    if (!t->shielded)
        return;
    ptrace(PTRACE_SETSIGMASK, t->tid, sizeof(t->mask), &t->mask);
    if (t->timeoutAddress != 0)
        swapFourth(t, t->timeoutAddress);
    t->shielded = false;
}

size_t
traceeRead(struct tracee *t, unsigned long address, void *buffer, size_t size)
{
    struct iovec here = { .iov_base = buffer, .iov_len = size };
    struct iovec there = { .iov_base = (void *) address, .iov_len = size };
    ssize_t n = process_vm_readv(t->tid, &here, 1, &there, 1, 0);

    t->hidden |= n == -1 && (errno == EPERM || errno == ENOSYS);
    return n < 0 ? 0 : (size_t) n;
}

/* ---- does it sleep? ---- */

/* DOC: asleep */
/* The library knows a call only of a task that is off the processor and off its run queue. Had the
   task run since it was last seen asleep, it would have been switched away from once more. */
enum look
traceeLook(struct tracee *t)
{
    const struct thread now = threadNow(t);
    bool same;

    t->hidden |= now.hidden;
    if (now.state == 'Z' || now.state == 'X')
        return LOOK_ZOMBIE;
    if (now.call < 0)
        return LOOK_RUNNING;
    same = now.switches == t->asleep.switches && now.call == t->asleep.call;
    t->asleep = now;
    return same ? LOOK_ASLEEP : LOOK_MOVED;
}

bool
traceeIsHeld(const struct tracee *t)
{
    unsigned long message;

    return ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &message) == 0;
}

char
traceeState(const struct tracee *t)
{
    return threadNow(t).state;
}

bool
traceeHears(const struct tracee *t)
{
    const struct thread now = threadNow(t);

    return (now.pending & ~now.blocked) != 0;
}
