/* diff.c - say how what came differs from the page: a unified diff in the page's own sample values */
#include "match.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3, MAXTOKENS = 256, MAXEDITS = 200 };

struct edit {
    char sign;                  /* ' ', '-' or '+' */
    int line;                   /* of the page, as index; for '+' the one before which it stands */
    int out;                    /* for '+' */
    char *text;
};

struct diff {
    struct search m;
    int n;
    struct edit *edits;
};

/* ---- a real line in the page's values ---- */

struct token { char type; const char *p; size_t n; };   /* type: d)ate t)ime w)ord b)lanks c)haracter */

static int tokenise(const char *s, struct token *t)
{
    const char *p = s;
    char canon[48];
    int n = 0, second;

    for (; *p != '\0' && n < MAXTOKENS; p += t[n++].n) {
        t[n] = (struct token) { .type = 'c', .p = p, .n = 1 };
        if ((t[n].n = dateAt(s, p, canon)) > 0)
            t[n].type = 'd';
        else if ((t[n].n = timeAt(s, p, &second)) > 0)
            t[n].type = 't';
        else if ((t[n].n = strspn(p, " \t")) > 0)
            t[n].type = 'b';
        else if (isalnum((unsigned char) *p) || *p == '_')
            for (t[n].type = 'w'; isalnum((unsigned char) p[t[n].n]) || p[t[n].n] == '_'; t[n].n++)
                ;
        else
            t[n].n = 1;
    }
    return n;
}

/* The page's token stands where the real one stands, and means it. */
static bool alike(const struct search *m, const char *want, const struct token *w, const struct token *r)
{
    int index;

    if (w->type != r->type)
        return false;
    if (strchr("dtb", w->type) != NULL || (w->n == r->n && strncmp(w->p, r->p, w->n) == 0))
        return true;
    return sampleAt(m->run->s, want, w->p, &index) > 0 && m->bound[index] != NULL &&
           strlen(m->bound[index]) == r->n && strncmp(m->bound[index], r->p, r->n) == 0;
}

/* Where the page has a sample, another sample of its kind may stand for the real number. */
static const char *otherSample(const struct search *m, const char *want, const struct token *w,
                               const struct token *r)
{
    const struct sample *samples = m->run->s->samples;
    int i, index;

    if (r->type != 'w' || sampleAt(m->run->s, want, w->p, &index) == 0)
        return NULL;
    for (i = 0; i < m->run->s->nsamples; i++)
        if (samples[i].kind == samples[index].kind && m->bound[i] != NULL && strlen(m->bound[i]) == r->n &&
            strncmp(m->bound[i], r->p, r->n) == 0)
            return samples[i].text;
    return NULL;
}

static char *append(char *text, const char *s, size_t n)
{
    char *joined = format("%s%.*s", text, (int) n, s);

    free(text);
    return joined;
}

/* The real line with the page's values where its words stand as in `want`; *score: how much is alike, 0
   ... 100. */
static char *translate(const struct search *m, const char *want, const char *real, int *score)
{
    struct token w[MAXTOKENS], r[MAXTOKENS];
    int nw = tokenise(want, w), nr = tokenise(real, r), least = nw < nr ? nw : nr, a, b, i, same = 0;
    char *text = format("%s", "");

    for (a = 0; a < least && alike(m, want, &w[a], &r[a]); a++)
        ;
    for (b = 0; b < least - a && alike(m, want, &w[nw - 1 - b], &r[nr - 1 - b]); b++)
        ;
    for (i = 0; i < nr; i++) {
        const struct token *other = i < a ? &w[i] : i >= nr - b || nr == nw ? &w[i + nw - nr] : NULL;
        const struct token *use;
        const char *value;

        if (other != NULL && alike(m, want, other, &r[i])) {
            same++;
            use = other->type == 'b' ? &r[i] : other;
            text = append(text, use->p, use->n);
        } else if (other != NULL && (value = otherSample(m, want, other, &r[i])) != NULL) {
            text = append(text, value, strlen(value));
        } else {
            text = append(text, r[i].p, r[i].n);
        }
    }
    *score = nr + nw > 0 ? 200 * same / (nr + nw) : 0;
    return text;
}

