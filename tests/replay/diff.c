/* diff.c - how what came differs from the page: a unified diff in the page's own sample values */

#include "match.h"

enum { CONTEXT = 3, MAXTOKENS = 256, MAXEDITS = 200 };

struct edit {
    char sign; /* ' ', '-' or '+' */
    int line;  /* of the page, as index; for '+' the one before which it stands */
    int out;   /* index in run->outs; -1 for none */
    char *text;
};

struct diff {
    struct search m;
    int n;
    struct edit *edits;
};

/* ---- a real line in the page's values ---- */

/* type: d)ate t)ime w)ord b)lanks c)haracter */
struct token {
    char type;
    const char *p;
    size_t n;
};

static int
tokenise(const char *s, struct token *t)
{
    int n = 0;
    time_t when;
    bool date;

    for (const char *p = s; *p != '\0' && n < MAXTOKENS; p += t[n++].n) {
        t[n] = (struct token){ .type = 'c', .p = p, .n = 1 };
        if ((t[n].n = timeAt(s, p, &when, &date)) > 0)
            t[n].type = date ? 'd' : 't';
        else if ((t[n].n = blanks(p)) > 0)
            t[n].type = 'b';
        else if (isWord(*p))
            for (t[n].type = 'w'; isWord(p[t[n].n]); t[n].n++)
                ;
        else
            t[n].n = 1;
    }
    return n;
}

/* The real token r as the page would have it where token w of the page stands: in *use. Does the
   page have just that there? */
static bool
asOnPage(struct search *m, const char *want, const struct token *w, const struct token *r,
         struct token *use)
{
    const struct session *s = m->run->s;
    int sample, real;

    *use = w->type == r->type && strchr("dt", w->type) != NULL ? *w : *r;
    if (w->type != r->type)
        return false;
    if (strchr("dtb", w->type) != NULL || (w->n == r->n && strncmp(w->p, r->p, w->n) == 0))
        return true;
    if (sampleAt(s, want, w->p, &sample) == 0)
        return false;
    real = sampleOf(s, m->bound, s->samples[sample].kind, r->p, r->n);
    if (real == -1 && m->bound[sample][0] == '\0' && r->type == 'w' &&
        strspn(r->p, "0123456789") == r->n)
        real = sample; /* neither has been met */
    if (real != -1)
        *use = (struct token){ 'w', s->samples[real].text, strlen(s->samples[real].text) };
    return real == sample;
}

/* The real line with the page's values where its words stand as in `want`; *score: how much is
   alike, 0 ... 100. */
static char *
translate(struct search *m, const char *want, const char *real, int *score)
{
    struct token w[MAXTOKENS], r[MAXTOKENS], use;
    int nw = tokenise(want, w), nr = tokenise(real, r), least = min(nw, nr), a = 0, b = 0, same = 0;
    char *text;
    FILE *fp = openText(&text);

    while (a < least && asOnPage(m, want, &w[a], &r[a], &use))
        a++;
    while (b < least - a && asOnPage(m, want, &w[nw - 1 - b], &r[nr - 1 - b], &use))
        b++;
    for (int i = 0; i < nr; i++) {
        use = r[i];
        if (i < a)
            same += asOnPage(m, want, &w[i], &r[i], &use);
        else if (i >= nr - b || nr == nw)
            same += asOnPage(m, want, &w[i + nw - nr], &r[i], &use);
        fprintf(fp, "%.*s", (int) use.n, use.p);
    }
    fclose(fp);
    *score = nr + nw > 0 ? 200 * same / (nr + nw) : 0;
    return text;
}

/* The number that begins a process's line, or follows a job's, is a PID wherever it stands. */
static char *
translateOwner(struct search *m, const char *real)
{
    size_t skip = isJobLine(real) ? strcspn(real, " ") + 1 : 0;
    size_t n = strspn(real + min(skip, strlen(real)), "0123456789");
    int sample = -1;

    if (n > 0 && (skip > 0 || real[n] == ':'))
        sample = sampleOf(m->run->s, m->bound, PID, real + skip, n);
    if (sample == -1)
        return format("%s", real);
    return format("%.*s%s%s", (int) skip, real, m->run->s->samples[sample].text, real + skip + n);
}

static bool
isMissing(const struct diff *d, int line)
{
    for (int i = 0; i < d->n; i++)
        if (d->edits[i].sign == '-' && d->edits[i].line == line)
            return true;
    return false;
}

/* What a line of the page says that could come again: an output line, or, in a job's line, a
   command. NULL: nothing. */
