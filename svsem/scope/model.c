/* model.c - what the kernel must do with a set: values, the queue, semadj.  After ipc/sem.c of Linux, held against it.

   The kernel keeps its sleepers in several lists and tries only those that a change can concern; one list in order of
   arrival, tried from its head after each success, gives the same outcome. */

#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "scope.h"

enum { VALUE_MAX = 32767, ADJ_MAX = 32767, ADJ_MIN = -32768 };

void *room(void *array, int count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;                           /* room is doubled at 0, 1, 2, 4, 8 ... */
    array = realloc(array, (size_t) (count > 0 ? 2 * count : 1) * size);
    if (array == NULL)
        abort();
    return array;
}

/* Identifiers are used again: the youngest set has it. */
int modelFind(const struct model *m, int id)
{
    for (int i = m->nset; i-- > 0;)
        if (m->set[i].id == id)
            return i;
    return -1;
}

int modelAdd(struct model *m, int id, int key, int nsems, bool ours)
{
    struct set s = { .id = id, .key = key, .nsems = nsems, .ours = ours };
    unsigned short *values = calloc((size_t) nsems + 1, sizeof *values);

    s.sem = calloc((size_t) nsems + 1, sizeof *s.sem);
    if (s.sem == NULL || values == NULL)
        abort();
    s.blind = semctl(id, 0, GETALL, values) == -1;
    if (!ours)
        for (int i = 0; i < nsems; i++)
            s.sem[i].value = values[i];
    free(values);
    m->set = room(m->set, m->nset, sizeof *m->set);
    s.checked = -1;
    m->set[m->nset] = s;
    m->changes++;
    return m->nset++;
}

void modelDrop(struct model *m)
{
    for (int i = 0; i < m->nset; i++) {
        free(m->set[i].sem);
        free(m->set[i].queue);
    }
    for (int i = 0; i < m->nsemadj; i++) {
        free(m->semadj[i].adj);
        free(m->semadj[i].wiped);
    }
    free(m->set);
    free(m->semadj);
    free(m->woken);
    memset(m, 0, sizeof *m);
}

static int *adjOf(struct model *m, int group, int set)
{
    for (int i = 0; i < m->nsemadj; i++)
        if (m->semadj[i].group == group && m->semadj[i].set == set)
            return m->semadj[i].adj;
    m->semadj = room(m->semadj, m->nsemadj, sizeof *m->semadj);
    struct semadj *a = &m->semadj[m->nsemadj++];
    size_t n = (size_t) m->set[set].nsems + 1;
    *a = (struct semadj) { group, set, calloc(n, sizeof *a->adj), calloc(n, sizeof *a->wiped) };
    if (a->adj == NULL || a->wiped == NULL)
        abort();
    return a->adj;
}

const int *modelAdj(const struct model *m, int group, int set)
{
    for (int i = 0; i < m->nsemadj; i++)
        if (m->semadj[i].group == group && m->semadj[i].set == set)
            return m->semadj[i].adj;
    return NULL;
}

static bool undoes(const struct call *c)
{
    for (unsigned i = 0; i < c->nsops; i++)
        if (c->sops[i].sem_flg & SEM_UNDO)
            return true;
    return false;
}

static bool alters(const struct call *c)
{
    for (unsigned i = 0; i < c->nsops; i++)
        if (c->sops[i].sem_op != 0)
            return true;
    return false;
}

/* One operation.  Result as tryOps(). */
static int tryOp(struct set *s, const struct sembuf *op, int *adj)
{
    int *value = &s->sem[op->sem_num].value, result = *value + op->sem_op;

    if ((op->sem_op == 0 && *value != 0) || result < 0)
        return op->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
    if (result > VALUE_MAX)
        return -ERANGE;
    if ((op->sem_flg & SEM_UNDO) && adj != NULL) {
        int after = adj[op->sem_num] - op->sem_op;
        if (after < ADJ_MIN || after > ADJ_MAX)
            return -ERANGE;
        adj[op->sem_num] = after;
    }
    *value = result;
    return 0;
}

