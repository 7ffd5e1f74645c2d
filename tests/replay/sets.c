/* sets.c - the semaphore sets of a session: a namespace for them, which processes sleep on them,
   none left at the end */

#include "replay.h"
#include "namespace.h"
#include "semops.h"
#include "semun.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

/* A fresh namespace numbers its sets 0, 1, 2 ... Uses those up, and some more, a number that no
   page can foresee: an identifier that a page does not declare must not be right by accident. */
static void
useUpIdentifiers(void)
{
    int id = 0, enough = 32768 + (int) ((long) (seconds() * 1e6) % 48);

    for (int i = 0; i < 1000 && id < enough; i++) {
        id = semget(IPC_PRIVATE, 1, 0600);
        if (id == -1 || semctl(id, 0, IPC_RMID) == -1)
            return;
    }
}

bool
isolate(void)
{
    if (getenv("REPLAY_SHARED") != NULL || !newIpcNamespace())
        return false;
    useUpIdentifiers();
    return true;
}

/* ---- which there are ---- */

int
listSets(int **ids)
{
    struct semid_ds ds;
    struct seminfo info;
    union semun arg = { .__buf = &info };
    int n = 0, highest = semctl(0, 0, SEM_INFO, arg);

    *ids = NULL;
    arg.buf = &ds;
    for (int i = 0; i <= highest; i++) {
        int id = semctl(i, 0, SEM_STAT_ANY, arg);

        if (id == -1)
            id = semctl(i, 0, SEM_STAT, arg);
        if (id != -1)
            APPEND(*ids, n, id);
    }
    return n;
}

bool
hasSet(const int *ids, int n, int id)
{
    int i = 0;

    while (i < n && ids[i] != id)
        i++;
    return i < n;
}

int
countWaiters(const struct run *run)
{
    struct semid_ds ds;
    int *ids, waiters = 0, n = listSets(&ids);

    for (int i = 0; i < n; i++)
        if (!hasSet(run->before, run->nbefore, ids[i]) && statSet(ids[i], &ds) == 0)
            for (int num = 0; num < (int) ds.sem_nsems; num++)
                waiters += semctl(ids[i], num, GETNCNT) + semctl(ids[i], num, GETZCNT);
    free(ids);
    return waiters;
}

/* ---- reports ---- */

int
sampleOf(const struct session *s, realNumber bound[], int kind, const char *value, size_t n)
{
    for (int i = 0; i < s->nsamples; i++)
        if (s->samples[i].kind == kind && strlen(bound[i]) == n && strncmp(bound[i], value, n) == 0)
            return i;
    return -1;
}

static int
sampleOfInt(struct run *run, int kind, int value)
{
    realNumber text;
    int n = snprintf(text, sizeof(text), "%d", value);

    return sampleOf(run->s, run->bound, kind, text, (size_t) n);
}

const char *
onPage(struct run *run, int kind, int value)
{
    static realNumber text;
    int sample = sampleOfInt(run, kind, value);

    snprintf(text, sizeof(text), "%d", value);
    return sample == -1 ? text : run->s->samples[sample].text;
}

/* Which operation of a sleeping semop() cannot proceed, by the values that the set has now. */
static int
blockedAt(int semid, const struct sembuf *sops, int n)
{
    for (int i = 0; i < n; i++) {
        int value = semctl(semid, sops[i].sem_num, GETVAL);

        for (int j = 0; j < i; j++)
            value += sops[j].sem_num == sops[i].sem_num ? sops[j].sem_op : 0;
        if (sops[i].sem_op == 0 ? value != 0 : value + sops[i].sem_op < 0)
            return i;
    }
    return -1;
}

void
describeSops(struct run *run, const struct thread *t)
{
    struct sembuf sops[ALL_OPS];
    int semid = (int) t->arg[0], i;
    long n = opsOf(t, sops, ALL_OPS);

    if (n == -1) {
        if (!t->hidden)
            report("    on set %s", onPage(run, ID, semid));
        return;
    }
    i = blockedAt(semid, sops, (int) min(n, ALL_OPS));
    if (i == -1)
        report("    on set %s, asks for %s", onPage(run, ID, semid),
               formatOps(sops, (size_t) n, ALL_OPS));
    else
        report("    on semaphore %u of set %s, asks for %s, its value is %d", sops[i].sem_num,
               onPage(run, ID, semid), formatOps(sops, (size_t) n, ALL_OPS),
               semctl(semid, sops[i].sem_num, GETVAL));
}

/* ---- the end of a session ---- */

/* In a shared namespace a new set may be another session's: this one's are those that this user has
   made and the page names. */
static bool
mayBeOurs(const struct run *run, int id)
{
    struct semid_ds ds;

    return run->isolated || (statSet(id, &ds) == 0 && ds.sem_perm.cuid == geteuid());
}

void
removeSets(struct run *run)
{
    int *ids, n = listSets(&ids);

    for (int i = 0; i < n; i++) {
        int sample = sampleOfInt(run, ID, ids[i]);

        if (hasSet(run->before, run->nbefore, ids[i]) || (sample == -1 && !mayBeOurs(run, ids[i])))
            continue;
        if (sample != -1)
            run->left[sample] = true;
        else if (run->isolated)
            run->unnamed = true;
        else
            fprintf(stderr,
                    "replay: %s:%d: set %d appeared; the session does not name it: not touched\n",
                    run->s->page, run->s->number, ids[i]);
        if ((sample != -1 || run->isolated) && mayBeOurs(run, ids[i]) &&
            semctl(ids[i], 0, IPC_RMID) == -1)
            report("cannot remove set %s", onPage(run, ID, ids[i]));
    }
    free(ids);
}
