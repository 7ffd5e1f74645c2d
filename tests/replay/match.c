/* match.c - can what came be read as what the page says?
 *
 * The page's lines are taken in turn. Each must be the next line of some owner's stream, under the
 * samples bound so far. Where several could be, all are tried: which of two like processes comes
 * first may show only later.
 */

#include "match.h"

enum { TRIES = 300000 }; /* of one line against another, before we say no */

/* ---- owners, and their times ---- */

/* Notes why a line of the page is not what came, though its words are right. */
static bool __attribute__((format(printf, 2, 3))) because(struct search *m, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(m->why, sizeof(m->why), fmt, args);
    va_end(args);
    return false;
}

static struct owner *
ownerOf(struct search *m, long key)
{
    for (int i = 0; i < m->nowners; i++)
        if (m->owners[i].key == key)
            return &m->owners[i];
    return NULL;
}

/* Times of day never run backwards on the page, neither down the lines of one owner nor from one
   command to the next. A date may tell of the past: dates are compared within one process only. So
   are the times that came. */
static bool
matchTime(struct search *m, time_t page, time_t real, bool date, const struct out *o)
{
    struct owner *own = ownerOf(m, o->key);
    time_t t = findTime(max(own->real, m->run->began), o->seen, real, date);
    const char *what = date ? "date" : "time";

    if (t == -1)
        return because(m, "the %s is not inside the session, or runs backwards", what);
    if (date ? own->key > 0 && page < own->page[1] : isEarlier(page, own->page[0]))
        return because(m, "the page's %s runs backwards", what);
    if (!date && isEarlier(page, m->run->s->lines[o->seg].latest))
        return because(m, "the page's time is earlier than one under a command before");
    if (own->key > 0)
        own->real = t;
    own->page[date] = page;
    return true;
}

/* ---- samples ---- */

/* A sample may be bound if no other of its kind has the value; an identifier must be that of a set
   made here. */
static bool
mayBind(struct search *m, int index, const char *value, int seg)
{
    const struct run *run = m->run;
    const struct sample *sample = &run->s->samples[index];
    int other = sampleOf(run->s, m->bound, sample->kind, value, strlen(value));

    if (other != -1)
        return because(m, "%s and %s would be the same number", sample->text,
                       run->s->samples[other].text);
    if (sample->kind == ID && (!hasSet(run->steps[seg].sets, run->steps[seg].nsets, atoi(value)) ||
                               hasSet(run->before, run->nbefore, atoi(value))))
        return because(m, "no set of the session has the identifier printed for %s", sample->text);
    return true;
}

static size_t
matchSample(struct search *m, int index, const char *text, int seg)
{
    size_t n = strspn(text, "0123456789");
    realNumber value;

    if (n == 0 || n >= sizeof(value) || isWord(text[n]))
        return 0;
    snprintf(value, sizeof(value), "%.*s", (int) n, text);
    if (m->bound[index][0] == '\0') {
        if (!mayBind(m, index, value, seg))
            return 0;
        memcpy(m->bound[index], value, sizeof(value));
        m->trail[m->ntrail++] = index;
    }
    if (strcmp(m->bound[index], value) != 0)
        return because(m, "%s stands for another number by now", m->run->s->samples[index].text);
    return n;
}

/* ---- one line ---- */

/* What stands at *want is matched by what stands at *text; both move on. start: of both lines. */
static bool
matchPiece(struct search *m, const char *const start[2], const char **want, const char **text,
           const struct out *o)
{
    time_t page, real;
    bool date, realDate;
    int index;
    size_t n, k;

    if ((n = timeAt(start[0], *want, &page, &date)) > 0 &&
        (k = timeAt(start[1], *text, &real, &realDate)) > 0 && date == realDate) {
        if (!matchTime(m, page, real, date, o))
            return false;
    } else if ((n = sampleAt(m->run->s, start[0], *want, &index)) > 0) {
        k = matchSample(m, index, *text, o->seg);
    } else if ((n = blanks(*want)) > 0) {
        k = blanks(*text);
    } else {
        n = 1;
        k = **want == **text;
    }
    *want += n;
    *text += k;
    return k > 0;
}

