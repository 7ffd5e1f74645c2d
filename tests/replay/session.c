/* session.c - run one session: type what the page types, wait until all is settled, compare */

#include "replay.h"

enum { KEYPACE = 35, LINEPACE = 900 }; /* of `show`, in milliseconds */
enum { AGAIN = 20 };                   /* runs of a session at most, after the first */

static const struct session *reported; /* the session whose result line has been printed */
static const struct session *running;

/* A line under the result line of a failed session; the first prints the result line itself. */
void
report(const char *fmt, ...)
{
    va_list args;

    if (reported != running)
        printf("not ok %s:%d %s\n", running->page, running->number, running->name);
    reported = running;
    printf("    ");
    va_start(args, fmt);
    say(stdout, fmt, args);
    va_end(args);
}

/* ---- what is typed ---- */

/* The command with real values in place of samples, which can be no others from now on. In *unbound
   a sample that stands for none yet. */
static char *
command(struct run *run, const char *want, int *unbound)
{
    char *text;
    FILE *fp = openText(&text);
    int index;
    size_t n;

    for (const char *p = want; *p != '\0' && *unbound == -1; p += max(n, 1)) {
        n = sampleAt(run->s, want, p, &index);
        if (n == 0) {
            fputc(*p, fp);
        } else if (run->bound[index][0] == '\0') {
            *unbound = index;
        } else {
            run->pinned[index] = true;
            fputs(run->bound[index], fp);
        }
    }
    fclose(fp);
    return text;
}

/* For a reader's eyes; output that comes meanwhile is shown at once. */
static void
linger(struct run *run, int msec)
{
    double until = seconds() + msec / 1000.0;

    while (run->live && !interrupted && seconds() < until)
        pump(run, (long) ((until - seconds()) * 1e6) + 1);
}

static void
showTyping(struct run *run, const struct line *l, const char *text)
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
static bool
pressEnter(struct run *run, double deadline)
{
    unsigned long before[NTTY] = { 0 };

    for (int i = 0; i < run->nterms; i++) {
        before[i] = run->term[i].events;
        if (run->term[i].prompt && !run->term[i].gone)
            typeText(&run->term[i], "");
        else
            before[i]--;
    }
    for (int i = 0; i < run->nterms; i++)
        if (!awaitEvent(run, &run->term[i], before[i], deadline))
            return false;
    return true;
}

static void
noteStep(struct run *run)
{
    struct step *step = &run->steps[run->seg];

    noteJobs(run);
    free(step->sets);
    step->nsets = listSets(&step->sets);
}

/* Wait for the end of the step: all settled, or, where a key is next, all above it seen. */
static int
await(struct run *run, bool keyNext, double deadline)
{
    int level, whole, least = keyNext ? QUIET : SETTLED;
    bool seen;

    for (;;) {
        level = settle(run, least, deadline);
        if (level != -1 && (run->background || run->njobs > 0))
            level = pressEnter(run, deadline) ? settle(run, least, deadline) : -1;
        if (level == -1)
            return -1;
        noteStep(run);
        whole = run->nouts;
        copyLines(run);
        if (level != BUSY)
            noteWriter(run);
        seen = matchAll(run);
        while (run->nouts > whole)
            free(run->outs[--run->nouts].text);
        if (level == SETTLED || seen)
            return level;
        pump(run, 1000);
    }
}

static bool __attribute__((format(printf, 3, 4)))
fail(struct run *run, int line, const char *fmt, ...)
{
    char reason[256];
    va_list args;

    if (interrupted)
        return false;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    endLines(run);
    takeLook(run, &run->look, BUSY);
    noteStep(run);
    printDiff(run, line, reason);
    describe(run);
    return false;
}