static void revert(struct set *s, const struct call *c, unsigned n, int *adj)
{
    while (n-- > 0) {
        const struct sembuf *op = &c->sops[n];
        s->sem[op->sem_num].value -= op->sem_op;
        if ((op->sem_flg & SEM_UNDO) && adj != NULL)
            adj[op->sem_num] += op->sem_op;
    }
}

/* DOC: all-or-none */
/* All of a call's operations or none.  Result: 0 done, 1 it must sleep at BLOCKING, or -errno. */
static int tryOps(struct model *m, int set, const struct call *c, int group, unsigned *blocking)
{
    int *adj = undoes(c) ? adjOf(m, group, set) : NULL;
    struct set *s = &m->set[set];

    for (unsigned i = 0; i < c->nsops; i++) {
        int verdict = tryOp(s, &c->sops[i], adj);
        if (verdict != 0) {
            revert(s, c, i, adj);
            *blocking = i;
            return verdict;
        }
    }
    return 0;
}

int modelPredict(struct model *m, const struct call *c, int group)
{
    unsigned blocking;

    if (c->set == -1 || m->set[c->set].gone)
        return -EINVAL;
    if (c->nsops == 0)
        return -EINVAL;
    for (unsigned i = 0; i < c->nsops; i++)
        if (c->sops[i].sem_num >= m->set[c->set].nsems)
            return -EFBIG;
    int verdict = tryOps(m, c->set, c, group, &blocking);
    if (verdict == 0)
        revert(&m->set[c->set], c, c->nsops, undoes(c) ? adjOf(m, group, c->set) : NULL);
    return verdict == 1 && c->hurried ? -EAGAIN : verdict;
}

static void stamp(struct set *s, const struct call *c, int task)
{
    for (unsigned i = 0; i < c->nsops; i++) {
        s->sem[c->sops[i].sem_num].lastTask = task;
        s->sem[c->sops[i].sem_num].changes += c->sops[i].sem_op != 0;
    }
}

static void setSem(struct sem *sem, int value, int task)
{
    *sem = (struct sem) { value, task, sem->changes + 1 };
}

long modelChanges(const struct model *m, const struct call *c)
{
    long sum = 0;

    for (int i = 0; c->kind == SEMGET && i < m->nset; i++)
        if (m->set[i].key == c->key && !m->set[i].gone)
            return i + 1;
    for (unsigned i = 0; i < c->nsops && c->set >= 0; i++)
        if (c->sops[i].sem_num < m->set[c->set].nsems)
            sum += m->set[c->set].sem[c->sops[i].sem_num].changes;
    return sum;
}

static void wake(struct model *m, struct set *s, int place, int error)
{
    m->woken = room(m->woken, m->nwoken, sizeof *m->woken);
    m->woken[m->nwoken++] = (struct woken) { .task = s->queue[place].task, .error = error };
    s->nqueue--;
    memmove(&s->queue[place], &s->queue[place + 1], (size_t) (s->nqueue - place) * sizeof *s->queue);
}

/* Tries the sleeper at PLACE.  Result: true when it left the queue; *altered when it changed the set. */
static bool tryWaiter(struct model *m, int set, int place, bool *altered)
{
    struct set *s = &m->set[set];
    struct waiter w = s->queue[place];
    int verdict = tryOps(m, set, w.call, w.group, &s->queue[place].blocking);

    if (verdict == 1)
        return false;
    if (verdict == 0) {
        stamp(s, w.call, w.task);
        m->changes += alters(w.call);
        *altered = alters(w.call);
    }
    wake(m, s, place, -verdict);
    return true;
}

static void wakeZeroWaiters(struct model *m, int set)
{
    struct set *s = &m->set[set];
    bool altered;

    for (int i = 0; i < s->nqueue;)
        if (alters(s->queue[i].call) || !tryWaiter(m, set, i, &altered))
            i++;
}

