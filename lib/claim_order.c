/* claim_order.c - see claim_order.h

   Each process stops before each of its calls that a step counts (ptrace(2), "syscall-entry-stop"). Of all that
   could run, one at a time does. Nobody is interrupted while it sleeps: that would end its semop() with EINTR. */

#define _GNU_SOURCE
#include <ctype.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "claim.h"
#include "claim_order.h"
#include "tlpi_hdr.h"

#ifdef __linux__

#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { MAX_TRACED = 512 };

/* In the order of their birth: number 1, the body, is traced[0]. */
static struct {
    pid_t pid;
    enum { READY, AT_GATE, ASLEEP, ENDED } state;
    int sig;                            /* to be delivered when it goes on */
} traced[MAX_TRACED];
static int ntraced, bodyStatus;
static int unborn, bornThen;            /* what the order named, and there was not; how many there were */

static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE
    | PTRACE_O_TRACEEXEC;

/* The children die with this process. The body does not: it gets SIGTERM then, whose handler removes its sets. */
static void
dieWithUs(pid_t pid)
{
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options | PTRACE_O_EXITKILL) == -1 && errno != ESRCH)
        errExit("ptrace(PTRACE_SETOPTIONS)");
}

/* ESRCH: it has been killed meanwhile, which waitpid() will tell. */
static void
resume(pid_t pid, int sig, bool stopAtCalls)
{
    long result;

    if (stopAtCalls)
        result = ptrace(PTRACE_SYSCALL, pid, NULL, (long) sig);
    else
        result = ptrace(PTRACE_CONT, pid, NULL, (long) sig);
    if (result == -1 && errno != ESRCH)
        errExit("ptrace(%ld)", (long) pid);
}

static bool
isGated(const struct __ptrace_syscall_info *info)
{
    switch (info->entry.nr) {
#ifdef SYS_semop
    case SYS_semop:
#endif
#ifdef SYS_semtimedop
    case SYS_semtimedop:
#endif
#ifdef SYS_semtimedop_time64
    case SYS_semtimedop_time64:
#endif
#ifdef SYS_semget
    case SYS_semget:
    case SYS_semctl:
#endif
    case SYS_sched_yield:
        return true;
#ifdef SYS_ipc
    case SYS_ipc:                       /* one call for all of System V IPC: 1 ... 4 are the semaphores' */
        return (info->entry.args[0] & 0xffff) <= 4;
#endif
    }
    return false;
}

static bool
beforeGatedCall(pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) == -1) {
        if (errno == ESRCH)
            return false;
        notShown("forcing an order needs ptrace(PTRACE_GET_SYSCALL_INFO), Linux 5.3: %s", strerror(errno));
    }
    return info.op == PTRACE_SYSCALL_INFO_ENTRY && isGated(&info);
}

static void
addTraced(pid_t pid)
{
    if (ntraced == MAX_TRACED)
        fatal("more than %d processes in an order", MAX_TRACED);
    traced[ntraced].pid = pid;
    traced[ntraced].sig = 0;
    traced[ntraced++].state = READY;
}

/* A child is traced from its first instruction on, and begins with a stop. */
static void
born(pid_t parent)
{
    unsigned long pid;
    int status;

    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &pid) == -1)
        return;                         /* the parent was killed, and its child will be */
    if (waitpid((pid_t) pid, &status, __WALL) == -1 || !WIFSTOPPED(status))
        return;
    dieWithUs((pid_t) pid);
    addTraced((pid_t) pid);
}

/* Takes in what waitpid() told of number n: is its step over? If not, it is READY. */
static bool
stepOver(int n, int status)
{
    pid_t pid = traced[n].pid;

    traced[n].state = READY;
    traced[n].sig = 0;
    if (!WIFSTOPPED(status)) {
        traced[n].state = ENDED;
        if (n == 0)
            bodyStatus = status;
    } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        if (beforeGatedCall(pid))
            traced[n].state = AT_GATE;
    } else if (status >> 16 == PTRACE_EVENT_FORK || status >> 16 == PTRACE_EVENT_CLONE) {
        born(pid);
    } else if (status >> 16 == 0) {
        traced[n].sig = WSTOPSIG(status);
    }
    return traced[n].state != READY;
}