/* The number that begins a process's line, or follows a job's, is a PID wherever it stands. */
static char *translateOwner(const struct search *m, const char *real)
{
    size_t skip = real[0] == '[' ? strcspn(real, " ") + 1 : 0, n;
    char *pid, *text;

    if (skip > strlen(real))
        skip = 0;
    n = strspn(real + skip, "0123456789");
    if (n == 0 || (skip == 0 && real[n] != ':'))
        return format("%s", real);
    pid = format("%.*s", (int) n, real + skip);
    text = format("%.*s%s%s", (int) skip, real, onPage(m->run, 'p', pid), real + skip + n);
    free(pid);
    return text;
}

static bool isMissing(const struct diff *d, int line)
{
    int i;

    for (i = 0; i < d->n; i++)
        if (d->edits[i].sign == '-' && d->edits[i].line == line)
            return true;
    return false;
}

/* What a line of the page says that could come again: an output line, or, in a job's line, a command. */
static char *sayable(const struct line *l, const char *real)
{
    size_t n = strlen(l->want);

    if (l->kind == OUTPUT)
        return format("%s", l->want);
    if (l->kind != PROMPT || !isJobLine(real))
        return NULL;
    return format("%.*s", (int) (n > 2 && strcmp(l->want + n - 2, " &") == 0 ? n - 2 : n), l->want);
}

/* Could it come where `want` stands, were it not for the order? */
static bool fits(struct diff *d, const char *want, int out)
{
    const struct segment *seg = &d->m.segs[d->m.deepSeg];
    int i, k;

    for (i = 0; i < seg->nstreams; i++)
        for (k = 0; k < seg->streams[i].n; k++)
            if (seg->streams[i].outs[k] == out)
                return wouldMatch(&d->m, want, &seg->streams[i], out);
    return false;
}

/* The line that came, in place of line `instead` of the page (-1: of none). */
static char *inPageValues(struct diff *d, int instead, int out)
{
    const struct session *s = d->m.run->s;
    const struct segment *seg = &d->m.segs[d->m.deepSeg];
    const char *real = d->m.run->outs[out].text;
    char *best = NULL, *text, *want;
    int i, score, bestScore = 49, bestLine = -1;

    for (i = 0; i < s->nlines; i++) {
        want = sayable(&s->lines[i], real);
        if (want == NULL)
            continue;
        text = translate(&d->m, want, real, &score);
        free(want);
        score += score < 50 ? 0 : isMissing(d, i) ? 100 : i >= seg->first && i < seg->last;
        if (score <= bestScore) {
            free(text);
            continue;
        }
        free(best);
        best = text;
        bestScore = score;
        bestLine = i;
    }
    if (best == NULL || (bestScore == 200 && bestLine == instead)) {
        free(best);                     /* all is alike but a time, which must be seen */
        best = translateOwner(&d->m, real);
    }
    return best;
}

/* ---- the edits ---- */

static void addEdit(struct diff *d, char sign, int line, int out)
{
    d->edits = xrealloc(d->edits, (size_t) (d->n + 1) * sizeof(*d->edits));
    d->edits[d->n++] = (struct edit) { .sign = sign, .line = line, .out = out };
}

/* The stream in which the line of the page comes soonest, and how many lines of it come before. */
static struct stream *soonest(struct diff *d, struct segment *seg, const char *want, int *skip)
{
    struct stream *found = NULL;
    int i, k;

    for (i = 0; i < seg->nstreams; i++) {
        struct stream *st = &seg->streams[i];

        for (k = st->head; k < st->n; k++) {
            if (wouldMatch(&d->m, want, st, st->outs[k]) && (found == NULL || k - st->head < *skip)) {
                found = st;
                *skip = k - st->head;
            }
        }
    }
    return found;
}

static void addMissed(struct diff *d, struct stream *st, int upto, int gaps, int line)
{
    for (; st->head < upto; st->head++)
        if (gaps == st->gaps)
            addEdit(d, '+', line, st->outs[st->head]);
}

