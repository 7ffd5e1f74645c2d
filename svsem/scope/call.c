/* call.c - see call.h */

#define _GNU_SOURCE
#include <time.h>

#include "call.h"
#include "kernel.h"
#include "numbers.h"
#include "semops.h"

enum { IPC_64_BIT = 0x100 };

static void
readOps(struct call *c, struct tracee *t, long number, const unsigned long arg[6])
{
    struct timespec limit;
    size_t size;

    c->op.nsops = arg[2] > ALL_OPS ? 0 : (unsigned) arg[2]; /* the kernel refuses more: E2BIG */
    size = c->op.nsops * sizeof(c->op.sops[0]);
    c->op.sops = allocate(c->op.nsops, sizeof(c->op.sops[0]));
    if (traceeRead(t, arg[1], c->op.sops, size) != size)
        c->op.nsops = 0;
    if (number != SYS_semop && arg[3] != 0 &&
        traceeRead(t, arg[3], &limit, sizeof(limit)) == sizeof(limit)) {
        bool valid = limit.tv_sec >= 0 && limit.tv_nsec >= 0 && limit.tv_nsec < 1000000000;

        c->op.hurried = limit.tv_sec == 0 && limit.tv_nsec == 0;
        c->timed = valid && !c->op.hurried;
    }
}

static void
readCtl(struct call *c, struct tracee *t, struct model *m, const unsigned long arg[6])
{
    size_t size;

    c->semnum = (int) arg[1];
    c->cmd = (int) arg[2] & ~IPC_64_BIT;
    c->value = (int) arg[3];
    if (c->cmd != IPC_INFO && c->cmd != SEM_INFO && c->cmd != SEM_STAT && c->cmd != SEM_STAT_ANY)
        c->set = kernelFind(m, c->semid); /* those take no identifier */
    if (c->cmd != SETALL || c->set == -1)
        return;
    size = (size_t) m->set[c->set].nsems * sizeof(c->values[0]);
    c->values = allocate(size, 1);
    if (traceeRead(t, arg[3], c->values, size) != size) {
        free(c->values);
        c->values = NULL;
    }
}

static double
napLength(struct tracee *t, long number, const unsigned long arg[6])
{
    bool inFifth = number == SYS_select || number == SYS_pselect6;
    bool inThird = number == SYS_ppoll || number == SYS_clock_nanosleep;
    struct timespec length, now = { 0, 0 };

    if (number == SYS_poll)
        return (int) arg[2] / 1e3;
    if (traceeRead(t, arg[inFifth ? 4 : inThird ? 2 : 0], &length, sizeof(length)) == 0)
        return 0;
    if (number == SYS_select)
        length.tv_nsec *= 1000; /* a struct timeval */
    if (number == SYS_clock_nanosleep && (arg[1] & TIMER_ABSTIME))
        clock_gettime((clockid_t) arg[0], &now);
    return max(0, (double) (length.tv_sec - now.tv_sec) +
                      (double) (length.tv_nsec - now.tv_nsec) / 1e9);
}

void
callRead(struct call *c, struct tracee *t, struct model *m, enum kind kind, long number,
         const unsigned long arg[6])
{
    callFree(c);
    *c = (struct call){ .kind = kind, .set = -1 };
    if (kind == NAP)
        c->nap = napLength(t, number, arg);
    else if (kind == SEMGET) {
        c->key = (int) arg[0];
        c->nsems = (int) arg[1];
        c->flags = (int) arg[2];
    } else if (kind == SEMCTL || kind == SEMOP)
        c->semid = (int) arg[0];
    if (kind == SEMCTL)
        readCtl(c, t, m, arg);
    if (kind == SEMOP) {
        c->set = kernelFind(m, c->semid);
        readOps(c, t, number, arg);
    }
}

void
callFree(struct call *c)
{
    free(c->op.sops);
    free(c->values);
}

uint64_t
cloneFlags(struct tracee *t, unsigned long address)
{
    uint64_t flags = 0;

    traceeRead(t, address, &flags, sizeof(flags));
    return flags;
}

bool
callReads(const struct call *c)
{
    return c->kind == YIELD || (c->kind == SEMCTL && c->cmd != SETVAL && c->cmd != SETALL &&
                                c->cmd != IPC_SET && c->cmd != IPC_RMID);
}

bool
callNamesSemaphore(const struct call *c)
{
    return c->kind == SEMCTL && (c->cmd == GETVAL || c->cmd == SETVAL || c->cmd == GETPID ||
                                 c->cmd == GETNCNT || c->cmd == GETZCNT);
}

uint64_t
callSignature(const struct call *c)
{
    const uint64_t prime = 1099511628211u;
    uint64_t h = 1469598103934665603u;
    const int part[] = { (int) c->kind, c->semid,     c->key, c->nsems,
                         c->flags,      c->semnum,    c->cmd, c->cmd == SETVAL ? c->value : 0,
                         c->timed,      c->op.hurried };

    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
        h = (h ^ (uint64_t) part[i]) * prime;
    for (unsigned i = 0; i < c->op.nsops; i++) {
        const struct sembuf *o = &c->op.sops[i];
        uint64_t op = o->sem_num * 65536u + (unsigned short) o->sem_op;

        h = (h ^ (op * 65536u + (unsigned short) o->sem_flg)) * prime;
    }
    return h;
}
