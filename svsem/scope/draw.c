/* draw.c - see draw.h */

#include "draw.h"
#include "picture.h"
#include "svg.h"

enum { LINE = 80, SLEEP_SHOWN = 2 }; /* characters; the least of a sleep's z */

static const char legend[] =
    "- in between  z asleep in semop  = woken  . asleep elsewhere  value n/z: waiters\n";

/* Where a picture is drawn, and how. */
struct paper {
    FILE *out;
    bool colour;
    int label; /* characters of the widest label */
    int *width;
};

static int
widthOf(const struct picture *p, int col, const char *head)
{
    int width = (int) strlen(head);

    for (int i = 0; i < p->nrow; i++) {
        const struct cell *c = &p->row[i].cell[col];
        bool sleeps = *c->text != '\0' && strcmp(c->text, BORN) != 0 && c->fill == 'z';

        width = max(width, (int) strlen(c->text) + (sleeps ? SLEEP_SHOWN : 0));
    }
    return width + 1;
}

static void
printCell(const struct paper *paper, FILE *line, const struct cell *c, int width)
{
    const char *paint = c->fill == 'z' ? "\033[33m" : c->fill == '=' ? "\033[32m" : "\033[2m";
    int used = (int) strlen(c->text);

    if (paper->colour && used > 0)
        fprintf(line, "\033[1m%s\033[0m", c->text);
    else
        fputs(c->text, line);
    if (used > 0 && used < width && strcmp(c->text, BORN) != 0) {
        fputc(' ', line);
        used++;
    }
    if (paper->colour && c->fill != ' ')
        fputs(paint, line);
    for (; used < width; used++)
        fputc(c->fill, line);
    if (paper->colour && c->fill != ' ')
        fputs("\033[0m", line);
}

/* Prints a line without the blanks at its end. */
static void
printRow(const struct paper *paper, const struct row *row, int from, int to)
{
    char *text = NULL;
    size_t size;
    FILE *line = open_memstream(&text, &size);

    if (line == NULL)
        errExit("open_memstream");
    fprintf(line, "%-*s ", paper->label, row->label);
    for (int i = from; i < to; i++)
        printCell(paper, line, &row->cell[i], paper->width[i]);
    fclose(line);
    while (size > 0 && text[size - 1] == ' ')
        size--;
    fprintf(paper->out, "%.*s\n", (int) size, text);
    free(text);
}

static void
printBand(const struct run *r, const struct paper *paper, const struct picture *p, int from, int to)
{
    fprintf(paper->out, "%-*s", paper->label, headLabel(r));
    for (int i = from; i < to; i++)
        fprintf(paper->out, " %-*s", i < to - 1 ? paper->width[i] - 1 : 0, columnHead(r, i));
    fputc('\n', paper->out);
    for (int i = 0; i < p->nrow; i++)
        if (rowShows(&p->row[i], from, to))
            printRow(paper, &p->row[i], from, to);
    fputc('\n', paper->out);
}

static void
drawText(const struct run *r, FILE *out, bool colour)
{
    struct picture p = compose(r);
    struct paper paper = { .out = out, .colour = colour, .label = (int) strlen(headLabel(r)) };

    paper.width = allocate((size_t) p.ncol, sizeof(paper.width[0]));
    for (int i = 0; i < p.nrow; i++)
        paper.label = max(paper.label, (int) strlen(p.row[i].label));
    for (int i = 0; i < p.ncol; i++)
        paper.width[i] = widthOf(&p, i, columnHead(r, i));
    for (int from = 0, to; from < p.ncol; from = to) {
        to = bandEnd(&p, paper.width, from, LINE - paper.label - 1);
        printBand(r, &paper, &p, from, to);
    }
    fputs(legend, out);
    free(paper.width);
    dropPicture(&p);
}

bool
isColourful(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) && getenv("NO_COLOR") == NULL && term != NULL && strcmp(term, "dumb") != 0;
}

static bool
drawTo(const struct run *r, const char *path)
{
    const char *type = strrchr(path, '.');
    FILE *out = fopen(path, "w");
    bool failed = out == NULL;

    if (out != NULL) {
        if (type != NULL && type != path && strcmp(type, ".svg") == 0)
            drawSvg(r, out);
        else
            drawText(r, out, false);
        failed = ferror(out) != 0;
        failed |= fclose(out) != 0;
    }
    if (failed)
        fprintf(stderr, "svsem_scope: cannot write %s: %s\n", path, strerror(errno));
    return !failed;
}

bool
draw(const struct run *r, FILE *out)
{
    if (r->opt->output != NULL && drawTo(r, r->opt->output))
        return true;
    if (out != NULL) {
        drawText(r, out, isColourful(fileno(out)));
        if (fflush(out) == EOF || ferror(out)) {
            if (errno != EPIPE) /* nobody reads on */
                fprintf(stderr, "svsem_scope: cannot write the drawing: %s\n", strerror(errno));
            return false;
        }
    }
    return r->opt->output == NULL;
}