/* The place behind the missing line of the page that is most like what came, -1 if none is. */
static int placeOfLike(struct diff *d, const struct segment *seg, int out)
{
    int i, score, best = 49, place = -1;

    for (i = 0; i < d->n; i++) {
        const struct edit *e = &d->edits[i];

        if (e->sign != '-' || e->line < seg->first || (i + 1 < d->n && d->edits[i + 1].sign == '+'))
            continue;
        free(translate(&d->m, d->m.run->s->lines[e->line].want, d->m.run->outs[out].text, &score));
        if (score > best) {
            best = score;
            place = i + 1;
        }
    }
    return place;
}

/* The place before all that came later. */
static int placeByTime(const struct diff *d, const struct segment *seg, int out)
{
    int i, place = d->n;

    for (i = d->n - 1; i >= 0 && d->edits[i].line >= seg->first; i--) {
        if (d->edits[i].out > out)
            place = i;
        else if (d->edits[i].out != -1)
            break;
    }
    return place;
}

/* A line that is left over stands behind its like, or else where it came. */
static void insertLeft(struct diff *d, const struct segment *seg, int out)
{
    int place = placeOfLike(d, seg, out), i;
    struct edit left;

    if (place == -1)
        place = placeByTime(d, seg, out);
    addEdit(d, '+', seg->last, out);
    left = d->edits[d->n - 1];
    for (i = d->n - 1; i > place; i--)
        d->edits[i] = d->edits[i - 1];
    left.line = place + 1 < d->n ? d->edits[place + 1].line : seg->last;
    d->edits[place] = left;
}

static void diffSegment(struct diff *d, struct segment *seg, int from)
{
    const struct session *s = d->m.run->s;
    struct stream *st;
    int line, skip = 0, i;

    for (line = from; line < seg->last; line++) {
        if (s->lines[line].kind != OUTPUT) {
            addEdit(d, ' ', line, -1);
            continue;
        }
        st = soonest(d, seg, s->lines[line].want, &skip);
        if (st == NULL) {
            addEdit(d, '-', line, -1);
            continue;
        }
        addMissed(d, st, st->head + skip, gapsBefore(&d->m, seg, line), line);
        matchLine(&d->m, s->lines[line].want, st, st->outs[st->head]);
        st->gaps = gapsBefore(&d->m, seg, line);
        addEdit(d, ' ', line, st->outs[st->head++]);
    }
    for (i = 0; i < seg->nstreams; i++) {
        st = &seg->streams[i];
        for (; st->head < st->n && gapsBefore(&d->m, seg, seg->last) == st->gaps; st->head++)
            insertLeft(d, seg, st->outs[st->head]);
    }
}

/* ---- printing ---- */

static void printEdits(struct diff *d, int first, int last)
{
    const struct session *s = d->m.run->s;
    int i, start = s->lines[d->edits[first].line < s->nlines ? d->edits[first].line : s->nlines - 1].number;
    int minus = 0, plus = 0;

    for (i = first; i <= last; i++) {
        minus += d->edits[i].sign != '+';
        plus += d->edits[i].sign != '-';
    }
    report("@@ -%d,%d +%d,%d @@", start, minus, start, plus);
    for (i = first; i <= last; i++)
        report("%c%s", d->edits[i].sign, d->edits[i].text);
}

static int numberOf(const struct session *s, const struct edit *e)
{
    return e->line < s->nlines ? s->lines[e->line].number : s->lines[s->nlines - 1].number + 1;
}

/* What the search has against the first edit. */
static const char *reasonFor(struct diff *d, int first)
{
    const struct edit *e = &d->edits[first];

    if (e->sign == '+')
        return "a line came that is not on the page";
    d->m.why[0] = '\0';
    if (first + 1 < d->n && e[1].sign == '+' && e->line < d->m.run->s->nlines)
        fits(d, d->m.run->s->lines[e->line].want, e[1].out);
    return d->m.why[0] != '\0' ? d->m.why : "this line did not come";
}

