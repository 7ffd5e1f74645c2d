/* blocked.c - see blocked.h */

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "blocked.h"
#include "semun.h"
#include "tlpi_hdr.h"

const char *
formatOps(const struct sembuf *sops, int nsops)
{
    static char text[BLOCKED_OPS * sizeof("65535-32768nu,")];
    size_t len = 0;

    text[0] = '\0';
    for (int i = 0; i < nsops && i < BLOCKED_OPS; i++)
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%u%s%d%s%s", i > 0 ? "," : "", sops[i].sem_num,
                                 sops[i].sem_op > 0 ? "+" : sops[i].sem_op == 0 ? "=" : "", sops[i].sem_op,
                                 (sops[i].sem_flg & IPC_NOWAIT) ? "n" : "", (sops[i].sem_flg & SEM_UNDO) ? "u" : "");
    if (nsops > BLOCKED_OPS)
        snprintf(text + len, sizeof(text) - len, ",...");
    return text;
}

void
letOthersLook(void)
{
#ifdef PR_SET_PTRACER
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);     /* EINVAL where there is no Yama */
#endif
}

#ifdef __linux__

/* The first line of /proc/PID/task/TID/`file`; "" when it may not be read, or the thread is gone. */
static void
readProc(pid_t pid, pid_t tid, const char *file, char text[], size_t size)
{
    char path[64];
    ssize_t len = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/%s", (long) pid, (long) tid, file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        len = read(fd, text, size - 1);
        close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

static bool
isSemop(long call)
{
    switch (call) {
#ifdef SYS_semop
    case SYS_semop:
#endif
#ifdef SYS_semtimedop
    case SYS_semtimedop:
#endif
#ifdef SYS_semtimedop_time64
    case SYS_semtimedop_time64:
#endif
        return true;
    }
    return false;
}

/* "S", and no other state: a process that was stopped in semop() has left the queue, but its `syscall` still names the call. */
static bool
sleeps(pid_t pid, pid_t tid)
{
    char stat[512];
    const char *name;

    readProc(pid, tid, "stat", stat, sizeof(stat));
    name = strrchr(stat, ')');      /* the program's name may hold blanks and parentheses */
    return name != NULL && strncmp(name, ") S", 3) == 0;
}

/* The operations, from the sleeper's memory. */
static void
readOps(struct blocked *b, unsigned long address, unsigned long nsops)
{
    size_t size = min(nsops, (unsigned long) BLOCKED_OPS) * sizeof(struct sembuf);
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/mem", (long) b->pid, (long) b->tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    if (pread(fd, b->sops, size, (off_t) address) == (ssize_t) size)
        b->nsops = (int) nsops;
    close(fd);
}

static void
readName(struct blocked *b)
{
    readProc(b->pid, b->tid, "comm", b->program, sizeof(b->program));
    for (char *c = b->program; *c != '\0'; c++)
        if (!isprint((unsigned char) *c))
            *c = '?';               /* any process may put control characters there: keep them off the terminal */
}

static bool
threadBlocked(pid_t pid, pid_t tid, struct blocked *b)
{
    char wchan[64], syscallLine[256], again[256];
    unsigned long semid, sops, nsops, timeout;
    long call = -1;
    bool named;

    readProc(pid, tid, "wchan", wchan, sizeof(wchan));
    named = strstr(wchan, "semtimedop") != NULL;
    if (!named && strcmp(wchan, "0") != 0)  /* "0": it runs, or this kernel tells nobody, or not us */
        return false;
    readProc(pid, tid, "syscall", syscallLine, sizeof(syscallLine));
    if (sscanf(syscallLine, "%ld %lx %lx %lx %lx", &call, &semid, &sops, &nsops, &timeout) != 5 || !isSemop(call))
        call = -1;
    if (!named && (call == -1 || !sleeps(pid, tid)))
        return false;

    b->pid = pid;
    b->tid = tid;
    b->semid = b->nsops = -1;
    b->timed = false;
    readName(b);
    if (call == -1)
        return true;
    b->semid = (int) semid;
#ifdef SYS_semop
    if (call != SYS_semop)
#endif
        b->timed = timeout != 0;
    readOps(b, sops, nsops);
    readProc(pid, tid, "syscall", again, sizeof(again));
    return strcmp(syscallLine, again) == 0; /* if not, it has woken while we looked */
}

/* The next entry of a directory that is a number; 0 at its end. */
static pid_t
nextId(DIR *dir)
{
    struct dirent *entry;

    while ((entry = readdir(dir)) != NULL)
        if (isdigit((unsigned char) entry->d_name[0]))
            return (pid_t) atol(entry->d_name);
    return 0;
}

static DIR *
openTasks(pid_t pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/task", (long) pid);
    return opendir(path);
}

bool
blockedIn(pid_t pid, struct blocked *b)
{
    struct blocked scratch;
    DIR *tasks = openTasks(pid);
    bool found = false;
    pid_t tid;

    if (tasks == NULL)
        return false;
    while (!found && (tid = nextId(tasks)) != 0)
        found = threadBlocked(pid, tid, b != NULL ? b : &scratch);
    closedir(tasks);
    return found;
}

/* The same identifier means another set in another IPC namespace. */
static bool
sharesSets(pid_t pid)
{
    char path[64];
    struct stat ours, theirs;

    snprintf(path, sizeof(path), "/proc/%ld/ns/ipc", (long) pid);
    if (stat("/proc/self/ns/ipc", &ours) == -1)
        return true;            /* a kernel without namespaces */
    return stat(path, &theirs) == 0 && theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

/* How many sleep on the set by the kernel's count: each is counted once, at its first operation that blocks. */
static int
sleepers(int semid)
{
    struct semid_ds ds = { .sem_nsems = 0 };
    union semun arg = { .buf = &ds };
    int count = 0;

    if (semctl(semid, 0, IPC_STAT, arg) == -1)
        return -1;
    for (int semnum = 0; semnum < (int) ds.sem_nsems; semnum++)
        count += semctl(semid, semnum, GETNCNT) + semctl(semid, semnum, GETZCNT);
    return count;
}

static int
dropUnknown(struct blocked list[], int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        if (list[i].semid != -1)
            list[kept++] = list[i];
    return kept;
}

int
blockedOn(int semid, struct blocked list[], int max)
{
    struct blocked scratch, *b;
    int total = 0, known = 0;
    DIR *processes = opendir("/proc"), *tasks;
    pid_t pid, tid;

    if (processes == NULL)
        return 0;
    while ((pid = nextId(processes)) != 0) {
        if (!sharesSets(pid) || (tasks = openTasks(pid)) == NULL)
            continue;
        while ((tid = nextId(tasks)) != 0) {
            b = total < max ? &list[total] : &scratch;
            if (threadBlocked(pid, tid, b) && (b->semid == semid || b->semid == -1)) {
                total++;
                known += b->semid == semid;
            }
        }
        closedir(tasks);
    }
    closedir(processes);
    if (known < total && known == sleepers(semid)) {
        dropUnknown(list, min(total, max));
        total = known;
    }
    return total;
}

#else

bool
blockedIn(pid_t pid, struct blocked *b)
{
    (void) pid;
    (void) b;
    return false;
}

int
blockedOn(int semid, struct blocked list[], int max)
{
    (void) semid;
    (void) list;
    (void) max;
    return 0;
}

#endif