bool
matchLine(struct search *m, const char *want, int out)
{
    const struct out *o = &m->run->outs[out];
    const char *text = o->text, *const start[2] = { want, text };

    m->why[0] = '\0';
    text += blanks(text);
    if (o->loose && *want == '[' && *text == '[') { /* "[1]- Done" as "[1]+ Done" */
        if (atoi(want + 1) != atoi(text + 1))
            return false;
        want = skipMark(want);
        text = skipMark(text);
    }
    while (*want != '\0' && *text != '\0')
        if (!matchPiece(m, start, &want, &text, o))
            return false;
    text += blanks(text);
    if (*want != '\0' || *text != '\0')
        m->why[0] = '\0';
    return *want == '\0' && *text == '\0';
}

/* ---- the search ---- */

int
gapsBefore(const struct search *m, int line)
{
    return m->run->s->lines[line - 1].gaps;
}

static void
noteDeepest(struct search *m, int g, int line)
{
    if (line < m->deepLine || (line == m->deepLine && g <= m->deepSeg))
        return;
    m->deepSeg = g;
    m->deepLine = line;
    for (int i = 0; i < line; i++)
        m->run->steps[i].deepCame = m->run->steps[i].came;
}

static bool
allTaken(const struct search *m, const struct segment *seg)
{
    for (int i = 0; i < seg->nstreams; i++)
        if (seg->streams[i].head < seg->streams[i].n &&
            seg->streams[i].gaps == gapsBefore(m, seg->last))
            return false;
    return true;
}

/* Forget what matching a line of this owner has taught, back to `trail` samples bound. */
static void
forget(struct search *m, int trail, const struct owner *old)
{
    while (m->ntrail > trail)
        m->bound[m->trail[--m->ntrail]][0] = '\0';
    *ownerOf(m, old->key) = *old;
}

bool
wouldMatch(struct search *m, const char *want, int out)
{
    struct owner old = *ownerOf(m, m->run->outs[out].key);
    int trail = m->ntrail;
    bool match = matchLine(m, want, out);

    forget(m, trail, &old);
    return match;
}

static bool walk(struct search *m, int g, int line);

/* Take line number k of the stream for this line of the page, and try the rest. */
static bool
take(struct search *m, int g, int line, struct stream *st, int k)
{
    struct owner old = *ownerOf(m, m->run->outs[st->outs[k]].key);
    int oldHead = st->head, oldGaps = st->gaps, trail = m->ntrail;

    if (matchLine(m, m->run->s->lines[line].want, st->outs[k])) {
        m->run->steps[line].came = st->outs[k];
        st->head = k + 1;
        st->gaps = gapsBefore(m, line);
        if (walk(m, g, line + 1))
            return true;
        st->head = oldHead;
        st->gaps = oldGaps;
    }
    forget(m, trail, &old);
    return false;
}

/* The stream whose next line came first among those that came after line `after`. */
static struct stream *
nextStream(struct segment *seg, int after)
{
    struct stream *found = NULL;

    for (int i = 0; i < seg->nstreams; i++) {
        struct stream *st = &seg->streams[i];

        if (st->head < st->n && st->outs[st->head] > after &&
            (found == NULL || st->outs[st->head] < found->outs[found->head]))
            found = st;
    }
    return found;
}

static bool
walk(struct search *m, int g, int line)
{
    struct segment *seg = &m->segs[g];
    struct stream *st;
    int gaps, after = -1;

    noteDeepest(m, g, line);
    if (line == seg->last)
        return allTaken(m, seg) && (g + 1 == m->nsegs || walk(m, g + 1, m->segs[g + 1].first));
    if (m->run->s->lines[line].kind != OUTPUT)
        return walk(m, g, line + 1);
    gaps = gapsBefore(m, line);
    while ((st = nextStream(seg, after)) != NULL) {
        after = st->outs[st->head];
        for (int k = st->head; k < st->n && (k == st->head || gaps > st->gaps); k++)
            if (m->budget-- <= 0 || take(m, g, line, st, k))
                return m->budget > 0;
    }
    m->run->steps[line].came = -1;
    return isOwed(m->run, m->run->s->lines[line].want, seg->head) && walk(m, g, line + 1);
}

/* ---- streams ---- */

/* "3: ..." is no process if the page has a line that begins so, 3 being no PID of its own. */
static bool
isLiteralOwner(const struct session *s, const char *text, size_t digits)
{
    int index;

    for (int i = 0; i < s->nlines; i++) {
        const char *want = s->lines[i].want;

        if (s->lines[i].kind == OUTPUT && strncmp(want, text, digits + 1) == 0)
            return sampleAt(s, want, want, &index) == 0;
    }
    return false;
}

