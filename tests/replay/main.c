/* main.c - replay: run the sessions that the pages show, and compare what comes with the pages */

#include "replay.h"
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>

volatile sig_atomic_t interrupted;

char *
format(const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) == -1)
        errExit("vasprintf");
    va_end(args);
    return text;
}

FILE *
openText(char **text)
{
    static size_t size;
    FILE *fp = open_memstream(text, &size);

    if (fp == NULL)
        errExit("open_memstream");
    return fp;
}

/* The length of the character at p that may be printed: of ASCII, a tab, or another in UTF-8. 0: it
   is a control character, or no character. */
static size_t
printableAt(const char *p)
{
    const unsigned char *c = (const unsigned char *) p;
    size_t n = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;

    if (n == 1)
        return isprint(c[0]) || c[0] == '\t';
    if (c[0] < 0xc2 || c[0] > 0xf4 || (c[0] == 0xc2 && c[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

void
say(FILE *fp, const char *fmt, va_list args)
{
    char *text;
    size_t n;

    if (vasprintf(&text, fmt, args) == -1)
        errExit("vasprintf");
    for (const char *p = text; *p != '\0'; p += max(n, 1)) {
        n = printableAt(p);
        if (n > 0)
            fwrite(p, n, 1, fp);
        else
            fprintf(fp, "\\%03o", (unsigned char) *p);
    }
    fputc('\n', fp);
    free(text);
}

static void
onSignal(int sig)
{
    interrupted = sig;
    passOn(sig);
}

static void
catchSignals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action = { .sa_handler = onSignal }, old;

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], NULL, &old);
        if (old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
}

/* A standard descriptor that is closed would be given to a terminal, and results typed there. Like
   this a write to it fails. */
static void
holdDescriptors(void)
{
    int fd = 0;

    while (fd <= STDERR_FILENO && fd != -1)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
}

static const char usage[] =
    "[-t seconds] check PAGE[#NAME]...   run the sessions of the pages\n"
    "       replay [-t seconds] show PAGE#NAME         type one on this terminal\n"
    "       replay list PAGE...                        where they are\n"
    "  -t seconds   a step that is not settled by then fails (10)\n"
    "Exit status: 0 all passed, 1 one failed, 2 a page that cannot be replayed, or misuse.\n"
    "In the environment: REPLAY_SHARED=1: no namespace of its own; SVSEM_PATIENCE=N: N times -t.\n"
    "Example: replay check docs/01-first-session.md";

static struct book book;
static char verb;
static double deadline;

/* Reads a page, once, and chooses those of its sessions that are asked for: PAGE#NAME, or all. */
static void
choose(const char *arg)
{
    char *path = format("%s", arg), *name = strrchr(path, '#');
    int first = 0, found = 0;

    if (name != NULL)
        *name++ = '\0';
    while (first < book.nsessions && strcmp(book.sessions[first]->page, path) != 0)
        first++;
    if (first == book.nsessions)
        readPage(&book, path);
    for (int i = first; i < book.nsessions && strcmp(book.sessions[i]->page, path) == 0; i++)
        if (name == NULL || strcmp(book.sessions[i]->name, name) == 0) {
            book.sessions[i]->chosen = true;
            found++;
        }
    if (name != NULL && found == 0 && book.nerrors == 0) {
        fprintf(stderr, "replay: %s has no session %s\n", path, name);
        book.nerrors++;
    }
    free(path);
}

/* Does it, to each of the chosen sessions; the exit status. Whatever a session starts is ours to
   end, also when its parent has ended. */
static int
doVerb(void)
{
    int status = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < book.nsessions && !interrupted; i++) {
        const struct session *s = book.sessions[i];

        if (s->chosen && verb == 'l')
            printf("%s:%d %s\n", s->page, s->number, s->name);
        else if (s->chosen && !runSession(s, deadline, verb == 's'))
            status = 1;
    }
    if (fflush(stdout) == EOF || ferror(stdout)) {
        fprintf(stderr, "replay: the results cannot be written\n");
        status = 2;
    }
    return status;
}

int
main(int argc, char *argv[])
{
    int opt, n, status;
    char **args;

    holdDescriptors();
    checkArgs(argc, argv, 0, INT_MAX, usage);
    deadline = 10 * patience();
    while ((opt = getopt(argc, argv, "+t:")) != -1) {
        if (opt != 't')
            misuse(argv, usage);
        deadline = readSeconds(optarg, "-t", 3600);
    }
    args = argv + optind;
    n = argc - optind;
    if (n < 2 || (strcmp(args[0], "check") != 0 && strcmp(args[0], "list") != 0 &&
                  (strcmp(args[0], "show") != 0 || n > 2 || strchr(args[1], '#') == NULL)))
        misuse(argv, usage);
    for (int i = 1; i < n; i++)
        choose(args[i]);
    if (book.nerrors > 0)
        return 2;
    verb = args[0][0];
    catchSignals();
    status = verb == 's' ? runWithOwnPids(doVerb) : doVerb();
    if (interrupted) {
        signal(interrupted, SIG_DFL);
        raise(interrupted);
    }
    return status;
}
