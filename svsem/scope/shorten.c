/* shorten.c - see shorten.h */

#include "choose.h"
#include "drive.h"
#include "shorten.h"
#include "wait.h"

enum { MOST_TRIES = 200 };

static int
switches(const struct run *r)
{
    int n = 0;

    for (int i = 2; i < r->nevent; i++)
        n += r->event[i].choice.task != r->event[i - 1].choice.task;
    return n;
}

/* A run by the choices of `r`, without the one at `skip` and those that cannot be made; then the
   task that went last goes on as long as it can. */
static struct run
runWithout(const struct run *r, const struct options *opt, int skip)
{
    struct run other;
    struct choice *list;
    int at = 1;

    runBegin(&other, opt);
    for (int n; (n = runChoices(&other, &list)) > 0; free(list)) {
        struct choice next = { lastEvent(&other)->choice.task, STEP };

        while (at < r->nevent && (at == skip || !isOffered(list, n, r->event[at].choice)))
            at++;
        if (at < r->nevent)
            next = r->event[at++].choice;
        else if (!isOffered(list, n, next))
            next = firstCome(&other, list, n);
        runStep(&other, next);
    }
    runTrim(&other);
    runEnd(&other);
    return other;
}

void
shorten(struct run *r)
{
    const struct options *opt = r->opt;
    struct options hasty = *opt;
    int skip = 1;

    hasty.hasty = true; /* that none of its pollers gives up is known */
    for (int tries = 0; skip < r->nevent && tries < MOST_TRIES && endingSignal == 0; tries++) {
        struct run other = runWithout(r, &hasty, skip);

        if (other.verdict == r->verdict &&
            (other.nevent < r->nevent ||
             (other.nevent == r->nevent && switches(&other) < switches(r)))) {
            runDrop(r);
            *r = other;
        } else {
            runDrop(&other);
            skip++;
        }
    }
    r->opt = opt;
}