static bool
fellAsleep(pid_t pid)
{
    static struct blocked b;
    long before = switches(pid);

    for (int look = 0; look < 2; look++)
        if (sleepIn(pid, &b) == AWAKE)
            return false;
    return before != -1 && before == switches(pid);
}

/* Until number n stands before its next call, sleeps, or has ended. */
static void
run(int n)
{
    pid_t pid = traced[n].pid;
    int status;

    if (traced[n].state == READY)
        resume(pid, traced[n].sig, true);
    for (;;) {
        if (nextReport(pid, &status) == pid) {
            if (stepOver(n, status))
                return;
            resume(pid, traced[n].sig, true);
        } else if (fellAsleep(pid)) {
            traced[n].state = ASLEEP;
            return;
        }
    }
}

/* Has number n not moved since it last ran? Another's call may have woken it since, or killed it. */
static bool
settled(int n)
{
    switch (traced[n].state) {
    case AT_GATE:
        return stateOf(traced[n].pid) == 't';
    case ASLEEP:
        return fellAsleep(traced[n].pid);
    case ENDED:
        return true;
    default:
        return false;
    }
}

/* Runs the newly born and the woken, one after the other. */
static void
settleAll(void)
{
    for (int n = 0; n < ntraced; n++) {
        if (!settled(n)) {
            run(n);
            n = -1;                     /* it may have woken or killed an earlier one */
        }
    }
}

static void
step(int n)
{
    if (traced[n].state == AT_GATE) {
        traced[n].state = READY;
        run(n);
        settleAll();
    }
}

static bool
anyAtGate(void)
{
    for (int n = 0; n < ntraced; n++)
        if (traced[n].state == AT_GATE)
            return true;
    return false;
}

void
takeHold(pid_t body)
{
    int status;

    if (ptrace(PTRACE_SEIZE, body, NULL, options) == -1)
        notShown("forcing an order needs ptrace(PTRACE_SEIZE): %s", strerror(errno));
    if (ptrace(PTRACE_INTERRUPT, body, NULL, NULL) == -1)
        errExit("ptrace(PTRACE_INTERRUPT)");
    while (nextReport(body, &status) != body)
        continue;
    addTraced(body);
}

bool
forceOrder(const char *order, int *status)
{
    settleAll();
    for (char *next = (char *) order; anyAtGate() && isdigit((unsigned char) *next); next += strspn(next, " ")) {
        int n = (int) strtol(next, &next, 10);

        if (n < 1 || n > ntraced) {
            unborn = n;
            bornThen = ntraced;
            break;
        }
        step(n - 1);
    }
    for (int n = 0; n < ntraced; n++)
        if (traced[n].state == AT_GATE)
            resume(traced[n].pid, 0, false);
    *status = bodyStatus;
    return traced[0].state != ENDED;
}

void
checkOrder(void)
{
    if (unborn != 0)
        fatal("the order names process %d, and there are %d", unborn, bornThen);
}

void
goOn(pid_t pid, int status)
{
    int n = 0, sig = 0;

    while (n < ntraced && traced[n].pid != pid)
        n++;
    if (n == ntraced) {                 /* born after the last step: this is its first stop */
        dieWithUs(pid);
        addTraced(pid);
    } else if (status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80)) {
        sig = WSTOPSIG(status);
    }
    resume(pid, sig, false);
}

#else

void
takeHold(pid_t body)
{
    (void) body;
    notShown("forcing an order needs Linux's ptrace()");
}

bool
forceOrder(const char *order, int *status)
{
    (void) order;
    (void) status;
    return true;
}

void
checkOrder(void)
{
}

void
goOn(pid_t pid, int status)
{
    (void) pid;
    (void) status;
}

#endif
