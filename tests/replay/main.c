/* main.c - replay: run the sessions that the pages show, and hold what comes against what they say */
#include "replay.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

volatile sig_atomic_t interrupted;

void *xrealloc(void *p, size_t size)
{
    p = realloc(p, size);
    if (p == NULL) {
        fprintf(stderr, "replay: out of memory\n");
        abort();
    }
    return p;
}

char *format(const char *fmt, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n == -1) {
        fprintf(stderr, "replay: out of memory\n");
        abort();
    }
    return text;
}

static void onSignal(int sig)
{
    interrupted = sig;
}

static void catchSignals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct sigaction action = { .sa_handler = onSignal }, old;
    size_t i;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], NULL, &old);
        if (old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
}

static void usage(FILE *fp)
{
    fprintf(fp, "Usage: replay [-t seconds] check PAGE[#NAME]...   run the sessions of the pages\n"
                "       replay [-t seconds] show PAGE#NAME         type one on this terminal\n"
                "       replay list PAGE...                        where they are\n"
                "  -t seconds   a step that is not settled by then fails (10)\n"
                "Exit status: 0 all passed, 1 one failed, 2 a page that cannot be replayed, or misuse.\n"
                "REPLAY_SHARED=1 in the environment: no IPC namespace of its own.\n"
                "Example: replay check docs/01-first-session.md\n");
}

/* Each page once, and which of its sessions were asked for. */
static int readPages(struct book *book, char *const pages[], bool *chosen[])
{
    int i, j, first, found;

    for (i = 0; pages[i] != NULL; i++) {
        char *path = format("%s", pages[i]), *name = strrchr(path, '#');

        if (name != NULL)
            *name++ = '\0';
        first = 0;
        while (first < book->nsessions && strcmp(book->sessions[first]->page, path) != 0)
            first++;
        if (first == book->nsessions) {
            readPage(book, path);
            *chosen = xrealloc(*chosen, (size_t) (book->nsessions + 1) * sizeof(**chosen));
            for (j = first; j < book->nsessions; j++)
                (*chosen)[j] = false;
        }
        for (j = first, found = 0; j < book->nsessions && strcmp(book->sessions[j]->page, path) == 0; j++) {
            bool match = name == NULL || strcmp(book->sessions[j]->name, name) == 0;

            found += match;
            (*chosen)[j] |= match;
        }
        if (name != NULL && found == 0 && book->nerrors == 0) {
            fprintf(stderr, "replay: %s has no session %s\n", path, name);
            book->nerrors++;
        }
        free(path);
    }
    return book->nerrors == 0 ? 0 : 2;
}

static int runChosen(const struct book *book, const bool chosen[], double deadline, bool show)
{
    int i, failed = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1);   /* whatever a session starts, it is ours to end */
    catchSignals();
    for (i = 0; i < book->nsessions && !interrupted; i++)
        if (chosen[i])
            failed |= runSession(book->sessions[i], deadline, show);
    return failed;
}

static int list(const struct book *book, const bool chosen[])
{
    int i;

    for (i = 0; i < book->nsessions; i++)
        if (chosen[i])
            printf("%s:%d %s\n", book->sessions[i]->page, book->sessions[i]->number, book->sessions[i]->name);
    return 0;
}

static double seconds(const char *text)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value > 0 && value <= 3600)) {
        fprintf(stderr, "replay: -t '%s' must be a number of seconds, above 0 and up to 3600\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char *argv[])
{
    struct book book = { 0 };
    bool *chosen = NULL, show;
    double deadline = 10;
    int opt, status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    while ((opt = getopt(argc, argv, "+t:")) != -1) {
        if (opt != 't') {
            usage(stderr);
            return 2;
        }
        deadline = seconds(optarg);
    }
    argv += optind;
    show = argv[0] != NULL && strcmp(argv[0], "show") == 0;
    if (argv[0] == NULL || argv[1] == NULL || (show && (strchr(argv[1], '#') == NULL || argv[2] != NULL)) ||
        (!show && strcmp(argv[0], "check") != 0 && strcmp(argv[0], "list") != 0)) {
        usage(stderr);
        return 2;
    }
    status = readPages(&book, argv + 1, &chosen);
    if (status == 0)
        status = argv[0][0] == 'l' ? list(&book, chosen) : runChosen(&book, chosen, deadline, show);
    free(chosen);
    freeBook(&book);
    if (fflush(stdout) == EOF || ferror(stdout)) {
        fprintf(stderr, "replay: the results cannot be written\n");
        status = 2;
    }
    if (interrupted) {
        signal(interrupted, SIG_DFL);
        raise(interrupted);
    }
    return status;
}