long
keyOf(const struct session *s, const struct out *o)
{
    const char *text = o->text + blanks(o->text);
    size_t n = strspn(text, "0123456789");

    if (n > 0 && n < 10 && text[n] == ':' && blanks(text + n + 1) > 0 &&
        !isLiteralOwner(s, text, n))
        return atol(text);
    return (isJobLine(text) ? -1 : -3) - o->tty;
}

/* Jobs that end together are reported together, by number, or one by one as bash learns of each:
   that is chance. Here they always stand by number; and where one by one made a mark come twice,
   marks are not compared. */
static void
orderJobs(struct run *run, struct stream *st)
{
    int marks[2] = { 0, 0 };

    for (int i = 0; i < st->n; i++) {
        const char *text = run->outs[st->outs[i]].text;

        if (!isJobEnd(text))
            continue;
        marks[0] += skipMark(text)[-1] == '+';
        marks[1] += skipMark(text)[-1] == '-';
        for (int j = i; j > 0; j--) {
            const char *other = run->outs[st->outs[j - 1]].text;
            int swap = st->outs[j];

            if (!isJobEnd(other) || atoi(other + 1) <= atoi(text + 1))
                break;
            st->outs[j] = st->outs[j - 1];
            st->outs[j - 1] = swap;
        }
    }
    for (int i = 0; i < st->n; i++)
        run->outs[st->outs[i]].loose = marks[0] > 1 || marks[1] > 1;
}

struct stream *
streamOf(struct search *m, struct segment *seg, int out)
{
    const struct out *o = &m->run->outs[out];
    const struct step *step = &m->run->steps[o->seg];
    bool writes = step->alone || (step->writer > 0 && o->key == step->writer);
    long key =
        o->key > 0 && writes && o->tty == m->run->s->lines[o->seg].tty ? -3 - o->tty : o->key;

    for (int i = 0; i < seg->nstreams; i++)
        if (seg->streams[i].key == key)
            return &seg->streams[i];
    APPEND(seg->streams, seg->nstreams, (struct stream){ .key = key });
    return &seg->streams[seg->nstreams - 1];
}

static void
addToStream(struct search *m, struct segment *seg, int out)
{
    long key = m->run->outs[out].key = keyOf(m->run->s, &m->run->outs[out]);
    struct stream *st = streamOf(m, seg, out);

    APPEND(st->outs, st->n, out);
    if (ownerOf(m, key) == NULL)
        APPEND(m->owners, m->nowners, (struct owner){ .key = key, .page = { -1, -1 } });
}

static void
addSegment(struct search *m, int head)
{
    const struct session *s = m->run->s;
    struct segment seg = { .head = head, .first = head + 1, .last = head + 1 };

    while (seg.last < s->nlines && !isTyped(&s->lines[seg.last]))
        seg.last++;
    for (int i = 0; i < m->run->nouts; i++)
        if (m->run->outs[i].seg == head)
            addToStream(m, &seg, i);
    for (int i = 0; i < seg.nstreams; i++)
        if (seg.streams[i].key == -1 || seg.streams[i].key == -2)
            orderJobs(m->run, &seg.streams[i]);
    APPEND(m->segs, m->nsegs, seg);
}

bool
search(struct search *m, struct run *run)
{
    *m = (struct search){ .run = run, .budget = TRIES, .deepLine = -1 };
    for (int i = 0; i <= run->seg; i++)
        if (isTyped(&run->s->lines[i]))
            addSegment(m, i);
    for (int i = 0; i < run->s->nsamples; i++)
        if (run->pinned[i])
            memcpy(m->bound[i], run->bound[i], sizeof(m->bound[i]));
    return m->nsegs > 0 && walk(m, 0, m->segs[0].first);
}

void
endSearch(struct search *m)
{
    for (int g = 0; g < m->nsegs; g++) {
        for (int i = 0; i < m->segs[g].nstreams; i++)
            free(m->segs[g].streams[i].outs);
        free(m->segs[g].streams);
    }
    free(m->segs);
    free(m->owners);
}

bool
matchAll(struct run *run)
{
    struct search m;
    bool found = search(&m, run);

    if (found)
        memcpy(run->bound, m.bound, sizeof(run->bound));
    endSearch(&m);
    return found;
}
