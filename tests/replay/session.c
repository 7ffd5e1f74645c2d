/* session.c - run one session: type what the page types, wait until all is settled, compare what came */
#include "replay.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYPACE = 35, LINEPACE = 900 };  /* of `show`, in milliseconds */

static const struct session *reported;  /* the session whose result line has been printed */
static const struct session *running;

/* A line under the result line of a session that has failed; the first prints the result line itself. */
void report(const char *fmt, ...)
{
    va_list args;

    if (reported != running)
        printf("not ok %s:%d %s\n", running->page, running->number, running->name);
    reported = running;
    printf("    ");
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

/* ---- what is typed ---- */

/* The command with real values in place of samples, which can be no others from now on. NULL: one is not
   known. */
static char *command(struct run *run, const char *want, int *unbound)
{
    char *text = format("%s", ""), *old;
    const char *p;
    size_t n;
    int index;

    for (p = want; *p != '\0'; p += n) {
        n = sampleAt(run->s, want, p, &index);
        old = text;
        if (n == 0) {
            n = 1;
            text = format("%s%c", old, *p);
        } else if (run->bound[index] == NULL) {
            *unbound = index;
            free(old);
            return NULL;
        } else {
            run->pinned[index] = true;
            text = format("%s%s", old, run->bound[index]);
        }
        free(old);
    }
    return text;
}

/* For a reader's eyes; output that comes meanwhile is shown at once. */
static void linger(struct run *run, int msec)
{
    double until = now() + msec / 1000.0;

    while (run->live && !interrupted && now() < until)
        pump(run, (long) ((until - now()) * 1e6) + 1);
}

static void showTyping(struct run *run, const struct line *l, const char *text)
{
    if (!run->show)
        return;
    if (run->column != 0)
        putchar('\n');
    run->column = 0;
    printf("%.*s", (int) (strchr(l->text, '$') - l->text) + 2, l->text);
    for (; *text != '\0' && !interrupted; text++) {
        fflush(stdout);
        linger(run, KEYPACE);
        putchar(*text);
    }
    putchar('\n');
    fflush(stdout);
}

/* ---- one step ---- */

/* Let every shell that is at its prompt report the jobs that have ended. */
static int pressEnter(struct run *run, double deadline)
{
    unsigned long before[NTTY] = { 0 };
    int i;

    for (i = 0; i < run->nterms; i++) {
        before[i] = run->term[i].events;
        if (run->term[i].prompt && !run->term[i].gone)
            typeText(&run->term[i], "");
        else
            before[i]--;
    }
    for (i = 0; i < run->nterms; i++)
        if (awaitEvent(run, &run->term[i], before[i], deadline) == -1)
            return -1;
    return 0;
}

static void noteSets(struct run *run)
{
    noteJobs(run);
    free(run->sets[run->seg]);
    run->nsets[run->seg] = listSets(&run->sets[run->seg]);
}

/* Wait for the end of the step: all settled, or, where a key is next, all that stands above it seen. */
static int await(struct run *run, bool keyNext, double deadline)
{
    int level, cut, least = keyNext ? QUIET : SETTLED;
    bool seen;

    for (;;) {
        level = settle(run, least, deadline);
        if (level != -1 && (run->background || run->njobs > 0))
            level = pressEnter(run, deadline) == -1 ? -1 : settle(run, least, deadline);
        if (level == -1)
            return -1;
        noteSets(run);
        cut = cutLines(run);
        seen = matchAll(run);
        uncutLines(run, cut);
        if (level == SETTLED || seen)
            return level;
        pump(run, 1000);
    }
}

static bool fail(struct run *run, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static bool fail(struct run *run, int line, const char *fmt, ...)
{
    char reason[256];
    va_list args;

    if (interrupted)
        return false;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    endLines(run);
    noteSets(run);
    printDiff(run, line, reason);
    takeLook(run, &run->look, BUSY);
    describe(run);
    return false;
}

static bool typeLine(struct run *run, int line, double deadline)
{
    const struct line *l = &run->s->lines[line];
    struct term *t = &run->term[l->tty];
    unsigned long before = t->events;
    int unbound = 0;
    char *text;

    if (t->gone || !t->prompt)
        return fail(run, line, "not typed: %s", t->gone ? "the terminal's bash has ended" :
                    "the command before has not returned");
    text = command(run, l->want, &unbound);
    if (text == NULL)
        return fail(run, line, "not typed: %s has not been met yet", run->s->samples[unbound].text);
    showTyping(run, l, text);
    if (interrupted) {
        free(text);
        return false;
    }
    run->seg = line;
    run->background |= strchr(text, '&') != NULL;
    t->prompt = false;
    typeText(t, text);
    free(text);
    if (awaitEvent(run, t, before, deadline + now()) == -1 || t->more)
        return fail(run, line, "bash %s the command", t->more ? "wants the rest of" : "did not take");
    return true;
}

static bool pressLine(struct run *run, int line, double deadline)
{
    const struct line *l = &run->s->lines[line];
    struct term *t = &run->term[l->tty];
    unsigned long before = t->events;

    run->pressed = line;
    if (!run->busy)
        run->seg = line;        /* else output may go on until the key has arrived */
    pressKey(run, t, l->want[0]);
    if (awaitEvent(run, t, before, deadline + now()) == -1 || awaitEcho(run, t, deadline + now()) == -1)
        return fail(run, line, "the terminal did not take the key");
    return true;
}

static bool step(struct run *run, int line)
{
    const struct session *s = run->s;
    bool key = s->lines[line].kind == KEY, keyNext;
    int next = line + 1, level;

    while (next < s->nlines && s->lines[next].kind != PROMPT && s->lines[next].kind != KEY)
        next++;
    keyNext = next < s->nlines && s->lines[next].kind == KEY;
    linger(run, LINEPACE);
    if (interrupted || !(key ? pressLine(run, line, run->deadline) : typeLine(run, line, run->deadline)))
        return false;
    level = await(run, keyNext, now() + run->deadline);
    if (level == -1)
        return run->nouts >= MAXOUTS ? fail(run, next, "more than %d lines came", MAXOUTS) :
               fail(run, next, "not settled after %g s", run->deadline);
    run->busy = level == BUSY;
    if (!run->busy)
        endLines(run);
    return matchAll(run) || fail(run, next, "%s", "");
}

static bool steps(struct run *run)
{
    const struct session *s = run->s;
    int i;

    for (i = 0; i < s->nlines; i++)
        if ((s->lines[i].kind == PROMPT || s->lines[i].kind == KEY) && !step(run, i))
            return false;
    for (i = 0; i < run->nterms; i++)
        if (!run->term[i].prompt && !run->term[i].gone)
            return fail(run, s->nlines, "the last command has not returned");
    linger(run, LINEPACE);
    return true;
}

/* ---- what is left ---- */

/* The fence as it would have to be; NULL if it is right. */
static void checkFence(struct run *run, bool passed)
{
    const struct session *s = run->s;
    bool left[MAXSAMPLES], unnamed, wrong = false;
    int i;

    removeSets(run, left, &unnamed);
    if (!passed || interrupted)
        return;
    for (i = 0; i < s->nsamples; i++) {
        const char *what = NULL;

        if (run->bound[i] == NULL)
            what = "declared and never met";
        else if (left[i] != s->samples[i].leaves)
            what = left[i] ? "a set that is left behind; leaves= does not name it" :
                   "named in leaves=, but the set is gone at the end";
        if (what != NULL)
            report("%s:%d: sample %s is %s", s->page, s->number, s->samples[i].text, what);
        wrong |= what != NULL;
    }
    if (unnamed)
        report("%s:%d: the session leaves a set behind that it does not name", s->page, s->number);
    if (wrong)
        printFence(run, left);
}

static bool openTerms(struct run *run, double deadline)
{
    int i;

    for (i = 0; i < 1 + run->s->twoTtys; i++)
        run->term[i].master = run->term[i].slave = -1;
    for (i = 0; i < 1 + run->s->twoTtys; i++) {
        if (openTerm(run, &run->term[i]) == -1) {
            report("no pseudo-terminal can be had: %s. Is devpts mounted? As root:\n"
                   "    mkdir -p /dev/pts && mount -t devpts -o ptmxmode=666 devpts /dev/pts", strerror(errno));
            return false;
        }
        run->nterms++;
    }
    for (i = 0; i < run->nterms; i++)
        if (awaitEvent(run, &run->term[i], 0, deadline) == -1 || run->term[i].gone) {
            if (!interrupted)
                report("bash does not start: %.*s", (int) run->term[i].nline, run->term[i].line);
            return false;
        }
    return true;
}

static void freeRun(struct run *run)
{
    int i;

    for (i = 0; i < run->nterms; i++)
        closeTerm(&run->term[i]);
    for (i = 0; i < run->nouts; i++)
        free(run->outs[i].text);
    for (i = 0; i < run->nvalues; i++)
        free(run->values[i]);
    for (i = 0; i < run->s->nlines; i++)
        free(run->sets[i]);
    free(run->outs);
    free(run->jobs);
    free(run->values);
    free(run->sets);
    free(run->nsets);
    free(run->before);
    free(run->look.p);
    free(run->root);
}

static bool isDirectory(const char *above, const char *name)
{
    char *path = format("%s/%s", above, name);
    struct stat st;
    bool is = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

    free(path);
    return is;
}

/* The nearest directory above `path` that holds svsem/, with a slash behind it; NULL if there is none. A svsem/ that holds
   another is no directory of programs, but a clone beside the page. Takes `path`, which may be NULL. */
static char *rootAbove(char *path)
{
    char *slash = path == NULL ? NULL : path + strlen(path), *root = NULL;

    for (; slash != NULL && root == NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (isDirectory(path, "svsem") && !isDirectory(path, "svsem/svsem"))
            root = format("%s/", path);
    }
    free(path);
    return root;
}

static bool findRoot(struct run *run)
{
    run->root = rootAbove(realpath(run->s->page, NULL));
    if (run->root == NULL)
        run->root = rootAbove(realpath(".", NULL));
    if (run->root == NULL)
        report("no directory svsem/ above %s or the current directory", run->s->page);
    return run->root != NULL;
}

static void prepare(struct run *run)
{
    size_t n = (size_t) run->s->nlines;

    run->began = time(NULL);
    run->isolated = isolate();
    run->nbefore = listSets(&run->before);
    run->sets = xrealloc(NULL, n * sizeof(*run->sets));
    memset(run->sets, 0, n * sizeof(*run->sets));
    run->nsets = xrealloc(NULL, n * sizeof(*run->nsets));
    memset(run->nsets, 0, n * sizeof(*run->nsets));
    snprintf(run->nonce, sizeof(run->nonce), "%08lx", (unsigned long) getpid() * 2654435761UL & 0xffffffffUL);
}

int runSession(const struct session *s, double deadline, bool show)
{
    struct run run = { .s = s, .deadline = deadline, .show = show, .live = show && isatty(1) };
    bool passed;

    running = s;
    reported = NULL;
    prepare(&run);
    passed = findRoot(&run) && openTerms(&run, now() + deadline) && steps(&run);
    endProcesses(&run);
    checkFence(&run, passed);
    passed = passed && reported != s && !interrupted;
    if (passed && !show)
        printf("ok %s:%d %s\n", s->page, s->number, s->name);
    fflush(stdout);
    freeRun(&run);
    return passed ? 0 : 1;
}
