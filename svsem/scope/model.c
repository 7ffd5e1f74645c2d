/* model.c - see model.h

   The kernel keeps its sleepers in several lists and tries only those that a change can concern;
   one list in order of arrival, tried from its head after each success, has the same outcome. */

#include "helpers.h"
#include "model.h"

enum { VALUE_MAX = 32767, ADJ_MAX = 32767, ADJ_MIN = -32768 };

int
modelFind(const struct model *m, int id)
{
    for (int i = m->nset; i-- > 0;)
        if (m->set[i].id == id)
            return i;
    return -1;
}

int
modelFindKey(const struct model *m, int key)
{
    for (int i = 0; i < m->nset; i++)
        if (m->set[i].key == key && !m->set[i].gone)
            return i;
    return -1;
}

int
modelAdd(struct model *m, int id, int key, int nsems, bool ours)
{
    struct set s = { .id = id, .key = key, .nsems = nsems, .ours = ours, .checked = -1 };

    s.sem = allocate((size_t) nsems, sizeof(s.sem[0]));
    APPEND(m->set, m->nset, s);
    m->changes++;
    return m->nset - 1;
}

void
modelDrop(struct model *m)
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
}

/* ---- semadj ---- */

static struct semadj *
findSemadj(const struct model *m, int group, int set)
{
    for (int i = 0; i < m->nsemadj; i++)
        if (m->semadj[i].group == group && m->semadj[i].set == set)
            return &m->semadj[i];
    return NULL;
}

const int *
modelAdj(const struct model *m, int group, int set)
{
    const struct semadj *a = findSemadj(m, group, set);

    return a == NULL ? NULL : a->adj;
}

static void
addToAdj(struct model *m, int group, int set, int semnum, int op)
{
    struct semadj *a = findSemadj(m, group, set), new = { .group = group, .set = set };

    if (a == NULL) {
        new.adj = allocate((size_t) m->set[set].nsems, sizeof(new.adj[0]));
        new.wiped = allocate((size_t) m->set[set].nsems, sizeof(new.wiped[0]));
        APPEND(m->semadj, m->nsemadj, new);
        a = &m->semadj[m->nsemadj - 1];
    }
    a->adj[semnum] += op;
}

static void
wipeAdj(struct model *m, int set, int low, int high)
{
    for (int i = 0; i < m->nsemadj; i++)
        for (int k = low; m->semadj[i].set == set && k <= high; k++) {
            m->semadj[i].wiped[k] |= m->semadj[i].adj[k] != 0;
            m->semadj[i].adj[k] = 0;
        }
}

bool
modelGivesBack(const struct model *m, int group, int set, int semnum)
{
    const struct semadj *a = findSemadj(m, group, set);

    return a != NULL && (a->adj[semnum] != 0 || a->wiped[semnum]);
}

bool
modelOwes(const struct model *m, int group)
{
    for (int s = 0; s < m->nset; s++)
        for (int k = 0; k < m->set[s].nsems; k++)
            if (modelGivesBack(m, group, s, k))
                return true;
    return false;
}

/* ---- operations ---- */

static bool
alters(const struct semop *op)
{
    for (unsigned i = 0; i < op->nsops; i++)
        if (op->sops[i].sem_op != 0)
            return true;
    return false;
}

/* What the first `n` operations of a call add to a semaphore; `flag`: those with that flag. */
static int
sumOf(const struct semop *op, unsigned n, int semnum, int flag)
{
    int sum = 0;

    for (unsigned i = 0; i < n; i++)
        if (op->sops[i].sem_num == semnum && (op->sops[i].sem_flg & flag) == flag)
            sum += op->sops[i].sem_op;
    return sum;
}

/* DOC: all-or-none */
/* Each operation meets the values that those before it in its call would leave; the set is not
   altered here. Returns 0: all can be done; 1: the call must sleep, for *blocking; or -errno. */
static int
tryOps(const struct set *s, const struct semop *op, const int *adj, unsigned *blocking)
{
    for (unsigned i = 0; i < op->nsops; i++) {
        const struct sembuf *o = &op->sops[i];
        int value = s->sem[o->sem_num].value + sumOf(op, i, o->sem_num, 0);
        int undo = (adj == NULL ? 0 : adj[o->sem_num]) - sumOf(op, i + 1, o->sem_num, SEM_UNDO);

        *blocking = i;
        if ((o->sem_op == 0 && value != 0) || value + o->sem_op < 0)
            return o->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
        if (value + o->sem_op > VALUE_MAX)
            return -ERANGE;
        if ((o->sem_flg & SEM_UNDO) && (undo < ADJ_MIN || undo > ADJ_MAX))
            return -ERANGE;
    }
    return 0;
}

int
modelPredict(const struct model *m, int set, const struct semop *op, int group)
{
    unsigned blocking;

    if (set == -1 || m->set[set].gone || op->nsops == 0)
        return -EINVAL;
    for (unsigned i = 0; i < op->nsops; i++)
        if (op->sops[i].sem_num >= m->set[set].nsems)
            return -EFBIG;
    int result = tryOps(&m->set[set], op, modelAdj(m, group, set), &blocking);
    return result == 1 && op->hurried ? -EAGAIN : result;
}

long
modelChanges(const struct model *m, int set, const struct semop *op)
{
    long sum = 0;

    for (unsigned i = 0; i < op->nsops && set >= 0; i++)
        if (op->sops[i].sem_num < m->set[set].nsems)
            sum += m->set[set].sem[op->sops[i].sem_num].changes;
    return sum;
}

