/* footprint.c - see footprint.h */

#include "helpers.h"
#include "footprint.h"

uint64_t
processBit(int process)
{
    return 1ull << (process % 64);
}

void
addSpan(struct footprint *f, int set, int low, int high, bool own)
{
    for (int i = 0; i < f->nspan; i++) {
        const struct span *s = &f->span[i];

        if (s->set == set && s->low <= low && high <= s->high && s->own >= own)
            return;
    }
    APPEND(f->span, f->nspan, (struct span){ set, low, high, own });
}

void
addOps(struct footprint *f, int set, const struct semop *op, bool own)
{
    for (unsigned i = 0; i < op->nsops && set >= 0; i++)
        addSpan(f, set, op->sops[i].sem_num, op->sops[i].sem_num, own);
}

void
joinFootprint(struct footprint *to, const struct footprint *from)
{
    to->all |= from->all;
    to->stirs |= from->stirs;
    for (int i = 0; i < from->nspan; i++)
        addSpan(to, from->span[i].set, from->span[i].low, from->span[i].high, from->span[i].own);
}

bool
footprintsMeet(const struct footprint *a, const struct footprint *b, bool ownOnly)
{
    if ((a->all && !b->quiet) || (b->all && !a->quiet))
        return true;
    if ((a->stirs & processBit(b->process)) || (b->stirs & processBit(a->process)))
        return true;
    for (int i = 0; i < a->nspan; i++)
        for (int k = 0; k < b->nspan; k++) {
            const struct span *s = &a->span[i], *o = &b->span[k];

            if (s->set == o->set && s->low <= o->high && o->low <= s->high &&
                (!ownOnly || (s->own && o->own)))
                return true;
        }
    return false;
}

void
dropFootprint(struct footprint *f)
{
    free(f->span);
}
