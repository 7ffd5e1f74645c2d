/* svg.c - see svg.h */

#include "svg.h"
#include "picture.h"

/* Units of the picture. SLEEP_SHOWN: the least of a sleep's wave. */
enum { WIDTH = 960, EDGE = 10, TOP = 22, LANE_HEIGHT = 30, ROW_HEIGHT = 19, BAND_GAP = 16 };
enum { LETTER = 7, GAP = 12, SLEEP_SHOWN = 24 };

static const char style[] =
    "<style>\ntext { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
    "fill: #1f2328; }\n.label { font-weight: bold; } .head { fill: #59636e; font-size: 11px; } "
    ".back { fill: #ffffff; }\n.act { fill: #ddf4ff; stroke: #0969da; } .end { fill: #59636e; } "
    ".waits { fill: #9a6700; font-weight: bold; }\n.between { stroke: #8c959f; } "
    ".elsewhere { stroke: #8c959f; stroke-dasharray: 1 4; stroke-linecap: round; }\n"
    ".asleep { stroke: #9a6700; fill: none; } .woken { stroke: #1a7f37; } "
    ".rule { stroke: #d1d9e0; }\n@media (prefers-color-scheme: dark) {\n"
    "text { fill: #f0f6fc; } .head, .end { fill: #9198a1; } .back { fill: #0d1117; }\n"
    ".act { fill: #12305a; stroke: #4493f8; } .waits { fill: #e3b341; } "
    ".between, .elsewhere { stroke: #656c76; }\n.asleep { stroke: #e3b341; } "
    ".woken { stroke: #3fb950; } .rule { stroke: #3d444d; }\n}\n</style>\n";

static void
text(FILE *out, const char *class, int x, int y, const char *what)
{
    fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    for (; *what != '\0'; what++)
        if (*what == '<' || *what == '>' || *what == '&')
            fprintf(out, "&#%d;", *what);
        else
            fputc(*what, out);
    fputs("</text>\n", out);
}

static void
line(FILE *out, const char *class, int x, int to, int y, int thick)
{
    fprintf(out, "<path class=\"%s\" stroke-width=\"%d\" d=\"M%d %dH%d\"/>\n", class, thick, x, y,
            to);
}

/* Sleep is a wave, so that it shows without colour too. */
static void
wave(FILE *out, int x, int to, int y)
{
    fprintf(out, "<path class=\"asleep\" stroke-width=\"2\" d=\"M%d %d", x, y);
    for (; x + 8 <= to; x += 8)
        fputs("q2 -5 4 0t4 0", out);
    fprintf(out, "H%d\"/>\n", to);
}

static void
stretch(FILE *out, char state, int x, int to, int y)
{
    if (x >= to)
        return;
    if (state == '-')
        line(out, "between", x, to, y, 2);
    else if (state == '.')
        line(out, "elsewhere", x, to, y, 2);
    else if (state == 'z')
        wave(out, x, to, y);
    else if (state == '=') {
        line(out, "woken", x, to, y - 2, 2);
        line(out, "woken", x, to, y + 2, 2);
    }
}

static int
textWidth(const char *what)
{
    return (int) strlen(what) * LETTER + (int) strlen(what) / 4;
}

static void
laneCell(FILE *out, const struct cell *c, int x, int to, int y)
{
    int after = x, width = textWidth(c->text) + 8;

    if (strcmp(c->text, BORN) == 0) {
        fprintf(out, "<circle class=\"act\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n", x + 4, y);
        after = x + 8;
    } else if (*c->text != '\0') {
        fprintf(out,
                "<rect class=\"act\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" rx=\"4\"/>\n", x,
                y - 10, width);
        text(out, "call", x + 4, y + 4, c->text);
        after = x + width;
    }
    stretch(out, c->fill, after, to, y);
}

static int
columnWidth(const struct picture *p, int col, const char *head)
{
    int width = textWidth(head);

    for (int i = 0; i < p->nrow; i++) {
        const struct cell *c = &p->row[i].cell[col];
        bool sleeps = c->fill == 'z' && *c->text != '\0';

        width = max(width, textWidth(c->text) + (sleeps ? SLEEP_SHOWN : 0));
    }
    return width + GAP;
}

/* A picture that is put on paper: the x of its columns, and how wide they are. */
struct paper {
    FILE *out;
    int left, *width;
};

static void
rowCells(const struct paper *paper, const struct row *row, int from, int to, int y)
{
    for (int i = from, x = paper->left; i < to; x += paper->width[i++]) {
        const struct cell *c = &row->cell[i];

        if (row->kind == LANE)
            laneCell(paper->out, c, x, x + paper->width[i], y);
        else if (*c->text != '\0')
            text(paper->out, strchr(c->text, '/') != NULL ? "waits" : "value", x + 4, y + 4,
                 c->text);
    }
}

/* Columns `from` up to `to`. Returns the height used. */
static int
band(const struct run *r, const struct paper *paper, const struct picture *p, int from, int to,
     int top)
{
    int y = top + TOP, x = paper->left;

    for (int i = from; i < to; x += paper->width[i++])
        text(paper->out, "head", x + 4, top + 10, columnHead(r, i));
    text(paper->out, "head", EDGE, top + 10, headLabel(r));
    for (int i = 0; i < p->nrow; i++) {
        const struct row *row = &p->row[i];
        int height = row->kind == LANE ? LANE_HEIGHT : ROW_HEIGHT;

        if (!rowShows(row, from, to))
            continue;
        if (i > 0 && row->kind == SEMAPHORE && row[-1].kind == LANE) {
            line(paper->out, "rule", EDGE, x, y, 1);
            y += 4;
        }
        text(paper->out, "label", EDGE, y + height / 2 + 4, row->label);
        rowCells(paper, row, from, to, y + height / 2);
        y += height;
    }
    return y - top + BAND_GAP;
}

static int
legend(FILE *out, int y)
{
    static const struct {
        const char *what;
        int width;
        char state;
    } signs[] = { { "in between", 122, '-' },
                  { "asleep in semop", 156, 'z' },
                  { "woken", 90, '=' },
                  { "asleep elsewhere", 164, '.' } };
    int x = EDGE;

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        stretch(out, signs[i].state, x, x + 32, y);
        text(out, "head", x + 38, y + 4, signs[i].what);
        x += signs[i].width;
    }
    text(out, "waits", x, y + 4, "0 1/0");
    text(out, "head", x + 44, y + 4, "value, waiters n/z");
    return y + 20;
}

void
drawSvg(const struct run *r, FILE *out)
{
    struct picture p = compose(r);
    char *body = NULL;
    size_t size;
    struct paper paper = { .out = open_memstream(&body, &size), .left = 60 };
    int height = EDGE;

    if (paper.out == NULL)
        errExit("open_memstream");
    paper.width = allocate((size_t) p.ncol, sizeof(paper.width[0]));
    for (int i = 0; i < p.nrow; i++)
        paper.left = max(paper.left, textWidth(p.row[i].label) + 2 * EDGE + 8);
    for (int i = 0; i < p.ncol; i++)
        paper.width[i] = columnWidth(&p, i, columnHead(r, i));
    for (int from = 0, to; from < p.ncol; from = to) {
        to = bandEnd(&p, paper.width, from, WIDTH - paper.left - EDGE);
        height += band(r, &paper, &p, from, to, height);
    }
    height = legend(paper.out, height);
    fclose(paper.out);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\">\n",
            WIDTH, height, WIDTH, height);
    fprintf(out, "%s<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n%s</svg>\n", style, WIDTH,
            height, body);
    free(body);
    free(paper.width);
    dropPicture(&p);
}
