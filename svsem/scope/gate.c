/* gate.c - see gate.h */

#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "gate.h"
#include "numbers.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0 /* add yours above, and its registers in tracee.c */
#endif

#define X32_FROM 0x40000000u /* calls of x86-64's other kind of program; nobody else has such */

#define GATE(name, kind) [SYS_##name] = kind

static const unsigned char gates[] = { GATE(semget, SEMGET), GATE(shmget, SHMGET),
                                       GATE(semctl, SEMCTL), GATE(semtimedop, SEMOP),
                                       GATE(semop, SEMOP),   GATE(sched_yield, YIELD),
                                       GATE(select, NAP),    GATE(nanosleep, NAP),
                                       GATE(pselect6, NAP),  GATE(clock_nanosleep, NAP),
                                       GATE(poll, NAP),      GATE(setitimer, TIMER),
                                       GATE(ppoll, NAP),     GATE(timer_settime, TIMER),
                                       GATE(alarm, TIMER),   GATE(timer_delete, TIMER),
                                       GATE(kill, SEND),     GATE(rt_sigqueueinfo, SEND),
                                       GATE(tkill, SEND),    GATE(rt_tgsigqueueinfo, SEND),
                                       GATE(tgkill, SEND),   GATE(pidfd_send_signal, SEND),
                                       GATE(execve, EXEC),   GATE(execveat, EXEC),
                                       GATE(clone3, CLONE) };
enum { NUMBERS = sizeof(gates), MOST_GATES = 40 }; /* of system calls; that the filter can have */

bool
gatesKnown(void)
{
    return NATIVE != 0;
}

#define LOAD(field) \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(how, what, yes, no) \
    (struct sock_filter) BPF_JUMP(BPF_JMP | (how) | BPF_K, (uint32_t) (what), yes, no)
#define RETURN(what) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, what)

static struct sock_filter *
stopIf(struct sock_filter *at, int how, uint32_t what)
{
    *at++ = JUMP(how, what, 0, 1);
    *at++ = RETURN(SECCOMP_RET_TRACE);
    return at;
}

/* fork() is a clone(), which stops only with the flag that is refused. These processors keep the
   low half of the flags in front. */
int
gatesInstall(void)
{
    struct sock_filter filter[2 * MOST_GATES], *at = filter;

    *at++ = LOAD(arch);
    *at++ = JUMP(BPF_JEQ, NATIVE, 1, 0);
    *at++ = RETURN(SECCOMP_RET_TRACE);
    *at++ = LOAD(nr);
    at = stopIf(at, BPF_JGE, X32_FROM);
    for (uint32_t number = 0; number < NUMBERS; number++)
        if (gates[number] != OTHER)
            at = stopIf(at, BPF_JEQ, number);
    *at++ = JUMP(BPF_JEQ, SYS_clone, 0, 3);
    *at++ = LOAD(args);
    at = stopIf(at, BPF_JSET, CLONE_UNTRACED);
    *at++ = RETURN(SECCOMP_RET_ALLOW);
    struct sock_fprog program = { .len = (unsigned short) (at - filter), .filter = filter };

    /* Without CAP_SYS_ADMIN the kernel asks for the promise that no exec gains privilege. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return 0;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* select() and poll() of no files are naps: usleep() is written so where it is wanted for all
   systems, or by perl. */
static bool
isNap(unsigned long number, const unsigned long arg[6])
{
    if (number == SYS_select || number == SYS_pselect6)
        return arg[0] == 0 && arg[4] != 0 && (number == SYS_select || arg[5] == 0);
    if (number == SYS_poll)
        return arg[1] == 0 && (int) arg[2] >= 0;
    return number != SYS_ppoll || (arg[1] == 0 && arg[2] != 0 && arg[3] == 0);
}

enum kind
gateKind(unsigned arch, unsigned long number, const unsigned long arg[6])
{
    if (arch != NATIVE || number >= X32_FROM)
        return FOREIGN;
    if (number == SYS_clone)
        return CLONE;
    if (number >= NUMBERS || (gates[number] == NAP && !isNap(number, arg)))
        return OTHER;
    return gates[number];
}
