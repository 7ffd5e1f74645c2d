/* draw.c - a run in plain characters: a lane for each task, a row for each semaphore, one column a step.

   A picture is made of rows of cells first; then as many columns as fit a line are printed, and the rest below. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "draw.h"

enum { LINE = 80 };

void taskName(const struct task *t, char *text, size_t size)
{
    snprintf(text, size, "P%d %.15s", t->number, t->program);
}

void laneEnd(const struct task *t, char *text, size_t size)
{
    if (WIFSIGNALED(t->status))
        snprintf(text, size, "%s", signalName(WTERMSIG(t->status)));
    else
        snprintf(text, size, "exit %d", WEXITSTATUS(t->status));
}

static struct row *addRow(struct picture *p, enum rowKind kind)
{
    p->row = room(p->row, p->nrow, sizeof *p->row);
    struct row *row = &p->row[p->nrow++];

    *row = (struct row) { .kind = kind, .cell = calloc((size_t) p->ncol, sizeof *row->cell) };
    if (row->cell == NULL)
        abort();
    for (int i = 0; i < p->ncol; i++)
        row->cell[i].fill = ' ';
    return row;
}

static void append(char *text, const char *more)
{
    size_t used = strlen(text);

    if (*more != '\0')
        snprintf(text + used, CELL - used, "%s%s", used > 0 ? " " : "", more);
}

static void actText(const struct event *e, char *text)
{
    const char *result = e->result == NULL ? "" : e->result;

    append(text, strcmp(e->call, "woken") == 0 ? "" : e->call);
    if (*result == '-')
        snprintf(text + strlen(text), CELL - strlen(text), "%s", result);
    else
        append(text, result);
}

static void addLane(const struct run *r, struct picture *p, const struct task *t)
{
    struct row *row = addRow(p, LANE);
    char end[32];

    taskName(t, row->label, sizeof row->label);
    if (r->opt->ms)                             /* no two such pictures are the same anyway */
        snprintf(row->label, sizeof row->label, "P%d %d %.15s", t->number, t->tid, t->program);
    for (int i = t->born; i < p->ncol; i++) {
        const struct event *e = &r->event[i];
        struct cell *c = &row->cell[i];
        if (i == t->born)
            strcpy(c->text, "o");
        if (e->choice.task == t->number)
            actText(e, c->text);
        if (t->state == DEAD && i == t->died) {
            laneEnd(t, end, sizeof end);
            if (strcmp(c->text, "exit") == 0 || strcmp(c->text, end) == 0)
                *c->text = '\0';
            append(c->text, end);
        }
        if (t->number <= e->ntask && !(t->state == DEAD && i >= t->died))
            c->fill = e->state[t->number - 1];
    }
}

static void addSemaphore(const struct run *r, struct picture *p, int set, int semnum)
{
    struct row *row = addRow(p, SEMAPHORE);
    char name[8];

    snprintf(row->label, sizeof row->label, "%s.%d", setName(set, name), semnum);
    for (int i = 0; i < p->ncol; i++) {
        const struct event *e = &r->event[i];
        if (set >= e->nset || e->value[set] == NULL)
            continue;
        const int *v = e->value[set] + 3 * semnum;
        if (v[1] > 0 || v[2] > 0)
            snprintf(row->cell[i].text, CELL, "%d %d/%d", v[0], v[1], v[2]);
        else
            snprintf(row->cell[i].text, CELL, "%d", v[0]);
    }
}

/* Of a large set only the semaphores that were ever used. */
static bool everUsed(const struct run *r, int set, int semnum)
{
    for (int i = 0; i < r->nevent; i++) {
        const struct event *e = &r->event[i];
        if (set < e->nset && e->value[set] != NULL)
            for (int k = 0; k < 3; k++)
                if (e->value[set][3 * semnum + k] != 0)
                    return true;
    }
    return r->model.set[set].nsems <= 4;
}

static void addSemadj(const struct run *r, struct picture *p, int task)
{
    struct row *row = NULL;

    for (int i = 0; i < p->ncol; i++) {
        const struct event *e = &r->event[i];
        if (task >= e->ntask || e->semadj[task] == NULL)
            continue;
        if (row == NULL)
            row = addRow(p, SEMADJ);
        snprintf(row->cell[i].text, CELL, "%s", e->semadj[task]);
    }
    if (row != NULL)
        snprintf(row->label, sizeof row->label, "P%d semadj", task + 1);
}

struct picture *compose(const struct run *r)
{
    struct picture *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->ncol = r->nevent;
    for (int i = 0; i < r->ntask; i++)
        addLane(r, p, r->task[i]);
    for (int s = 0; s < r->model.nset; s++)
        for (int k = 0; k < r->model.set[s].nsems; k++)
            if (everUsed(r, s, k))
                addSemaphore(r, p, s, k);
    for (int i = 0; i < r->ntask; i++)
        addSemadj(r, p, i);
    return p;
}

