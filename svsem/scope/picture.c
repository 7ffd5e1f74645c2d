/* picture.c - see picture.h */

#include "picture.h"
#include "words.h"

enum { ALWAYS_SHOWN = 4 }; /* semaphores of a set; of a larger one, those that were ever used */

static struct row *
addRow(struct picture *p, enum rowKind kind)
{
    struct row row = { .kind = kind };

    row.cell = allocate((size_t) p->ncol, sizeof(row.cell[0]));
    for (int i = 0; i < p->ncol; i++)
        row.cell[i].fill = ' ';
    APPEND(p->row, p->nrow, row);
    return &p->row[p->nrow - 1];
}

static void
add(char *text, const char *between, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, CELL - used, "%s%s", used > 0 && *more != '\0' ? between : "", more);
}

static void
addAct(char *text, const struct event *e)
{
    const char *result = e->result == NULL ? "" : e->result;

    if (strcmp(e->call, "woken") != 0)
        add(text, " ", e->call);
    add(text, *result == '-' ? "" : " ", result);
}

static void
addLane(const struct run *r, struct picture *p, const struct task *t)
{
    struct row *row = addRow(p, LANE);

    snprintf(row->label, LABEL, "%s", taskName(t));
    if (r->opt->ms) /* no two such pictures are the same anyway */
        snprintf(row->label, LABEL, "P%d %d %.15s", t->number, t->tracee.tid, t->program);
    for (int i = t->born; i < p->ncol; i++) {
        const struct event *e = &r->event[i];
        char *text = row->cell[i].text;
        bool over = t->state == DEAD && i >= t->died;

        if (i == t->born)
            add(text, "", BORN);
        if (e->choice.task == t->number)
            addAct(text, e);
        if (over && i == t->died) {
            if (strcmp(text, "exit") == 0 || strcmp(text, endText(t)) == 0)
                *text = '\0';
            add(text, " ", endText(t));
        }
        if (t->number <= e->ntask && !over)
            row->cell[i].fill = e->state[t->number - 1];
    }
}

static void
addSemaphore(const struct run *r, struct picture *p, int set, int semnum)
{
    struct row *row = addRow(p, SEMAPHORE);

    snprintf(row->label, LABEL, "%s.%d", setName(set), semnum);
    for (int i = 0; i < p->ncol; i++) {
        const struct event *e = &r->event[i];
        const int *v;

        if (set >= e->nset || e->value[set] == NULL)
            continue;
        v = e->value[set] + 3 * semnum;
        if (v[1] > 0 || v[2] > 0)
            snprintf(row->cell[i].text, CELL, "%d %d/%d", v[0], v[1], v[2]);
        else
            snprintf(row->cell[i].text, CELL, "%d", v[0]);
    }
}

static bool
isShown(const struct run *r, int set, int semnum)
{
    for (int i = 0; i < r->nevent; i++) {
        const struct event *e = &r->event[i];

        if (set < e->nset && e->value[set] != NULL)
            for (int k = 3 * semnum; k < 3 * semnum + 3; k++)
                if (e->value[set][k] != 0)
                    return true;
    }
    return r->model.set[set].nsems <= ALWAYS_SHOWN;
}

static void
addSemadj(const struct run *r, struct picture *p, int task)
{
    struct row *row = NULL;

    for (int i = 0; i < p->ncol; i++) {
        const struct event *e = &r->event[i];

        if (task >= e->ntask || e->semadj[task] == NULL)
            continue;
        if (row == NULL)
            row = addRow(p, SEMADJ);
        snprintf(row->label, LABEL, "P%d semadj", task + 1);
        snprintf(row->cell[i].text, CELL, "%s", e->semadj[task]);
    }
}

struct picture
compose(const struct run *r)
{
    struct picture p = { .ncol = r->nevent };

    for (int i = 0; i < r->ntask; i++)
        addLane(r, &p, r->task[i]);
    for (int s = 0; s < r->model.nset; s++)
        for (int k = 0; k < r->model.set[s].nsems; k++)
            if (isShown(r, s, k))
                addSemaphore(r, &p, s, k);
    for (int i = 0; i < r->ntask; i++)
        addSemadj(r, &p, i);
    return p;
}

void
dropPicture(struct picture *p)
{
    for (int i = 0; i < p->nrow; i++)
        free(p->row[i].cell);
    free(p->row);
}

const char *
columnHead(const struct run *r, int col)
{
    static char text[32];

    if (r->opt->ms)
        snprintf(text, sizeof(text), "%.2f", r->event[col].ms);
    else
        snprintf(text, sizeof(text), "%d", col);
    return text;
}

const char *
headLabel(const struct run *r)
{
    return r->opt->ms ? "ms" : "step";
}

bool
rowShows(const struct row *row, int from, int to)
{
    for (int i = from; i < to; i++)
        if (row->cell[i].text[0] != '\0' || row->cell[i].fill != ' ')
            return true;
    return false;
}

int
bandEnd(const struct picture *p, const int width[], int from, int room)
{
    int to = from, used = 0;

    while (to < p->ncol && (to == from || used + width[to] <= room))
        used += width[to++];
    return to;
}