static bool
typeLine(struct run *run, int line)
{
    const struct line *l = &run->s->lines[line];
    struct term *t = &run->term[l->tty];
    unsigned long before = t->events;
    struct look old;
    int unbound = -1;
    char *text;

    if (t->gone || !t->prompt)
        return fail(run, line, "not typed: %s",
                    t->gone ? "the terminal's bash has ended"
                            : "the command before has not returned");
    text = command(run, l->want, &unbound);
    if (unbound == -1)
        showTyping(run, l, text);
    if (unbound == -1 && !interrupted) {
        run->seg = run->typed = line;
        old = run->atTyping;
        run->atTyping = run->look;
        run->look = old;
        run->background |= strchr(text, '&') != NULL;
        t->prompt = false;
        if (run->show)
            askNumbers(run, line);
        typeText(t, text);
    }
    free(text);
    if (unbound != -1)
        return fail(run, line, "not typed: %s has not been met yet", run->s->samples[unbound].text);
    if (!awaitEvent(run, t, before, run->deadline + seconds()) || t->more)
        return fail(run, line, "bash %s the command",
                    t->more ? "wants the rest of" : "did not take");
    t->job = 0;
    text = onlyProgram(run, l);
    if (text != NULL) /* else it may never be a job: a builtin, a loop of the shell */
        awaitJob(run, t, run->deadline + seconds());
    free(text);
    return true;
}

static bool
pressLine(struct run *run, int line)
{
    const struct line *l = &run->s->lines[line];
    struct term *t = &run->term[l->tty];
    unsigned long before = t->events;

    run->pressed = line;
    if (!run->busy)
        run->seg = line; /* else output may go on until the key has arrived */
    pressKey(run, t, l->want[0]);
    return (awaitEvent(run, t, before, run->deadline + seconds()) &&
            awaitEcho(run, t, run->deadline + seconds())) ||
           fail(run, line, "the terminal did not take the key");
}

static bool
step(struct run *run, int line)
{
    const struct session *s = run->s;
    int next = line + 1, level;

    while (next < s->nlines && !isTyped(&s->lines[next]))
        next++;
    linger(run, LINEPACE);
    if (interrupted || !(s->lines[line].kind == KEY ? pressLine(run, line) : typeLine(run, line)))
        return false;
    level = await(run, next < s->nlines && s->lines[next].kind == KEY, seconds() + run->deadline);
    if (level == -1 && run->nouts >= MAXOUTS)
        return fail(run, next, "more than %d lines came", MAXOUTS);
    if (level == -1)
        return fail(run, next, "not settled after %g s", run->deadline);
    run->busy = level == BUSY;
    if (!run->busy)
        endLines(run);
    return matchAll(run) || fail(run, next, "%s", "");
}

static bool
steps(struct run *run)
{
    const struct session *s = run->s;

    for (int i = 0; i < s->nlines; i++)
        if (isTyped(&s->lines[i]) && !step(run, i))
            return false;
    for (int i = 0; i < run->nterms; i++)
        if (!run->term[i].prompt && !run->term[i].gone)
            return fail(run, s->nlines, "the last command has not returned");
    linger(run, LINEPACE);
    return true;
}

/* ---- what is left ---- */

/* Is the fence line right? */
static void
checkFence(struct run *run, bool passed)
{
    const struct session *s = run->s;
    bool wrong = false;

    removeSets(run);
    if (!passed || interrupted)
        return;
    for (int i = 0; i < s->nsamples; i++) {
        const char *what = NULL;

        if (run->bound[i][0] == '\0')
            what = "declared and never met";
        else if (run->left[i] != s->samples[i].leaves)
            what = run->left[i] ? "a set that is left behind; leaves= does not name it"
                                : "named in leaves=, but the set is gone at the end";
        if (what != NULL)
            report("%s:%d: sample %s is %s", s->page, s->number, s->samples[i].text, what);
        wrong |= what != NULL;
    }
    if (run->unnamed)
        report("%s:%d: the session leaves a set behind that it does not name", s->page, s->number);
    if (wrong)
        printFence(run);
}