void dropPicture(struct picture *p)
{
    for (int i = 0; i < p->nrow; i++)
        free(p->row[i].cell);
    free(p->row);
    free(p);
}

static int widthOf(const struct picture *p, int col, const char *head)
{
    int width = (int) strlen(head);

    for (int i = 0; i < p->nrow; i++) {
        const struct cell *c = &p->row[i].cell[col];
        int n = (int) strlen(c->text) + (p->row[i].kind == LANE && *c->text != '\0' && strcmp(c->text, "o") != 0 && c->fill == 'z' ? 2 : 0);
        width = n > width ? n : width;
    }
    return width + 1;
}

void columnHead(const struct run *r, int col, char *text, size_t size)
{
    if (r->opt->ms)
        snprintf(text, size, "%.2f", r->event[col].ms);
    else
        snprintf(text, size, "%d", col);
}

bool rowShows(const struct row *row, int from, int to)
{
    for (int i = from; i < to; i++)
        if (row->cell[i].text[0] != '\0' || row->cell[i].fill != ' ')
            return true;
    return false;
}

static void printCell(FILE *out, const struct cell *c, int width, bool colour)
{
    const char *paint = !colour ? "" : c->fill == 'z' ? "\033[33m" : c->fill == '=' ? "\033[32m" : "\033[2m";
    int used = 0;

    if (*c->text != '\0')
        used = fprintf(out, "%s%s%s", colour ? "\033[1m" : "", c->text, colour ? "\033[0m" : "") - (colour ? 8 : 0);
    if (used > 0 && used < width && strcmp(c->text, "o") != 0) {
        fputc(' ', out);
        used++;
    }
    fputs(c->fill == ' ' ? "" : paint, out);
    for (; used < width; used++)
        fputc(c->fill, out);
    fputs(colour && c->fill != ' ' ? "\033[0m" : "", out);
}

/* Prints a line without the blanks at its end. */
static void printRow(FILE *out, const struct row *row, int label, int from, int to, const int *width, bool colour)
{
    char *line = NULL;
    size_t size;
    FILE *f = open_memstream(&line, &size);

    if (f == NULL)
        abort();
    fprintf(f, "%-*s ", label, row->label);
    for (int i = from; i < to; i++)
        printCell(f, &row->cell[i], width[i], colour);
    fclose(f);
    while (size > 0 && line[size - 1] == ' ')
        line[--size] = '\0';
    fprintf(out, "%s\n", line);
    free(line);
}

static void printBand(const struct run *r, FILE *out, const struct picture *p, int label, int from, int to, const int *width,
                      bool colour)
{
    struct row numbers = { .label = "step", .cell = calloc((size_t) p->ncol, sizeof *numbers.cell) };

    for (int i = from; i < to; i++) {
        columnHead(r, i, numbers.cell[i].text, CELL);
        numbers.cell[i].fill = ' ';
    }
    if (r->opt->ms)
        strcpy(numbers.label, "ms");
    printRow(out, &numbers, label, from, to, width, false);
    for (int i = 0; i < p->nrow; i++)
        if (rowShows(&p->row[i], from, to))
            printRow(out, &p->row[i], label, from, to, width, colour);
    free(numbers.cell);
}

void draw(const struct run *r, FILE *out, bool colour)
{
    struct picture *p = compose(r);
    int *width = calloc((size_t) p->ncol, sizeof *width), label = 4;
    char text[32];

    if (width == NULL)
        abort();
    for (int i = 0; i < p->nrow; i++)
        label = (int) strlen(p->row[i].label) > label ? (int) strlen(p->row[i].label) : label;
    for (int i = 0; i < p->ncol; i++) {
        columnHead(r, i, text, sizeof text);
        width[i] = widthOf(p, i, text);
    }
    for (int from = 0, to; from < p->ncol; from = to) {
        int used = label + 1;
        for (to = from; to < p->ncol && (to == from || used + width[to] <= LINE); to++)
            used += width[to];
        printBand(r, out, p, label, from, to, width, colour);
        fputc('\n', out);
    }
    fprintf(out, LEGEND "\n");
    free(width);
    dropPicture(p);
}

bool colourful(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) && getenv("NO_COLOR") == NULL && term != NULL && strcmp(term, "dumb") != 0;
}

bool drawTo(const struct run *r, const char *path)
{
    size_t n = strlen(path);
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        fprintf(stderr, "svsem_scope: cannot write %s\n", path);
        return false;
    }
    if (n > 4 && strcmp(path + n - 4, ".svg") == 0)
        drawSvg(r, out);
    else
        draw(r, out, false);
    return fclose(out) == 0;
}