/* A program that ran wild need not be shown to the last line. */
static void limitEdits(struct diff *d)
{
    int i, kept = 0, plus = 0;

    for (i = 0; i < d->n; i++)
        if (d->edits[i].sign != '+' || plus++ < MAXEDITS)
            d->edits[kept++] = d->edits[i];
    if (kept < d->n)
        report("(%d more lines came)", d->n - kept);
    d->n = kept;
}

static void printEditsAround(struct diff *d, int untyped, const char *reason)
{
    const struct session *s = d->m.run->s;
    int i, first = -1, last = 0;

    limitEdits(d);
    for (i = 0; i < d->n; i++) {
        struct edit *e = &d->edits[i];

        if (e->sign == '+')
            e->text = inPageValues(d, i > 0 && e[-1].sign == '-' ? e[-1].line : -1, e->out);
        else
            e->text = format("%s", e->line < s->nlines ? s->lines[e->line].text : "$ ");
        if (e->sign != ' ') {
            first = first == -1 ? i : first;
            last = i;
        }
    }
    if (first == -1)
        return;
    if (reason[0] != '\0')
        report("%s:%d: %s", s->page, numberOf(s, &(struct edit) { .line = untyped }), reason);
    if (reason[0] == '\0' || d->edits[first].line != untyped)
        report("%s:%d: %s", s->page, numberOf(s, &d->edits[first]), reasonFor(d, first));
    report("--- %s:%d", s->page, numberOf(s, &d->edits[first]));
    report("+++ what came");
    printEdits(d, first > CONTEXT ? first - CONTEXT : 0, last + CONTEXT < d->n ? last + CONTEXT : d->n - 1);
}

void printDiff(struct run *run, int untyped, const char *reason)
{
    struct diff d = { .n = 0 };
    struct segment *seg;
    int i, from;

    if (search(&d.m, run))
        d.m.deepLine = d.m.segs[d.m.nsegs - 1].last;
    memcpy(d.m.bound, d.m.deepBound, sizeof(d.m.bound));
    if (d.m.nowners > 0)
        memcpy(d.m.owners, d.m.deepOwners, (size_t) d.m.nowners * sizeof(*d.m.owners));
    seg = &d.m.segs[d.m.deepSeg];
    from = d.m.deepLine;
    for (i = 0; i < seg->nstreams; i++) {
        seg->streams[i].head = d.m.deepHeads[i];
        seg->streams[i].gaps = d.m.deepGaps[i];
    }
    for (i = 0; i < from; i++)
        addEdit(&d, ' ', i, i >= seg->first && d.m.run->s->lines[i].kind == OUTPUT ? d.m.deepCame[i] : -1);
    diffSegment(&d, seg, from);
    memcpy(run->bound, d.m.bound, sizeof(run->bound));
    for (i = 0; i < d.n && d.edits[i].sign == ' '; i++)
        ;
    if (i == d.n)
        addEdit(&d, '-', untyped, -1);
    printEditsAround(&d, untyped, reason);
    for (i = 0; i < d.n; i++)
        free(d.edits[i].text);
    free(d.edits);
    endSearch(&d.m);
}

/* The fence line as it is and as it would have to be: what was never met goes, what was left is named. */
void printFence(const struct run *run, const bool left[])
{
    static const struct { char kind; const char *name; } fields[] = {
        { 'i', " id=" }, { 'p', " pid=" }, { 'n', " num=" }, { 'l', " leaves=" }
    };
    const struct session *s = run->s;
    char *text = format("%.*s session=%s", (int) strcspn(s->info, " \t"), s->info, s->name);
    size_t f;
    int i, n;

    for (f = 0; f < sizeof(fields) / sizeof(fields[0]); f++)
        for (i = n = 0; i < s->nsamples; i++) {
            const struct sample *sample = &s->samples[i];

            if (fields[f].kind == 'l' ? !left[i] : sample->kind != fields[f].kind || run->bound[i] == NULL)
                continue;
            text = append(text, n > 0 ? "," : fields[f].name, 12);
            text = append(text, sample->text, strlen(sample->text));
            n++;
        }
    report("--- %s:%d", s->page, s->number);
    report("+++ what came");
    report("@@ -%d,1 +%d,1 @@", s->number, s->number);
    report("-%s", s->info);
    report("+%s", text);
    free(text);
}