/* C is the call that touched the set, or NULL when all semaphores may have changed. */
static bool reachedZero(const struct set *s, const struct call *c)
{
    for (unsigned i = 0; c != NULL && i < c->nsops; i++)
        if (s->sem[c->sops[i].sem_num].value == 0)
            return true;
    for (int i = 0; c == NULL && i < s->nsems; i++)
        if (s->sem[i].value == 0)
            return true;
    return false;
}

/* DOC: who-wakes */
static void update(struct model *m, int set, const struct call *c)
{
    struct set *s = &m->set[set];

    s->version++;
    if (reachedZero(s, c))
        wakeZeroWaiters(m, set);
    for (int i = 0; i < s->nqueue;) {
        const struct call *waiting = s->queue[i].call;
        bool altered = false;
        if (!alters(waiting) || !tryWaiter(m, set, i, &altered))
            i++;
        else if (altered) {
            if (reachedZero(s, waiting))
                wakeZeroWaiters(m, set);
            i = 0;
        }
    }
}

/* A semop() that returned 0 without sleeping. */
void modelSemop(struct model *m, const struct task *t)
{
    const struct call *c = &t->call;
    unsigned blocking;

    if (c->set == -1 || tryOps(m, c->set, c, t->group, &blocking) != 0)
        return;
    stamp(&m->set[c->set], c, t->number);
    if (alters(c)) {
        m->changes++;
        update(m, c->set, c);
    }
}

/* A semop() that succeeded because of somebody outside: the values are asked of the kernel afterwards. */
void modelTakes(struct model *m, const struct task *t)
{
    const struct call *c = &t->call;

    stamp(&m->set[c->set], c, t->number);
    m->set[c->set].version++;
    m->changes++;
    for (unsigned i = 0; i < c->nsops; i++)
        if (c->sops[i].sem_flg & SEM_UNDO)
            adjOf(m, t->group, c->set)[c->sops[i].sem_num] -= c->sops[i].sem_op;
}

void modelSleep(struct model *m, const struct task *t)
{
    struct set *s = &m->set[t->call.set];
    struct waiter w = { .task = t->number, .group = t->group, .call = &t->call };

    tryOps(m, t->call.set, &t->call, t->group, &w.blocking);
    s->queue = room(s->queue, s->nqueue, sizeof *s->queue);
    s->queue[s->nqueue++] = w;
    s->version++;
}

const struct waiter *modelWaiter(const struct model *m, int task, int *set)
{
    for (int i = 0; i < m->nset; i++)
        for (int k = 0; k < m->set[i].nqueue; k++)
            if (m->set[i].queue[k].task == task) {
                *set = i;
                return &m->set[i].queue[k];
            }
    return NULL;
}

/* A sleeper that leaves by itself: a timeout, a signal, its death.  Nobody else is tried then. */
void modelUnqueue(struct model *m, int task)
{
    int set;
    const struct waiter *w = modelWaiter(m, task, &set);

    if (w == NULL)
        return;
    struct set *s = &m->set[set];
    int place = (int) (w - s->queue);
    s->nqueue--;
    s->version++;
    memmove(&s->queue[place], &s->queue[place + 1], (size_t) (s->nqueue - place) * sizeof *s->queue);
}

static void forgetAdj(struct model *m, int set, int low, int high)
{
    for (int i = 0; i < m->nsemadj; i++)
        for (int k = low; m->semadj[i].set == set && k <= high; k++) {
            m->semadj[i].wiped[k] |= m->semadj[i].adj[k] != 0;
            m->semadj[i].adj[k] = 0;
        }
}