/* `known`: the values were right before it. */
static void
perform(struct model *m, int set, const struct semop *op, int group, bool known)
{
    for (unsigned i = 0; i < op->nsops; i++) {
        const struct sembuf *o = &op->sops[i];
        struct sem *sem = &m->set[set].sem[o->sem_num];

        sem->value += known ? o->sem_op : 0;
        sem->changes += o->sem_op != 0;
        if (o->sem_flg & SEM_UNDO)
            addToAdj(m, group, set, o->sem_num, -o->sem_op);
    }
    m->changes += alters(op);
}

/* ---- the queue ---- */

static void
unqueue(struct set *s, int place)
{
    s->nqueue--;
    memmove(&s->queue[place], &s->queue[place + 1],
            (size_t) (s->nqueue - place) * sizeof(s->queue[0]));
}

/* Tries the sleeper at `place`. Returns true when it has left the queue; *altered: and has changed
   the set. */
static bool
tryWaiter(struct model *m, int set, int place, bool *altered)
{
    struct waiter *w = &m->set[set].queue[place];
    int result = tryOps(&m->set[set], w->op, modelAdj(m, w->group, set), &w->blocking);

    if (result == 1)
        return false;
    if (result == 0) {
        perform(m, set, w->op, w->group, true);
        *altered = alters(w->op);
    }
    APPEND(m->woken, m->nwoken, (struct woken){ .task = w->task, .error = -result });
    unqueue(&m->set[set], place);
    return true;
}

static void
wakeZeroWaiters(struct model *m, int set)
{
    bool altered;

    for (int i = 0; i < m->set[set].nqueue;)
        if (alters(m->set[set].queue[i].op) || !tryWaiter(m, set, i, &altered))
            i++;
}

/* `op` has touched the set; NULL: all semaphores may have changed. */
static bool
reachedZero(const struct set *s, const struct semop *op)
{
    for (unsigned i = 0; op != NULL && i < op->nsops; i++)
        if (s->sem[op->sops[i].sem_num].value == 0)
            return true;
    for (int i = 0; op == NULL && i < s->nsems; i++)
        if (s->sem[i].value == 0)
            return true;
    return false;
}

/* DOC: who-wakes */
/* A change lets the sleepers that wait for zero alone go first. The others are tried in order of
   arrival, from the first again after each that has altered the set. */
static void
update(struct model *m, int set, const struct semop *op)
{
    struct set *s = &m->set[set];

    s->version++;
    if (reachedZero(s, op))
        wakeZeroWaiters(m, set);
    for (int i = 0; i < s->nqueue;) {
        const struct semop *waiting = s->queue[i].op;
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

void
modelSemop(struct model *m, int set, const struct semop *op, int group)
{
    perform(m, set, op, group, true);
    if (alters(op))
        update(m, set, op);
}

void
modelTakes(struct model *m, int set, const struct semop *op, int group)
{
    perform(m, set, op, group, false);
    m->set[set].version++;
}

void
modelSleep(struct model *m, int set, const struct semop *op, int task, int group)
{
    struct set *s = &m->set[set];
    struct waiter w = { .task = task, .group = group, .op = op };

    tryOps(s, op, modelAdj(m, group, set), &w.blocking);
    APPEND(s->queue, s->nqueue, w);
    s->version++;
}

const struct waiter *
modelWaiter(const struct model *m, int task, int *set)
{
    for (*set = 0; *set < m->nset; (*set)++)
        for (int k = 0; k < m->set[*set].nqueue; k++)
            if (m->set[*set].queue[k].task == task)
                return &m->set[*set].queue[k];
    return NULL;
}

void
modelUnqueue(struct model *m, int task)
{
    int set;
    const struct waiter *w = modelWaiter(m, task, &set);

    if (w != NULL) {
        m->set[set].version++;
        unqueue(&m->set[set], (int) (w - m->set[set].queue));
    }
}

void
modelCount(const struct set *s, int semnum, int *ncnt, int *zcnt)
{
    *ncnt = *zcnt = 0;
    for (int i = 0; i < s->nqueue; i++) {
        const struct sembuf *op = &s->queue[i].op->sops[s->queue[i].blocking];

        if (op->sem_num == semnum)
            ++*(op->sem_op == 0 ? zcnt : ncnt);
    }
}

/* ---- semctl(), and the end of a process ---- */

static void
setSem(struct model *m, int set, int semnum, int value)
{
    struct sem *sem = &m->set[set].sem[semnum];

    *sem = (struct sem){ .value = value, .changes = sem->changes + 1 };
    m->changes++;
}

void
modelSet(struct model *m, int set, int low, int high, const unsigned short *values)
{
    for (int i = low; i <= high; i++)
        setSem(m, set, i, values[i - low]);
    wipeAdj(m, set, low, high);
    update(m, set, NULL);
}

void
modelCorrect(struct model *m, int set, int semnum, int value)
{
    setSem(m, set, semnum, value);
    m->set[set].version++;
}

void
modelRemove(struct model *m, int set)
{
    struct set *s = &m->set[set];

    s->gone = true;
    s->version++;
    m->changes++;
    wipeAdj(m, set, 0, s->nsems - 1);
    for (int i = 0; i < s->nqueue; i++)
        APPEND(m->woken, m->nwoken, (struct woken){ s->queue[i].task, EIDRM });
    s->nqueue = 0;
}

void
modelExit(struct model *m, int group)
{
    for (int i = m->nsemadj; i-- > 0;) {
        struct semadj *a = &m->semadj[i];
        const struct set *s = &m->set[a->set];

        if (a->group != group || s->gone)
            continue;
        for (int k = 0; k < s->nsems; k++) {
            if (a->adj[k] != 0)
                setSem(m, a->set, k, max(0, min(s->sem[k].value + a->adj[k], VALUE_MAX)));
            a->adj[k] = 0;
        }
        update(m, a->set, NULL);
    }
}
