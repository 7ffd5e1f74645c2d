/* kernel.c - see kernel.h */

#define _GNU_SOURCE
#include "helpers.h"
#include "kernel.h"
#include "semun.h"

/* `nsems`: how many it has if that may not be read; -1: then it is not there. */
static int
takeOver(struct model *m, int id, int key, int nsems, bool ours)
{
    struct semid_ds ds = { .sem_nsems = (unsigned short) nsems };
    union semun arg = { .buf = &ds };
    int set;

    if (semctl(id, 0, IPC_STAT, arg) == -1 && nsems == -1)
        return -1;
    set = modelAdd(m, id, key, (int) ds.sem_nsems, ours);
    arg.array = allocate(ds.sem_nsems, sizeof(arg.array[0]));
    m->set[set].blind = semctl(id, 0, GETALL, arg) == -1;
    for (int i = 0; i < m->set[set].nsems && !ours; i++)
        m->set[set].sem[i].value = arg.array[i];
    free(arg.array);
    return set;
}

int
kernelFind(struct model *m, int id)
{
    int set = modelFind(m, id);

    return set != -1 || id < 0 ? set : takeOver(m, id, IPC_PRIVATE, -1, false);
}

void
kernelMet(struct model *m, int id, int key, int nsems, bool ours)
{
    int set = modelFind(m, id);

    if (set == -1 || m->set[set].gone)
        takeOver(m, id, key, nsems, ours);
}

static bool
compare(const struct set *s, int semnum, int value, char *why, size_t size)
{
    int n, z, kernelN = semctl(s->id, semnum, GETNCNT), kernelZ = semctl(s->id, semnum, GETZCNT);

    modelCount(s, semnum, &n, &z);
    if (value == s->sem[semnum].value && kernelN == n && kernelZ == z)
        return true;
    snprintf(why, size, "semaphore %d has value %d, waiters %d/%d; computed were %d, %d/%d", semnum,
             value, kernelN, kernelZ, s->sem[semnum].value, n, z);
    return false;
}

bool
kernelAgrees(struct model *m, int set, char *why, size_t size)
{
    struct set *s = &m->set[set];
    union semun arg;
    bool same = true;

    if (s->gone || s->blind || (s->ours && s->checked == s->version))
        return true;
    arg.array = allocate((size_t) s->nsems, sizeof(arg.array[0]));
    if (semctl(s->id, 0, GETALL, arg) == -1) {
        s->blind = errno == EACCES; /* its permissions were taken away */
        s->gone = !s->blind;
    } else
        for (int i = 0; i < s->nsems; i++)
            if (s->ours)
                same = same && compare(s, i, arg.array[i], why, size);
            else if (s->sem[i].value != arg.array[i])
                modelCorrect(m, set, i, arg.array[i]);
    s->checked = s->version;
    free(arg.array);
    return same;
}
