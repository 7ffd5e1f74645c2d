/* match.c - can what came be read as what the page says?
 *
 * The page's lines are taken in turn. Each must be the next line of some owner's stream, under the samples
 * bound so far. Where several could be, all are tried: which of two like processes comes first may show
 * only later.
 */
#include "match.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 300000 };        /* of one line against another, before we say no */

/* ---- times ---- */

size_t timeAt(const char *start, const char *p, int *second)
{
    int h, m, s, n = 0;

    if (!isdigit((unsigned char) p[0]) || (p > start && (isalnum((unsigned char) p[-1]) || p[-1] == ':')))
        return 0;
    if (sscanf(p, "%2d:%2d:%2d%n", &h, &m, &s, &n) != 3 || n != 8)
        return 0;
    if (isalnum((unsigned char) p[8]) || p[8] == ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return 0;
    *second = (h * 60 + m) * 60 + s;
    return 8;
}

size_t dateAt(const char *start, const char *p, char canon[48])
{
    char day[4], month[4];
    int d, h, m, s, y, n = 0;

    if (p > start && isalnum((unsigned char) p[-1]))
        return 0;
    if (sscanf(p, "%3s %3s %2d %2d:%2d:%2d %4d%n", day, month, &d, &h, &m, &s, &y, &n) != 7 || n < 23)
        return 0;
    if (strstr("Sun Mon Tue Wed Thu Fri Sat", day) == NULL || isalnum((unsigned char) p[n]) ||
        strstr("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", month) == NULL)
        return 0;
    snprintf(canon, 48, "%s %s %d %02d:%02d:%02d %04d", day, month, d, h, m, s, y);
    return (size_t) n;
}

/* The first second, up to `to`, whose time of day is `second` (or whose date is `date`), not before the
   session nor the last time of its process; -1: there is none. */
static time_t findTime(const struct search *m, const struct owner *own, time_t to, int second,
                       const char *date)
{
    time_t t = own != NULL && own->real > m->run->began ? own->real : m->run->began;
    char text[48], canon[48];
    struct tm tm;

    for (; t <= to; t++) {
        localtime_r(&t, &tm);
        if (date == NULL && (tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec == second)
            return t;
        strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Y", &tm);
        if (date != NULL && dateAt(text, text, canon) > 0 && strcmp(canon, date) == 0)
            return t;
    }
    return -1;
}

static bool matchTime(struct search *m, int page, int second, struct owner *own, const struct out *o)
{
    time_t t = findTime(m, own, o->seen, second, NULL);

    if (t == -1) {
        snprintf(m->why, sizeof(m->why), "the time is not inside the session, or runs backwards");
        return false;
    }
    if (own == NULL)
        return true;
    if (page < own->page && own->page - page < 12 * 60 * 60) {      /* more than that is midnight */
        snprintf(m->why, sizeof(m->why), "the page's time runs backwards within one process");
        return false;
    }
    own->real = t;
    own->page = page;
    return true;
}

/* Dates count their own course: a page may give a process's times of day and its dates apart. */
static bool matchDate(struct search *m, const char *page, const char *date, struct owner *own, const struct out *o)
{
    time_t t = findTime(m, own, o->seen, 0, date);
    struct tm tm = { 0 };

    if (t == -1) {
        snprintf(m->why, sizeof(m->why), "the date is not inside the session, or runs backwards");
        return false;
    }
    if (own == NULL)
        return true;
    strptime(page, "%a %b %d %T %Y", &tm);
    if (timegm(&tm) < own->pageDate) {
        snprintf(m->why, sizeof(m->why), "the page's date runs backwards within one process");
        return false;
    }
    own->real = t;
    own->pageDate = timegm(&tm);
    return true;
}

/* ---- samples ---- */

static const char *intern(struct run *run, const char *text, size_t n)
{
    int i;

    for (i = 0; i < run->nvalues; i++)
        if (strlen(run->values[i]) == n && strncmp(run->values[i], text, n) == 0)
            return run->values[i];
    run->values = xrealloc(run->values, (size_t) (run->nvalues + 1) * sizeof(*run->values));
    return run->values[run->nvalues++] = format("%.*s", (int) n, text);
}

/* A sample may be bound if no other of its kind has the value; an identifier must be that of a set made
   here. */
static bool mayBind(struct search *m, int index, const char *value, int seg)
{
    const struct session *s = m->run->s;
    int i;

    for (i = 0; i < s->nsamples; i++)
        if (i != index && s->samples[i].kind == s->samples[index].kind && m->bound[i] == value) {
            snprintf(m->why, sizeof(m->why), "%s and %s would be the same number", s->samples[index].text,
                     s->samples[i].text);
            return false;
        }
    if (s->samples[index].kind == 'i' && (!hasSet(m->run->sets[seg], m->run->nsets[seg], atoi(value)) ||
                                          hasSet(m->run->before, m->run->nbefore, atoi(value)))) {
        snprintf(m->why, sizeof(m->why), "no set of the session has the identifier printed for %s",
                 s->samples[index].text);
        return false;
    }
    return true;
}

static size_t matchSample(struct search *m, int index, const char *text, int seg)
{
    size_t n = strspn(text, "0123456789");
    const char *value;

    if (n == 0 || isalnum((unsigned char) text[n]) || text[n] == '_')
        return 0;
    value = intern(m->run, text, n);
    if (m->bound[index] != NULL) {
        if (m->bound[index] != value)
            snprintf(m->why, sizeof(m->why), "%s stands for another number by now",
                     m->run->s->samples[index].text);
        return m->bound[index] == value ? n : 0;
    }
    if (!mayBind(m, index, value, seg))
        return 0;
    m->bound[index] = value;
    m->trail[m->ntrail++] = index;
    return n;
}

/* ---- one line ---- */

static struct owner *ownerOf(struct search *m, long key)
{
    int i;

    for (i = 0; i < m->nowners; i++)
        if (m->owners[i].key == key)
            return &m->owners[i];
    return NULL;
}

static size_t blanks(const char *s)
{
    return strspn(s, " \t");
}

/* What stands at *want is matched by what stands at *text; both move on. start: of the two lines. */
static bool matchPiece(struct search *m, const char *const start[2], const char **want, const char **text,
                       const struct stream *st, int out)
{
    const struct out *o = &m->run->outs[out];
    char date[2][48];
    int second[2], index;
    size_t n, k;

    struct owner *own = ownerOf(m, st->key);

    if ((n = dateAt(start[0], *want, date[0])) > 0 && (k = dateAt(start[1], *text, date[1])) > 0) {
        if (!matchDate(m, date[0], date[1], own, o))
            return false;
    } else if ((n = timeAt(start[0], *want, &second[0])) > 0 &&
               (k = timeAt(start[1], *text, &second[1])) > 0) {
        if (!matchTime(m, second[0], second[1], own, o))
            return false;
    } else if ((n = sampleAt(m->run->s, start[0], *want, &index)) > 0) {
        if ((k = matchSample(m, index, *text, o->seg)) == 0)
            return false;
    } else if ((n = blanks(*want)) > 0) {
        if ((k = blanks(*text)) == 0)
            return false;
    } else {
        n = k = 1;
        if (**want != **text)
            return false;
    }
    *want += n;
    *text += k;
    return true;
}

bool matchLine(struct search *m, const char *want, const struct stream *st, int out)
{
    const char *text = m->run->outs[out].text, *const start[2] = { want, text };

    m->why[0] = '\0';
    text += blanks(text);
    if (st->anyMark && *want == '[' && *text == '[') {  /* "[1]- Done" as "[1]+ Done" */
        const char *w = skipMark(want), *t = skipMark(text);

        if (strtol(want + 1, NULL, 10) != strtol(text + 1, NULL, 10))
            return false;
        want = w;
        text = t;
    }
    while (*want != '\0' && *text != '\0')
        if (!matchPiece(m, start, &want, &text, st, out))
            return false;
    text += blanks(text);
    if (*want != '\0' || *text != '\0')
        m->why[0] = '\0';
    return *want == '\0' && *text == '\0';
}

/* ---- the search ---- */

int gapsBefore(const struct search *m, const struct segment *seg, int line)
{
    int i, n = 0;

    for (i = seg->first; i < line; i++)
        n += m->run->s->lines[i].kind == GAP;
    return n;
}

static void noteDeepest(struct search *m, int g, int line)
{
    const struct segment *seg = &m->segs[g];
    int i;

    if (line < m->deepLine || (line == m->deepLine && g <= m->deepSeg))
        return;
    m->deepSeg = g;
    m->deepLine = line;
    memcpy(m->deepBound, m->bound, sizeof(m->bound));
    memcpy(m->deepCame, m->came, (size_t) m->run->s->nlines * sizeof(int));
    if (m->nowners > 0)
        memcpy(m->deepOwners, m->owners, (size_t) m->nowners * sizeof(*m->owners));
    for (i = 0; i < seg->nstreams; i++) {
        m->deepHeads[i] = seg->streams[i].head;
        m->deepGaps[i] = seg->streams[i].gaps;
    }
}

static bool allTaken(const struct search *m, const struct segment *seg)
{
    int i, gaps = gapsBefore(m, seg, seg->last);

    for (i = 0; i < seg->nstreams; i++)
        if (seg->streams[i].head < seg->streams[i].n && gaps == seg->streams[i].gaps)
            return false;
    return true;
}

/* Forget what matching a line of this owner has taught, back to `trail` samples bound. */
static void forget(struct search *m, int trail, struct owner *own, const struct owner *old)
{
    while (m->ntrail > trail)
        m->bound[m->trail[--m->ntrail]] = NULL;
    if (own != NULL)
        *own = *old;
}

bool wouldMatch(struct search *m, const char *want, const struct stream *st, int out)
{
    struct owner *own = ownerOf(m, st->key), old = own != NULL ? *own : (struct owner) { 0 };
    int trail = m->ntrail;
    bool match = matchLine(m, want, st, out);

    forget(m, trail, own, &old);
    return match;
}

static bool walk(struct search *m, int g, int line);

/* Take line number k of the stream for this line of the page, and try the rest. */
static bool take(struct search *m, int g, int line, struct stream *st, int k)
{
    struct owner *own = ownerOf(m, st->key), old = own != NULL ? *own : (struct owner) { 0 };
    int oldHead = st->head, oldGaps = st->gaps, trail = m->ntrail;

    if (matchLine(m, m->run->s->lines[line].want, st, st->outs[k])) {
        m->came[line] = st->outs[k];
        st->head = k + 1;
        st->gaps = gapsBefore(m, &m->segs[g], line);
        if (walk(m, g, line + 1))
            return true;
        st->head = oldHead;
        st->gaps = oldGaps;
    }
    forget(m, trail, own, &old);
    return false;
}

/* The stream whose next line came first among those that came after line `after`. */
static struct stream *nextStream(struct segment *seg, int after)
{
    struct stream *found = NULL;
    int i;

    for (i = 0; i < seg->nstreams; i++) {
        struct stream *st = &seg->streams[i];

        if (st->head < st->n && st->outs[st->head] > after &&
            (found == NULL || st->outs[st->head] < found->outs[found->head]))
            found = st;
    }
    return found;
}

static bool walk(struct search *m, int g, int line)
{
    struct segment *seg = &m->segs[g];
    struct stream *st;
    int k, gaps, after = -1;

    noteDeepest(m, g, line);
    if (line == seg->last)
        return allTaken(m, seg) && (g + 1 == m->nsegs || walk(m, g + 1, m->segs[g + 1].first));
    if (m->run->s->lines[line].kind != OUTPUT)
        return walk(m, g, line + 1);
    gaps = gapsBefore(m, seg, line);
    while ((st = nextStream(seg, after)) != NULL) {
        after = st->outs[st->head];
        for (k = st->head; k < st->n && (k == st->head || gaps > st->gaps); k++)
            if (m->budget-- <= 0 || take(m, g, line, st, k))
                return m->budget > 0;
    }
    return isOwed(m->run, m->run->s->lines[line].want, seg->head) && walk(m, g, line + 1);
}

/* ---- streams ---- */

/* "3: ..." is no process if the page has a line that begins so, 3 being no PID of its own. */
static bool isLiteralOwner(const struct session *s, const char *text, size_t digits)
{
    int i, index;

    for (i = 0; i < s->nlines; i++) {
        const char *want = s->lines[i].want;

        if (s->lines[i].kind == OUTPUT && strncmp(want, text, digits + 1) == 0)
            return sampleAt(s, want, want, &index) == 0;
    }
    return false;
}

static long keyOf(const struct session *s, const struct out *o)
{
    const char *text = o->text + blanks(o->text);
    size_t n = strspn(text, "0123456789");

    if (n > 0 && n < 10 && text[n] == ':' && text[n + 1] != ':' && !isLiteralOwner(s, text, n))
        return strtol(text, NULL, 10);
    return (isJobLine(text) ? -1 : -3) - o->tty;
}

/* Jobs that end together are reported together, by number, or one by one as bash learns of each: that is
   chance. Here they always stand by number; and where one by one made a mark come twice, marks are not
   compared. */
static void orderJobs(const struct run *run, struct stream *st)
{
    int i, j, marks[2] = { 0, 0 };

    for (i = 0; i < st->n; i++) {
        const char *text = run->outs[st->outs[i]].text;
        long job = strtol(text + 1, NULL, 10);

        if (!isJobEnd(text))
            continue;
        marks[0] += skipMark(text)[-1] == '+';
        marks[1] += skipMark(text)[-1] == '-';
        for (j = i; j > 0; j--) {
            const char *other = run->outs[st->outs[j - 1]].text;
            int swap = st->outs[j];

            if (!isJobEnd(other) || strtol(other + 1, NULL, 10) <= job)
                break;
            st->outs[j] = st->outs[j - 1];
            st->outs[j - 1] = swap;
        }
    }
    st->anyMark = marks[0] > 1 || marks[1] > 1;
}

static void addToStream(struct search *m, struct segment *seg, int out)
{
    long key = keyOf(m->run->s, &m->run->outs[out]);
    struct stream *st;
    int i;

    for (i = 0; i < seg->nstreams && seg->streams[i].key != key; i++)
        ;
    if (i == seg->nstreams) {
        seg->streams = xrealloc(seg->streams, (size_t) ++seg->nstreams * sizeof(*seg->streams));
        memset(&seg->streams[i], 0, sizeof(*seg->streams));
        seg->streams[i].key = key;
    }
    st = &seg->streams[i];
    if ((st->n & (st->n - 1)) == 0)     /* full: 1, 2, 4 ... */
        st->outs = xrealloc(st->outs, (size_t) (st->n == 0 ? 1 : 2 * st->n) * sizeof(*st->outs));
    st->outs[st->n++] = out;
    if (key > 0 && ownerOf(m, key) == NULL) {
        m->owners = xrealloc(m->owners, (size_t) (m->nowners + 1) * sizeof(*m->owners));
        m->owners[m->nowners++] = (struct owner) { .key = key, .page = -1 };
    }
}

static void addSegment(struct search *m, int head)
{
    const struct session *s = m->run->s;
    struct segment *seg;
    int i;

    m->segs = xrealloc(m->segs, (size_t) (m->nsegs + 1) * sizeof(*m->segs));
    seg = &m->segs[m->nsegs++];
    *seg = (struct segment) { .head = head, .first = head + 1, .last = head + 1 };
    while (seg->last < s->nlines && s->lines[seg->last].kind != PROMPT && s->lines[seg->last].kind != KEY)
        seg->last++;
    for (i = 0; i < m->run->nouts; i++)
        if (m->run->outs[i].seg == head)
            addToStream(m, seg, i);
    for (i = 0; i < seg->nstreams; i++)
        if (seg->streams[i].key == -1 || seg->streams[i].key == -2)
            orderJobs(m->run, &seg->streams[i]);
}

bool search(struct search *m, struct run *run)
{
    int i, most = 0;

    memset(m, 0, sizeof(*m));
    m->run = run;
    m->budget = TRIES;
    m->deepLine = -1;
    for (i = 0; i <= run->seg; i++)
        if (run->s->lines[i].kind == PROMPT || run->s->lines[i].kind == KEY) {
            addSegment(m, i);
            most = m->segs[m->nsegs - 1].nstreams > most ? m->segs[m->nsegs - 1].nstreams : most;
        }
    m->deepHeads = xrealloc(NULL, (size_t) (most + 1) * sizeof(int));
    m->deepGaps = xrealloc(NULL, (size_t) (most + 1) * sizeof(int));
    m->came = xrealloc(NULL, (size_t) run->s->nlines * sizeof(int));
    m->deepCame = xrealloc(NULL, (size_t) run->s->nlines * sizeof(int));
    memset(m->came, 0, (size_t) run->s->nlines * sizeof(int));
    m->deepOwners = xrealloc(NULL, (size_t) (m->nowners + 1) * sizeof(*m->owners));
    for (i = 0; i < run->s->nsamples; i++)
        m->bound[i] = run->pinned[i] ? run->bound[i] : NULL;
    return m->nsegs > 0 && walk(m, 0, m->segs[0].first);
}

void endSearch(struct search *m)
{
    int g, i;

    for (g = 0; g < m->nsegs; g++) {
        for (i = 0; i < m->segs[g].nstreams; i++)
            free(m->segs[g].streams[i].outs);
        free(m->segs[g].streams);
    }
    free(m->segs);
    free(m->owners);
    free(m->deepHeads);
    free(m->deepGaps);
    free(m->deepOwners);
    free(m->came);
    free(m->deepCame);
}

bool matchAll(struct run *run)
{
    struct search m;
    bool found = search(&m, run);

    if (found)
        memcpy(run->bound, m.bound, sizeof(run->bound));
    endSearch(&m);
    return found;
}