static char *
sayable(const struct line *l, const char *real)
{
    size_t n = strlen(l->want);

    if (l->kind == PROMPT && isJobLine(real))
        return format("%.*s", (int) (n > 2 && strcmp(l->want + n - 2, " &") == 0 ? n - 2 : n),
                      l->want);
    return l->kind == OUTPUT ? format("%s", l->want) : NULL;
}

/* The line that came, in place of line `instead` of the page (-1: of none). */
static char *
inPageValues(struct diff *d, int instead, int out)
{
    const struct session *s = d->m.run->s;
    const struct segment *seg = &d->m.segs[d->m.deepSeg];
    const char *real = d->m.run->outs[out].text;
    char *best = NULL;
    int bestScore = 49, bestLine = -1;

    for (int i = 0; i < s->nlines; i++) {
        char *want = sayable(&s->lines[i], real), *text;
        int score;

        if (want == NULL)
            continue;
        text = translate(&d->m, want, real, &score);
        free(want);
        score += score < 50 ? 0 : isMissing(d, i) ? 100 : i >= seg->first && i < seg->last;
        if (score > bestScore) {
            free(best);
            best = text;
            bestScore = score;
            bestLine = i;
        } else {
            free(text);
        }
    }
    if (best == NULL || (bestScore == 200 && bestLine == instead)) {
        free(best); /* all is alike but a time, which must be seen */
        best = translateOwner(&d->m, real);
    }
    return best;
}

/* ---- the edits ---- */

/* The stream in which the line of the page comes soonest, and how many lines of it come before. */
static struct stream *
soonest(struct diff *d, struct segment *seg, const char *want, int *skip)
{
    struct stream *found = NULL;

    for (int i = 0; i < seg->nstreams; i++) {
        struct stream *st = &seg->streams[i];

        for (int k = st->head; k < st->n; k++)
            if ((found == NULL || k - st->head < *skip) && wouldMatch(&d->m, want, st->outs[k])) {
                found = st;
                *skip = k - st->head;
            }
    }
    return found;
}