static bool
openTerms(struct run *run)
{
    double deadline = seconds() + run->deadline;

    for (int i = 0; i < 1 + run->s->twoTtys; i++) {
        if (!openTerm(run, &run->term[i])) {
            report("no pseudo-terminal can be had: %s. Is devpts mounted?", strerror(errno));
            report("As root: mkdir -p /dev/pts && mount -t devpts -o ptmxmode=666 devpts /dev/pts");
            return false;
        }
        run->nterms++;
    }
    for (int i = 0; i < run->nterms; i++)
        if (!awaitEvent(run, &run->term[i], 0, deadline) || run->term[i].gone) {
            if (!interrupted)
                report("bash does not start within %g s: %.*s", run->deadline, run->term[i].nline,
                       run->term[i].line);
            return false;
        }
    return true;
}

static void
freeRun(struct run *run)
{
    for (int i = 0; i < run->nterms; i++) {
        close(run->term[i].master);
        close(run->term[i].slave);
        free(run->term[i].line);
    }
    for (int i = 0; i < run->nouts; i++)
        free(run->outs[i].text);
    for (int i = 0; i < run->s->nlines; i++)
        free(run->steps[i].sets);
    free(run->outs);
    free(run->jobs);
    free(run->steps);
    free(run->before);
    free(run->look.p);
    free(run->atTyping.p);
    free(run->root);
}

static bool
exists(const char *above, const char *name)
{
    char *path = format("%s/%s", above, name);
    bool does = access(path, F_OK) == 0;

    free(path);
    return does;
}

/* The nearest directory above `path` that holds svsem/, with a slash behind it; NULL if there is
   none. A svsem/ that holds another is no directory of programs, but a clone beside the page. Takes
   `path`, which may be NULL. */
static char *
rootAbove(char *path)
{
    char *slash = path == NULL ? NULL : path + strlen(path), *root = NULL;

    for (; slash != NULL && root == NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (exists(path, "svsem/.") && !exists(path, "svsem/svsem/."))
            root = format("%s/", path);
    }
    free(path);
    return root;
}

static char *
findRoot(const struct session *s)
{
    char *root = rootAbove(realpath(s->page, NULL));

    if (root == NULL)
        root = rootAbove(realpath(".", NULL));
    if (root == NULL)
        report("no directory svsem/ above %s or the current directory", s->page);
    return root;
}

static void
prepare(struct run *run)
{
    size_t size = (size_t) run->s->nlines * sizeof(*run->steps);

    run->began = time(NULL);
    run->isolated = isolate();
    run->nbefore = listSets(&run->before);
    run->steps = allocate(1, size);
    snprintf(run->nonce, sizeof(run->nonce), "%08lx",
             (unsigned long) getpid() * 2654435761UL & 0xffffffffUL);
}

bool
runSession(const struct session *s, double deadline, bool show)
{
    static int again; /* runs of this session so far in which a program ended unseen */
    struct run run = { .s = s, .deadline = deadline, .show = show, .live = show && isatty(1) };
    const char *skipped;
    bool passed;

    running = s;
    reported = NULL;
    run.root = findRoot(s);
    skipped = run.root == NULL ? "" : whySkipped(s, run.root);
    if (*skipped != '\0') {
        if (show)
            printf("The session %s is not typed: %s\n", s->name, skipped);
        else
            printf("ok %s:%d %s # skip %s\n", s->page, s->number, s->name, skipped);
        fflush(stdout);
        free(run.root);
        return true;
    }
    prepare(&run);
    passed = run.root != NULL && openTerms(&run) && steps(&run);
    endProcesses(&run);
    checkFence(&run, passed);
    passed = passed && reported != s && !interrupted;
    if (passed && run.unseen && !show && again < AGAIN) {
        again++;
        freeRun(&run);
        return runSession(s, deadline, show);
    }
    if (passed && run.unseen && !show)
        printf("# %s:%d %s: not all of the order could be judged\n", s->page, s->number, s->name);
    again = 0;
    if (passed && !show)
        printf("ok %s:%d %s\n", s->page, s->number, s->name);
    fflush(stdout);
    freeRun(&run);
    return passed;
}
