/* sets.c - the semaphore sets of a session: a namespace for them, who sleeps on them, none left at the end */
#include "replay.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

union semArg {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

/* ---- a namespace ---- */

static void writeMap(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd != -1) {
        if (write(fd, text, strlen(text)) == -1)
            fprintf(stderr, "replay: cannot write %s\n", path);
        close(fd);
    }
}

static bool unshareAsUser(void)
{
    unsigned int uid = (unsigned int) geteuid(), gid = (unsigned int) getegid();
    char map[48];

    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) == -1)
        return false;
    writeMap("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "%u %u 1", uid, uid);
    writeMap("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "%u %u 1", gid, gid);
    writeMap("/proc/self/gid_map", map);
    return true;
}

/* A fresh namespace numbers its sets 0, 1, 2 ... Use those up, and a few more than anybody could foresee:
   a page that gives an identifier without declaring it is not to be right by accident. */
static void useUpIdentifiers(void)
{
    struct timespec ts;
    int i, id = 0, enough;

    clock_gettime(CLOCK_REALTIME, &ts);
    enough = 131072 + (int) (ts.tv_nsec / 1000 % 48);
    for (i = 0; i < 1000 && id < enough; i++) {
        id = semget(IPC_PRIVATE, 1, 0600);
        if (id == -1 || semctl(id, 0, IPC_RMID) == -1)
            return;
    }
}

bool isolate(void)
{
    if (getenv("REPLAY_SHARED") != NULL || (unshare(CLONE_NEWIPC) == -1 && !unshareAsUser()))
        return false;
    useUpIdentifiers();
    return true;
}

/* ---- which there are ---- */

int listSets(int **ids)
{
    struct semid_ds ds = { 0 };
    struct seminfo info = { 0 };
    union semArg arg = { .info = &info };
    int i, id, n = 0, highest = semctl(0, 0, SEM_INFO, arg);

    *ids = NULL;
    arg.buf = &ds;
    for (i = 0; i <= highest; i++) {
        id = semctl(i, 0, SEM_STAT_ANY, arg);
        if (id == -1)
            id = semctl(i, 0, SEM_STAT, arg);
        if (id != -1) {
            *ids = xrealloc(*ids, (size_t) (n + 1) * sizeof(**ids));
            (*ids)[n++] = id;
        }
    }
    return n;
}

bool hasSet(const int *ids, int n, int id)
{
    int i;

    for (i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

int countWaiters(const struct run *run)
{
    struct semid_ds ds = { 0 };
    union semArg arg = { .buf = &ds };
    int *ids, i, num, waiters = 0, n = listSets(&ids);

    for (i = 0; i < n; i++) {
        if (hasSet(run->before, run->nbefore, ids[i]) || semctl(ids[i], 0, IPC_STAT, arg) == -1)
            continue;
        for (num = 0; num < (int) ds.sem_nsems; num++)
            waiters += semctl(ids[i], num, GETNCNT) + semctl(ids[i], num, GETZCNT);
    }
    free(ids);
    return waiters;
}

/* ---- reports ---- */

const char *onPage(const struct run *run, char kind, const char *value)
{
    int i;

    for (i = 0; i < run->s->nsamples; i++)
        if (run->s->samples[i].kind == kind && run->bound[i] != NULL && strcmp(run->bound[i], value) == 0)
            return run->s->samples[i].text;
    return value;
}

static const char *idOnPage(const struct run *run, int id)
{
    static char value[16];

    snprintf(value, sizeof(value), "%d", id);
    return onPage(run, 'i', value);
}

/* The operation on which an array of operations sleeps now, by the values that the set has now. */
static int blockedAt(int semid, const struct sembuf *sops, int n)
{
    int i, j, value;

    for (i = 0; i < n; i++) {
        value = semctl(semid, sops[i].sem_num, GETVAL);
        for (j = 0; j < i; j++)
            value += sops[j].sem_num == sops[i].sem_num ? sops[j].sem_op : 0;
        if (sops[i].sem_op == 0 ? value != 0 : value + sops[i].sem_op < 0)
            return i;
    }
    return -1;
}

void describeSops(const struct run *run, const struct process *p)
{
    struct sembuf sops[64];
    int semid = (int) p->args[0], i, n = p->args[2] < 64 ? (int) p->args[2] : 64;
    size_t size = (size_t) n * sizeof(sops[0]);
    struct iovec local = { sops, size }, remote = { (void *) p->args[1], size };
    char text[64 * 24];
    size_t length = 0;

    if (process_vm_readv(p->pid, &local, 1, &remote, 1, 0) != (ssize_t) size) {
        report("    on set %s", idOnPage(run, semid));
        return;
    }
    for (i = 0; i < n; i++) {
        const char *op = sops[i].sem_op == 0 ? "%s%u=%d" : "%s%u%+d";

        length += (size_t) snprintf(text + length, sizeof(text) - length, op, i > 0 ? "," : "",
                                    sops[i].sem_num, sops[i].sem_op);
    }
    i = blockedAt(semid, sops, n);
    if (i == -1)
        report("    on set %s, asks for %s", idOnPage(run, semid), text);
    else
        report("    on semaphore %u of set %s, asks for %s, its value is %d", sops[i].sem_num,
               idOnPage(run, semid), text, semctl(semid, sops[i].sem_num, GETVAL));
}

/* ---- the end of a session ---- */

static int sampleOf(const struct run *run, int id)
{
    char value[16];
    int i;

    snprintf(value, sizeof(value), "%d", id);
    for (i = 0; i < run->s->nsamples; i++)
        if (run->s->samples[i].kind == 'i' && run->bound[i] != NULL && strcmp(run->bound[i], value) == 0)
            return i;
    return -1;
}

/* In a shared namespace a new set may be anybody's: only what this user made and the session has named is its own. */
static bool mayBeOurs(const struct run *run, int id)
{
    struct semid_ds ds = { 0 };
    union semArg arg = { .buf = &ds };

    return run->isolated || (semctl(id, 0, IPC_STAT, arg) != -1 && ds.sem_perm.cuid == geteuid());
}

void removeSets(struct run *run, bool left[], bool *unnamed)
{
    int *ids, i, sample, n = listSets(&ids);

    *unnamed = false;
    memset(left, 0, MAXSAMPLES * sizeof(left[0]));
    for (i = 0; i < n; i++) {
        sample = sampleOf(run, ids[i]);
        if (hasSet(run->before, run->nbefore, ids[i]) || (sample == -1 && !mayBeOurs(run, ids[i])))
            continue;
        if (sample != -1)
            left[sample] = true;
        else if (run->isolated)
            *unnamed = true;
        else
            fprintf(stderr, "replay: %s:%d: set %d appeared; the session does not name it: not touched\n",
                    run->s->page, run->s->number, ids[i]);
        if ((sample != -1 || run->isolated) && mayBeOurs(run, ids[i]) && semctl(ids[i], 0, IPC_RMID) == -1)
            report("cannot remove set %s", idOnPage(run, ids[i]));
    }
    free(ids);
}