/* The place behind the missing line of the page that is most like what came, -1 if none is. */
static int
placeOfLike(struct diff *d, const struct segment *seg, int out)
{
    int score, best = 49, place = -1;

    for (int i = 0; i < d->n; i++) {
        const struct edit *e = &d->edits[i];

        if (e->sign != '-' || e->line < seg->first || (i + 1 < d->n && e[1].sign == '+'))
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
static int
placeByTime(const struct diff *d, const struct segment *seg, int out)
{
    int place = d->n;

    for (int i = d->n - 1; i >= 0 && d->edits[i].line >= seg->first; i--) {
        if (d->edits[i].out > out)
            place = i;
        else if (d->edits[i].out != -1)
            break;
    }
    return place;
}

/* A line that is left over stands behind its like, or else where it came. */
static void
insertLeft(struct diff *d, const struct segment *seg, int out)
{
    int place = placeOfLike(d, seg, out), line;

    if (place == -1)
        place = placeByTime(d, seg, out);
    APPEND(d->edits, d->n, (struct edit){ .line = seg->last });
    line = d->edits[place].line;
    memmove(&d->edits[place + 1], &d->edits[place],
            (size_t) (d->n - 1 - place) * sizeof(*d->edits));
    d->edits[place] = (struct edit){ '+', line, out, NULL };
}

static void
diffSegment(struct diff *d, struct segment *seg, int from)
{
    const struct session *s = d->m.run->s;

    for (int line = from; line < seg->last; line++) {
        const char *want = s->lines[line].want;
        bool output = s->lines[line].kind == OUTPUT;
        int skip = 0, gaps = gapsBefore(&d->m, line);
        struct stream *st = output ? soonest(d, seg, want, &skip) : NULL;

        if (st == NULL) {
            APPEND(d->edits, d->n, (struct edit){ output ? '-' : ' ', line, -1, NULL });
            continue;
        }
        for (; skip > 0; skip--, st->head++)
            if (gaps == st->gaps)
                APPEND(d->edits, d->n, (struct edit){ '+', line, st->outs[st->head], NULL });
        matchLine(&d->m, want, st->outs[st->head]);
        st->gaps = gaps;
        APPEND(d->edits, d->n, (struct edit){ ' ', line, st->outs[st->head++], NULL });
    }
    for (int i = 0; i < seg->nstreams; i++) {
        struct stream *st = &seg->streams[i];

        for (; st->head < st->n && gapsBefore(&d->m, seg->last) == st->gaps; st->head++)
            insertLeft(d, seg, st->outs[st->head]);
    }
}

/* ---- printing ---- */

static void
printEdits(struct diff *d, int first, int last)
{
    const struct session *s = d->m.run->s;
    int start = s->lines[min(d->edits[first].line, s->nlines - 1)].number, minus = 0, plus = 0;

    for (int i = first; i <= last; i++) {
        minus += d->edits[i].sign != '+';
        plus += d->edits[i].sign != '-';
    }
    report("@@ -%d,%d +%d,%d @@", start, minus, start, plus);
    for (int i = first; i <= last; i++)
        report("%c%s", d->edits[i].sign, d->edits[i].text);
}

static int
numberOf(const struct session *s, int line)
{
    return line < s->nlines ? s->lines[line].number : s->lines[s->nlines - 1].number + 1;
}

/* What the search has against the first edit. */
static const char *
reasonFor(struct diff *d, int first)
{
    const struct edit *e = &d->edits[first];

    if (e->sign == '+')
        return "a line came that is not on the page";
    d->m.why[0] = '\0';
    if (first + 1 < d->n && e[1].sign == '+' && e->line < d->m.run->s->nlines)
        wouldMatch(&d->m, d->m.run->s->lines[e->line].want, e[1].out);
    return d->m.why[0] != '\0' ? d->m.why : "this line did not come";
}

/* A program that ran wild need not be shown to the last line. */
static void
limitEdits(struct diff *d)
{
    int kept = 0, plus = 0;

    for (int i = 0; i < d->n; i++)
        if (d->edits[i].sign != '+' || plus++ < MAXEDITS)
            d->edits[kept++] = d->edits[i];
    if (kept < d->n)
        report("(%d more lines came)", d->n - kept);
    d->n = kept;
}

static void
printEditsAround(struct diff *d, int untyped, const char *reason)
{
    const struct session *s = d->m.run->s;
    int first = -1, last = 0;

    limitEdits(d);
    for (int i = 0; i < d->n; i++) {
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
        report("%s:%d: %s", s->page, numberOf(s, untyped), reason);
    if (reason[0] == '\0' || d->edits[first].line != untyped)
        report("%s:%d: %s", s->page, numberOf(s, d->edits[first].line), reasonFor(d, first));
    report("--- %s:%d", s->page, numberOf(s, d->edits[first].line));
    report("+++ what came");
    printEdits(d, max(first - CONTEXT, 0), min(last + CONTEXT, d->n - 1));
}

/* Up to where the search came in its best try, the lines of the page that came are as then. */
static void
diffFrom(struct diff *d, struct segment *seg, int from)
{
    const struct session *s = d->m.run->s;

    for (int i = 0; i < seg->nstreams; i++)
        seg->streams[i].head = seg->streams[i].gaps = 0;
    for (int i = 0; i < from; i++) {
        int out = s->lines[i].kind == OUTPUT ? d->m.run->steps[i].deepCame : -1;

        APPEND(d->edits, d->n, (struct edit){ ' ', i, i >= seg->first ? out : -1, NULL });
        if (out != -1)
            matchLine(&d->m, s->lines[i].want, out);
        if (out != -1 && i >= seg->first) {
            struct stream *st = streamOf(&d->m, seg, out);

            while (st->outs[st->head++] != out)
                ;
            st->gaps = gapsBefore(&d->m, i);
        }
    }
    diffSegment(d, seg, from);
}

void
printDiff(struct run *run, int untyped, const char *reason)
{
    struct diff d = { .n = 0 };
    int i = 0;

    if (search(&d.m, run))
        d.m.deepLine = d.m.segs[d.m.nsegs - 1].last;
    diffFrom(&d, &d.m.segs[d.m.deepSeg], d.m.deepLine);
    memcpy(run->bound, d.m.bound, sizeof(run->bound));
    while (i < d.n && d.edits[i].sign == ' ')
        i++;
    if (i == d.n)
        APPEND(d.edits, d.n, (struct edit){ '-', untyped, -1, NULL });
    printEditsAround(&d, untyped, reason);
    for (i = 0; i < d.n; i++)
        free(d.edits[i].text);
    free(d.edits);
    endSearch(&d.m);
}

void
printFence(const struct run *run)
{
    const struct session *s = run->s;
    char *text;
    FILE *fp = openText(&text);

    fprintf(fp, "%.*s session=%s", (int) strcspn(s->info, " \t"), s->info, s->name);
    for (int f = 0; f < NFIELDS; f++) {
        bool first = true;

        for (int i = 0; i < s->nsamples; i++)
            if (f == LEAVES ? run->left[i] : f == s->samples[i].kind && run->bound[i][0] != '\0') {
                fprintf(fp, "%s%s%s", first ? " " : ",", first ? fields[f] : "",
                        s->samples[i].text);
                first = false;
            }
    }
    fclose(fp);
    report("--- %s:%d", s->page, s->number);
    report("+++ what came");
    report("@@ -%d,1 +%d,1 @@", s->number, s->number);
    report("-%s", s->info);
    report("+%s", text);
    free(text);
}
