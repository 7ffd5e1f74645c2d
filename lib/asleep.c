#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "asleep.h"
#include "tlpi_hdr.h"

#ifndef SYS_semop /* each system has some of these */
#define SYS_semop (-3)
#endif
#ifndef SYS_semtimedop
#define SYS_semtimedop (-2)
#endif
#ifndef SYS_semtimedop_time64
#define SYS_semtimedop_time64 (-2)
#endif
#ifndef SYS_ipc
#define SYS_ipc (-2)
#endif

ssize_t
readProc(pid_t pid, pid_t tid, const char *file, char *text, size_t size)
{
    char path[80];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/%s", (long) pid,
             (long) tid, file);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW); /* not a link */
    len = fd != -1 ? read(fd, text, size - 1) : readlink(path, text, size - 1);
    if (fd != -1)
        close(fd);
    text[max(len, 0)] = '\0';
    return len;
}

/* The number behind a field's name; 0 if there is no such field. */
static uint64_t
number(const char *status, const char *field, int base)
{
    const char *at = strstr(status, field);

    return at == NULL ? 0 : strtoull(at + strlen(field), NULL, base);
}

static void
readStatus(struct thread *t, const char *status)
{
    const char *state = strstr(status, "\nState:\t");

    t->state = state == NULL ? '?' : state[8];
    sscanf(status, "Name:\t%15[^\n]", t->program);
    for (char *c = t->program; *c != '\0'; c++)
        if (!isprint((unsigned char) *c))
            *c = '?'; /* no terminal is to be given control characters */
    t->parent = (pid_t) number(status, "\nPPid:", 10);
    t->nthreads = (int) number(status, "\nThreads:", 10);
    t->pending = number(status, "\nSigPnd:", 16);
    t->pending |= number(status, "\nShdPnd:", 16);
    t->blocked = number(status, "\nSigBlk:", 16);
    t->ignored = number(status, "\nSigIgn:", 16);
    t->caught = number(status, "\nSigCgt:", 16);
    t->switches = (long) number(status, "\nvoluntary_ctxt_switches:", 10);
    t->switches += (long) number(status, "\nnonvoluntary_ctxt_switches:", 10);
    if (strstr(status, "\nVmSize:") == NULL)
        t->hidden = false; /* it has no memory any more: it is about to end */
}

/* ipc(2), which is all the calls in one, is what glibc has for semop() on i386
   and s390x. Its arguments are put where those of semtimedop() are. */
static void
readIpc(struct thread *t)
{
    enum { OF_SEMOP = 1, OF_SEMTIMEDOP = 4, LIMIT = sizeof(long) == 4 ? 5 : 3 };
    unsigned long *a = t->arg, which = a[0] & 0xffff; /* and a version */

    if (t->call != SYS_ipc || (which != OF_SEMOP && which != OF_SEMTIMEDOP))
        return;
    t->call = which == OF_SEMOP ? SYS_semop : SYS_semtimedop;
    a[0] = a[1];
    a[1] = a[4];
    a[3] = a[LIMIT];
}

/* `syscall` names a call only of a thread that is off its processor and off the
   run queue, before the kernel reads its registers and after: the context
   switches, read later, tell whether it has run since. A 32-bit program's
   calls have other numbers: the address of its stack tells, they are hidden. */
bool
lookAt(struct thread *t, pid_t pid, pid_t tid)
{
    char text[4096];
    unsigned long *a = t->arg;
    unsigned long long stack;

    *t = (struct thread){ .pid = pid, .tid = tid, .call = -1 };
    t->hidden = readProc(pid, tid, "syscall", text, sizeof(text)) == -1 ||
                (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %llx", &t->call, a,
                        a + 1, a + 2, a + 3, a + 4, a + 5, &stack) == 8 &&
                 (stack > UINT32_MAX) != (sizeof(long) == 8));
    if (t->hidden)
        readProc(pid, tid, "wchan", t->wchan, sizeof(t->wchan));
    if (readProc(pid, tid, "status", text, sizeof(text)) <= 0)
        return false;
    readStatus(t, text);
    if (t->state != 'S' || t->hidden)
        t->call = -1; /* stopped, it has left the call that is named */
    readIpc(t);
    t->timed = (t->call == SYS_semtimedop || t->call == SYS_semtimedop_time64);
    t->inSemop = t->timed || t->call == SYS_semop ||
                 strstr(t->wchan, "semtimedop") != NULL;
    t->timed = t->timed && a[3] != 0;
    return true;
}

void
lookAtAll(pid_t pid, void (*visit)(struct thread *t, void *arg), void *arg)
{
    char pattern[64] = "/proc/[0-9]*/task/[0-9]*";
    struct thread t;
    glob_t found;
    int tid;

    if (pid != 0)
        snprintf(pattern, sizeof(pattern), "/proc/%d/task/[0-9]*", (int) pid);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        sscanf(found.gl_pathv[i], "/proc/%d/task/%d", &pid, &tid);
        if (lookAt(&t, pid, tid))
            visit(&t, arg);
    }
    globfree(&found);
}

long
opsOf(const struct thread *t, struct sembuf sops[], size_t max)
{
    size_t size = min(t->arg[2], max) * sizeof(sops[0]);
    struct iovec here = { .iov_base = sops, .iov_len = size };
    struct iovec there = { .iov_base = (void *) t->arg[1], .iov_len = size };

    if (t->call != -1 &&
        process_vm_readv(t->tid, &here, 1, &there, 1, 0) == (ssize_t) size)
        return (long) t->arg[2];
    return -1;
}

void
letOthersLook(void)
{
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* EINVAL: no Yama */
}
