/* yama.c - runs a command as under Yama, on a kernel that has none.

   The kernel asks this program about each call by which one process may look at another. It answers
   as Yama answers an unprivileged user. At SCOPE 1 a process may look at its descendants, and at
   those that have let it by PR_SET_PTRACER; at 2 and 3, at none. In a PID namespace within, this
   program takes the numbers for those of other processes.
   Source: seccomp_unotify(2), the kernel's Yama.rst */

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "tlpi_hdr.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* else a signal makes it ask again */
#endif

enum { MAX_LET = 4096 };

static const char usage[] =
    "SCOPE COMMAND [ARG...]\n"
    "  SCOPE  kernel.yama.ptrace_scope: 1, 2 or 3\n"
    "Example: yama 2 make test";

static int scope;
static pid_t command;
static pid_t let[MAX_LET]; /* the last processes that let others look: they do not live long */
static unsigned nlet;

/* The number behind a field of /proc/TID/status; 0 if the thread is gone. */
static pid_t
statusOf(pid_t tid, const char *field)
{
    char path[40], text[4096];
    int fd, n = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int) tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        n = (int) read(fd, text, sizeof(text) - 1);
        close(fd);
    }
    text[max(n, 0)] = '\0';
    return strstr(text, field) == NULL ? 0 : atoi(strstr(text, field) + strlen(field));
}

static bool
mayLook(pid_t tid, pid_t at)
{
    pid_t self = statusOf(tid, "\nTgid:"), other = statusOf(at, "\nTgid:");

    if (other == 0 || other == self)
        return true;
    for (unsigned i = 0; scope == 1 && i < MAX_LET; i++)
        if (let[i] == other)
            return true;
    while (scope == 1 && other > 1 && other != self)
        other = statusOf(other, "\nPPid:");
    return other == self;
}

static void
readPath(pid_t tid, unsigned long path, char *text, size_t size)
{
    size_t most = size - 1,
           len = min(most, 4096 - path % 4096); /* the next page may not be there */
    struct iovec here = { text, most };
    struct iovec there[] = { { (void *) path, len }, { (void *) (path + len), most - len } };

    memset(text, 0, size);
    process_vm_readv(tid, &here, 1, there, 2, 0);
}

/* Which process's calls does the path show? 0 if none's. */
static pid_t
shownBy(const char *path)
{
    char name[16] = "";
    int pid = 0, thread;

    if (sscanf(path, "/proc/%d/task/%d/%15s", &pid, &thread, name) < 3)
        sscanf(path, "/proc/%d/%15s", &pid, name);
    return strcmp(name, "syscall") == 0 || strcmp(name, "mem") == 0 ? pid : 0;
}

/* ioctl(), whose second argument is of another type in musl. */
static long
request(int listener, unsigned long what, void *arg)
{
    return syscall(SYS_ioctl, listener, what, arg);
}

/* The setting, for one who opens it. */
static void
giveSetting(int listener, unsigned long long id)
{
    struct seccomp_notif_addfd give = { .id = id, .flags = SECCOMP_ADDFD_FLAG_SEND };
    int fd = memfd_create("ptrace_scope", MFD_CLOEXEC);

    dprintf(fd, "%d\n", scope);
    lseek(fd, 0, SEEK_SET);
    give.srcfd = (unsigned) fd;
    request(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
    close(fd);
}

/* The error that the call is to get; 0: it goes on; -1: it is done, and well. */
static int
answer(const struct seccomp_notif *ask, int listener)
{
    pid_t tid = (pid_t) ask->pid;
    char path[64];

    switch (ask->data.nr) {
    case SYS_openat:
        readPath(tid, (unsigned long) ask->data.args[1], path, sizeof(path));
        if (strcmp(path, "/proc/sys/kernel/yama/ptrace_scope") == 0)
            giveSetting(listener, ask->id);
        return mayLook(tid, shownBy(path)) ? 0 : EACCES;
    case SYS_process_vm_readv:
        return mayLook(tid, (pid_t) ask->data.args[0]) ? 0 : EPERM;
    case SYS_ptrace:
        return mayLook(tid, (pid_t) ask->data.args[1]) ? 0 : EPERM;
    case SYS_prctl:
        let[nlet++ % MAX_LET] = statusOf(tid, "\nTgid:");
        return -1;
    default:
        return 0;
    }
}

static void
serve(int listener)
{
    struct pollfd poll1 = { .fd = listener, .events = POLLIN };

    while (poll(&poll1, 1, -1) != -1 || errno == EINTR) {
        struct seccomp_notif ask = { .id = 0 };
        struct seccomp_notif_resp resp = { .id = 0 };
        int error;

        if (poll1.revents & POLLHUP)
            return; /* all have ended */
        if (request(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) == -1)
            continue; /* it was killed meanwhile */
        error = answer(&ask, listener);
        resp.id = ask.id;
        resp.error = -max(error, 0);
        resp.flags = error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
        request(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
    }
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned) (value), yes, no)

/* In the child: from now on the kernel asks. Returns where. */
static int
install(void)
{
    /* Most opens are not asked about, for that takes time: the library's reader of /proc has
       O_NOFOLLOW, a shell's redirection no flag. */
    struct sock_filter steps[] = { LOAD(nr),
                                   IF(SYS_openat, 7, 0),
                                   IF(SYS_process_vm_readv, 9, 0),
                                   IF(SYS_ptrace, 0, 2),
                                   LOAD(args[0]),
                                   IF(PTRACE_SEIZE, 6, 7),
                                   IF(SYS_prctl, 0, 6),
                                   LOAD(args[0]),
                                   IF(PR_SET_PTRACER, 3, 4),
                                   LOAD(args[2]),
                                   BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_NOFOLLOW, 1, 0),
                                   IF(O_RDONLY, 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
    struct sock_fprog program = { sizeof(steps) / sizeof(steps[0]), steps };
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        errExit("prctl(PR_SET_NO_NEW_PRIVS)");
    return (int) syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void
onSignal(int sig)
{
    kill(command, sig);
}

int
main(int argc, char *argv[])
{
    int to[2], from[2], listener, status = 0;

    checkArgs(argc, argv, 2, INT_MAX, usage);
    scope = (int) getRange(argv[1], 0, 1, 3, "SCOPE");
    if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1 || (command = fork()) == -1)
        errExit("fork");
    if (command == 0) {
        close(to[1]);
        listener = install();
        if (write(from[1], &listener, sizeof(listener)) == -1 || read(to[0], &status, 1) == -1)
            errExit("pipe");
        close(listener);
        execvp(argv[2], argv + 2);
        errExit("execvp(%s)", argv[2]);
    }
    signal(SIGINT, SIG_IGN); /* the terminal sends it to all */
    signal(SIGTERM, onSignal);
    signal(SIGHUP, onSignal);
    close(from[1]);
    if (read(from[0], &listener, sizeof(listener)) != sizeof(listener) || listener == -1)
        fatal("a seccomp filter that asks cannot be had");
    listener = (int) syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, command, 0), listener, 0);
    if (listener == -1)
        errExit("pidfd_getfd");
    close(to[1]);
    serve(listener);
    waitpid(command, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