/* A semctl() that succeeded. */
void modelCtl(struct model *m, const struct task *t)
{
    const struct call *c = &t->call;
    int set = c->set;

    if (set == -1 || callReads(c))
        return;
    struct set *s = &m->set[set];
    s->version++;
    if (c->cmd == IPC_RMID) {
        s->gone = true;
        m->changes++;
        forgetAdj(m, set, 0, s->nsems - 1);
        while (s->nqueue > 0)
            wake(m, s, 0, EIDRM);
    } else if (c->cmd == SETVAL || (c->cmd == SETALL && c->values != NULL)) {
        int low = c->cmd == SETVAL ? c->semnum : 0, high = c->cmd == SETVAL ? c->semnum : s->nsems - 1;
        for (int i = low; i <= high; i++)
            setSem(&s->sem[i], c->cmd == SETVAL ? c->value : c->values[i], t->number);
        forgetAdj(m, set, low, high);
        m->changes++;
        update(m, set, NULL);
    }
}

bool modelGivesBack(const struct model *m, int group, int set, int semnum)
{
    for (int i = 0; i < m->nsemadj; i++)
        if (m->semadj[i].group == group && m->semadj[i].set == set)
            return m->semadj[i].adj[semnum] != 0 || m->semadj[i].wiped[semnum];
    return false;
}

bool modelOwes(const struct model *m, int group)
{
    for (int s = 0; s < m->nset; s++)
        for (int k = 0; k < m->set[s].nsems; k++)
            if (modelGivesBack(m, group, s, k))
                return true;
    return false;
}

/* The last task of a group ends: the kernel gives back, clamped to 0 and the largest value. */
void modelExit(struct model *m, int group, int task)
{
    for (int i = m->nsemadj; i-- > 0;) {
        struct semadj *a = &m->semadj[i];
        struct set *s = &m->set[a->set];
        if (a->group != group || s->gone)
            continue;
        for (int k = 0; k < s->nsems; k++) {
            if (a->adj[k] == 0)
                continue;
            int value = s->sem[k].value + a->adj[k];
            setSem(&s->sem[k], value < 0 ? 0 : value > VALUE_MAX ? VALUE_MAX : value, task);
            a->adj[k] = 0;
            m->changes++;
        }
        update(m, a->set, NULL);
    }
}

void modelCount(const struct set *s, int semnum, int *n, int *z)
{
    *n = *z = 0;
    for (int i = 0; i < s->nqueue; i++) {
        const struct sembuf *op = &s->queue[i].call->sops[s->queue[i].blocking];
        if (op->sem_num == semnum)
            ++*(op->sem_op == 0 ? z : n);
    }
}

static bool compare(const struct set *s, int semnum, int value, char *why, size_t size)
{
    int n, z, kernelN = semctl(s->id, semnum, GETNCNT), kernelZ = semctl(s->id, semnum, GETZCNT);

    modelCount(s, semnum, &n, &z);
    if (value == s->sem[semnum].value && kernelN == n && kernelZ == z)
        return true;
    snprintf(why, size, "semaphore %d has value %d, waiters %d/%d; computed were %d, %d/%d", semnum, value, kernelN, kernelZ,
             s->sem[semnum].value, n, z);
    return false;
}

bool modelCheck(struct model *m, int set, char *why, size_t size)
{
    struct set *s = &m->set[set];
    unsigned short few[64], *values = few;
    bool same = true;

    if (s->gone || s->blind || (s->ours && s->checked == s->version))
        return true;
    if (s->nsems > 64)
        values = calloc((size_t) s->nsems, sizeof *values);
    if (values == NULL)
        abort();
    if (semctl(s->id, 0, GETALL, values) == -1) {
        s->blind = errno == EACCES;             /* its permissions were taken away: nothing to hold it against */
        s->gone = !s->blind && !s->ours;
    }
    for (int i = 0; same && !s->blind && !s->gone && i < s->nsems; i++)
        same = compare(s, i, values[i], why, size);
    if (!same && !s->ours) {                    /* somebody outside used it */
        for (int i = 0; i < s->nsems; i++) {
            if (s->sem[i].value == values[i])
                continue;
            m->changes++;
            s->version++;
            setSem(&s->sem[i], values[i], s->sem[i].lastTask);
        }
        same = true;
    }
    s->checked = s->version;
    if (values != few)
        free(values);
    return same;
}
