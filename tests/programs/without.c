/* without.c - runs a command as on a machine that forbids it something: a stand-in for Yama, for a
   container's seccomp filter, for a kernel without System V IPC.

   The command, and whatever it starts, gets an error from the calls, as from Docker's filter.
   Nothing can take that back. Source: seccomp(2) */

#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tlpi_hdr.h"

enum { MAX_STEPS = 128, NEW = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC };

static const char usage[] =
    "WHAT... -- COMMAND [ARG...]\n"
    "  ptrace      EPERM from ptrace() and process_vm_readv()\n"
    "  namespaces  EPERM from setns(), and from unshare() and clone() for a new namespace of\n"
    "              users, processes, mounts or IPC\n"
    "  sysvipc     ENOSYS from semget()\n"
    "  sets        ENOSPC from semget(), as if there were as many sets as there may be\n"
    "Example: without ptrace namespaces -- make test";

static struct sock_filter steps[MAX_STEPS];
static unsigned short nsteps;

static void
step(unsigned short code, unsigned value, unsigned char yes, unsigned char no)
{
    steps[nsteps++] = (struct sock_filter) BPF_JUMP(code, value, yes, no);
}

/* Refuses call `number` with an error; one with `flags` only if its first argument has one of these
   (not on s390x: the first argument of clone() is another there, and its halves are swapped). */
static void
refuse(long number, unsigned error, unsigned flags)
{
    step(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    step(BPF_JMP | BPF_JEQ | BPF_K, (unsigned) number, 0, flags == 0 ? 1 : 3);
    if (flags != 0) {
        step(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
        step(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1);
    }
    step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
}

static void
refuseWhat(const char *what, char *argv[])
{
    if (strcmp(what, "ptrace") == 0) {
        refuse(SYS_ptrace, EPERM, 0);
        refuse(SYS_process_vm_readv, EPERM, 0);
    } else if (strcmp(what, "namespaces") == 0) {
        refuse(SYS_unshare, EPERM, NEW);
        refuse(SYS_setns, EPERM, 0);
        refuse(SYS_clone, EPERM, NEW);
        refuse(SYS_clone3, ENOSYS, 0); /* its flags are in memory: the C library takes clone() */
    } else if (strcmp(what, "sysvipc") == 0) {
        refuse(SYS_semget, ENOSYS, 0);
    } else if (strcmp(what, "sets") == 0) {
        refuse(SYS_semget, ENOSPC, 0);
    } else {
        misuse(argv, usage);
    }
}

int
main(int argc, char *argv[])
{
    struct sock_fprog program = { .filter = steps };
    int i = 1;

    checkArgs(argc, argv, 3, INT_MAX, usage);
    for (; i < argc && strcmp(argv[i], "--") != 0 && i < 6; i++)
        refuseWhat(argv[i], argv);
    if (i == 1 || i + 1 >= argc || strcmp(argv[i], "--") != 0)
        misuse(argv, usage);
    step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    program.len = nsteps;
    /* root may do without: its setuid programs go on working */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1 &&
        (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1))
        errExit("prctl(PR_SET_SECCOMP)");
    execvp(argv[i + 1], argv + i + 1);
    errExit("execvp(%s)", argv[i + 1]);
}
