/* svg.c - a run as a picture for a page, light and dark. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include "draw.h"

enum { WIDTH = 960, LETTER = 7, GAP = 12, TOP = 22, LANE_HEIGHT = 30, ROW_HEIGHT = 19, BAND_GAP = 16, EDGE = 10 };

static const char style[] =
"<style>\n"
"text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; }\n"
".label { font-weight: bold; } .head { fill: #59636e; font-size: 11px; } .back { fill: #ffffff; }\n"
".act { fill: #ddf4ff; stroke: #0969da; } .end { fill: #59636e; } .waits { fill: #9a6700; font-weight: bold; }\n"
".between { stroke: #8c959f; } .elsewhere { stroke: #8c959f; stroke-dasharray: 1 4; stroke-linecap: round; }\n"
".asleep { stroke: #9a6700; fill: none; } .woken { stroke: #1a7f37; } .rule { stroke: #d1d9e0; }\n"
"@media (prefers-color-scheme: dark) {\n"
"text { fill: #f0f6fc; } .head, .end { fill: #9198a1; } .back { fill: #0d1117; }\n"
".act { fill: #12305a; stroke: #4493f8; } .waits { fill: #e3b341; } .between, .elsewhere { stroke: #656c76; }\n"
".asleep { stroke: #e3b341; } .woken { stroke: #3fb950; } .rule { stroke: #3d444d; }\n"
"}\n"
"</style>\n";

static void text(FILE *out, const char *class, int x, int y, const char *what)
{
    fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    for (; *what != '\0'; what++)
        if (*what == '<' || *what == '>' || *what == '&')
            fprintf(out, "&#%d;", *what);
        else
            fputc(*what, out);
    fputs("</text>\n", out);
}

static void line(FILE *out, const char *class, int x, int to, int y, int thick)
{
    fprintf(out, "<path class=\"%s\" stroke-width=\"%d\" d=\"M%d %dH%d\"/>\n", class, thick, x, y, to);
}

/* Sleep is a wave, so that it shows without colour too. */
static void wave(FILE *out, int x, int to, int y)
{
    fprintf(out, "<path class=\"asleep\" stroke-width=\"2\" d=\"M%d %d", x, y);
    for (; x + 8 <= to; x += 8)
        fputs("q2 -5 4 0t4 0", out);
    fprintf(out, "H%d\"/>\n", to);
}

static void span(FILE *out, char state, int x, int to, int y)
{
    if (x >= to)
        return;
    switch (state) {
    case '-':   line(out, "between", x, to, y, 2); break;
    case '.':   line(out, "elsewhere", x, to, y, 2); break;
    case 'z':   wave(out, x, to, y); break;
    case '=':
        line(out, "woken", x, to, y - 2, 2);
        line(out, "woken", x, to, y + 2, 2);
        break;
    default:    break;
    }
}

static int textWidth(const char *what)
{
    return (int) strlen(what) * LETTER + (int) strlen(what) / 4;
}

static void laneCell(FILE *out, const struct cell *c, int x, int to, int y)
{
    bool born = strcmp(c->text, "o") == 0;
    int after = x;

    if (born) {
        fprintf(out, "<circle class=\"act\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n", x + 4, y);
        after = x + 8;
    } else if (*c->text != '\0') {
        int width = textWidth(c->text) + 8;
        fprintf(out, "<rect class=\"act\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" rx=\"4\"/>\n", x, y - 10, width);
        text(out, "call", x + 4, y + 4, c->text);
        after = x + width;
    }
    span(out, c->fill, after, to, y);
}

static int columnWidth(const struct run *r, const struct picture *p, int col)
{
    char head[32];
    columnHead(r, col, head, sizeof head);
    int width = textWidth(head);

    for (int i = 0; i < p->nrow; i++) {
        const struct cell *c = &p->row[i].cell[col];
        bool sleeps = c->fill == 'z' && *c->text != '\0';
        int n = textWidth(c->text) + (sleeps ? 24 : 0);
        width = n > width ? n : width;
    }
    return width + GAP;
}

static void rowCells(FILE *out, const struct row *row, int from, int to, int x, int y, const int *width)
{
    for (int i = from; i < to; x += width[i++]) {
        const struct cell *c = &row->cell[i];
        if (row->kind == LANE)
            laneCell(out, c, x, x + width[i], y);
        else if (*c->text != '\0')
            text(out, strchr(c->text, '/') != NULL ? "waits" : "value", x + 4, y + 4, c->text);
    }
}

/* Result: the height used. */
static int band(const struct run *r, FILE *out, const struct picture *p, int label, int from, int to, int top, const int *width)
{
    int y = top + TOP, x = label, right = label;
    char head[32];

    for (int i = from; i < to; x += width[i++]) {
        columnHead(r, i, head, sizeof head);
        text(out, "head", x + 4, top + 10, head);
        right += width[i];
    }
    text(out, "head", EDGE, top + 10, r->opt->ms ? "ms" : "step");
    for (int i = 0; i < p->nrow; i++) {
        const struct row *row = &p->row[i];
        int height = row->kind == LANE ? LANE_HEIGHT : ROW_HEIGHT;
        if (!rowShows(row, from, to))
            continue;
        if (i > 0 && row->kind == SEMAPHORE && row[-1].kind == LANE) {
            line(out, "rule", EDGE, right, y, 1);
            y += 4;
        }
        text(out, "label", EDGE, y + height / 2 + 4, row->label);
        rowCells(out, row, from, to, label, y + height / 2, width);
        y += height;
    }
    return y - top + BAND_GAP;
}

static int legend(FILE *out, int y)
{
    static const struct { const char *what; int width; char state; } signs[] = {
        { "in between", 122, '-' }, { "asleep in semop", 156, 'z' }, { "woken", 90, '=' }, { "asleep elsewhere", 164, '.' },
    };
    int x = EDGE;

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        span(out, signs[i].state, x, x + 32, y);
        text(out, "head", x + 38, y + 4, signs[i].what);
        x += signs[i].width;
    }
    text(out, "waits", x, y + 4, "0 1/0");
    text(out, "head", x + 44, y + 4, "value, waiters n/z");
    return y + 20;
}

void drawSvg(const struct run *r, FILE *out)
{
    struct picture *p = compose(r);
    int width[p->ncol], label = 60, height = EDGE;
    char *body = NULL;
    size_t size;
    FILE *f = open_memstream(&body, &size);

    for (int i = 0; i < p->nrow; i++)
        if (textWidth(p->row[i].label) + 2 * EDGE + 8 > label)
            label = textWidth(p->row[i].label) + 2 * EDGE + 8;
    for (int i = 0; i < p->ncol; i++)
        width[i] = columnWidth(r, p, i);
    for (int from = 0, to; f != NULL && from < p->ncol; from = to) {
        int used = label + EDGE;
        for (to = from; to < p->ncol && (to == from || used + width[to] <= WIDTH); to++)
            used += width[to];
        height += band(r, f, p, label, from, to, height, width);
    }
    if (f == NULL)
        return;
    height = legend(f, height);
    fclose(f);
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH, height, WIDTH,
            height);
    fprintf(out, "%s<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n%s</svg>\n", style, WIDTH, height, body);
    free(body);
    dropPicture(p);
}
