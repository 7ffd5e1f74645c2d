/* node.c - see node.h */

#include "choose.h"
#include "node.h"
#include "touches.h"
#include "words.h"

struct candidate *
findCandidate(const struct node *n, struct choice c)
{
    for (int i = 0; i < n->n; i++)
        if (n->cand[i].choice.task == c.task && n->cand[i].choice.how == c.how)
            return &n->cand[i];
    return NULL;
}

void
dropNode(struct node *n)
{
    for (int i = 0; i < n->n; i++) {
        free(n->cand[i].call);
        dropFootprint(&n->cand[i].footprint);
    }
    free(n->cand);
}

/* A step that was tried above, or slept there, sleeps here until one comes that depends on it. */
static void
inheritSleep(const struct node *above, struct node *n, const struct event *made)
{
    for (int i = 0; i < above->n; i++) {
        const struct candidate *c = &above->cand[i];
        struct candidate *same = findCandidate(n, c->choice);

        if (same != NULL && (c->asleep || c->done) && c->choice.task != made->choice.task &&
            !footprintsMeet(&c->footprint, &made->footprint, false)) {
            same->asleep = true;
            joinFootprint(&same->footprint, &c->footprint);
        }
    }
}

/* A step that sleeps here is not made on this way, and cannot teach what could have been instead:
   a kill, a timeout. Nor can any step teach that a timeout could fire which fires only when no
   other task can go. */
static void
wantOthers(const struct run *r, struct node *n)
{
    bool sleeps = r->opt->crash || r->spare;

    for (int i = 0; i < n->n; i++)
        sleeps |= n->cand[i].asleep && n->cand[i].choice.how == STEP;
    for (int i = 0; i < n->n && sleeps; i++)
        n->cand[i].wanted = n->cand[i].choice.how != STEP;
}

struct node
newNode(const struct run *r, const struct choice *list, int n, const struct node *above,
        bool bounded)
{
    struct node node = { .n = n, .chosen = -1 };

    node.cand = allocate((size_t) n, sizeof(node.cand[0]));
    for (int i = 0; i < n; i++) {
        node.cand[i].choice = list[i];
        node.cand[i].call = copyOf(choiceText(r, list[i]));
        node.cand[i].footprint = touchesOf(r, list[i]);
    }
    if (above != NULL && !bounded)
        inheritSleep(above, &node, lastEvent(r));
    if (!bounded)
        wantOthers(r, &node);
    return node;
}

bool
chooseFirst(const struct run *r, struct node *n)
{
    struct choice *awake = NULL;
    struct candidate *c;
    int count = 0;

    for (int i = 0; i < n->n; i++)
        if (!n->cand[i].asleep &&
            (n->cand[i].choice.how == STEP || n->cand[i].choice.how == EXPIRE))
            APPEND(awake, count, n->cand[i].choice);
    for (int i = 0; i < n->n && count == 0; i++)
        if (n->cand[i].wanted && !n->cand[i].asleep)
            APPEND(awake, count, n->cand[i].choice);
    if (count == 0)
        return false;
    c = findCandidate(n, firstCome(r, awake, count));
    c->wanted = true;
    n->chosen = (int) (c - n->cand);
    free(awake);
    return true;
}

bool
chooseBounded(struct node *n, const struct node *above, int most)
{
    const struct candidate *before = above == NULL ? NULL : &above->cand[above->chosen];
    int last = before == NULL ? 0 : before->choice.task;
    struct candidate *go = findCandidate(n, (struct choice){ last, STEP });
    bool isFree = go == NULL || strcmp(go->call, "yield") == 0;

    n->preemptions = before == NULL ? 0 : above->preemptions + before->costs;
    for (int i = 0; i < n->n; i++) {
        struct candidate *c = &n->cand[i];

        c->costs =
            !isFree && c->choice.task != last && (c->choice.how == STEP || c->choice.how == EXPIRE);
        c->wanted = !c->costs || n->preemptions < most;
        if (c->wanted && (n->chosen == -1 || c == go))
            n->chosen = i;
    }
    return n->chosen != -1;
}
