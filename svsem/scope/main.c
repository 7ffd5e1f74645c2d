/* main.c - svsem_scope: see a semaphore at work, be its scheduler, and search every schedule. */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "scope.h"

enum { TRACE, STEP_THROUGH, REPLAY, EXPLORE, MODES, MISUSE = 2, MOST_SCHEDULES = 100000 };

static const char *const modes[MODES] = { "trace", "step", "replay", "explore" };

static const char help[] =
"Usage: svsem_scope trace   [-o FILE] [--ms] [--patience SECONDS] -- COMMAND [ARG...]\n"
"       svsem_scope step    [-o FILE] [--patience SECONDS] -- COMMAND [ARG...]\n"
"       svsem_scope replay  --schedule=LIST [-o FILE] [--patience SECONDS] -- COMMAND [ARG...]\n"
"       svsem_scope explore [--max N] [--preemptions K] [--crash] [-o FILE] [--patience SECONDS]\n"
"                           -- COMMAND [ARG...]\n"
"\n"
"Runs COMMAND and all processes and threads that it makes, one at a time, from one semaphore call to the next.\n"
"  trace    draws what they did; exits as COMMAND does\n"
"  step     asks who goes next\n"
"  replay   makes the choices of a schedule again, and draws\n"
"  explore  runs COMMAND, its output dropped, once for each order of calls that can be told apart.\n"
"           Exits 0 when all are well, 1 with the first that is not, 3 when there are more than --max\n"
"\n"
"  -o FILE         the drawing goes to FILE; an SVG if its name ends in .svg\n"
"  --ms            time in milliseconds instead of steps\n"
"  --patience S    so long a sleep outside of semop() is waited for that others can end (2)\n"
"  --max N         at most N runs (100000)\n"
"  --preemptions K only schedules that leave a process which could go on at most K times\n"
"  --crash         in some schedules one process, never the first, is killed with SIGKILL\n"
"\n"
"A schedule is a list of steps: 2 = P2 makes its call, goes on after a sleep, or ends; 2t = its semtimedop() times out;\n"
"2x = it is killed where it stands or sleeps; 2c = it makes its call and is killed as that returns.  After the list's end\n"
"who came first goes first.  P1 P2 ... are processes and threads, A B ... sets, in the order of their making.\n"
"In the drawing 0-1u 1+2 is one semop(): semaphore 0 minus 1 with SEM_UNDO (n: IPC_NOWAIT), semaphore 1 plus 2.\n"
"Exit 2: misuse, or not possible here; 3: no verdict.\n"
"\n"
"Try: svsem_scope trace -- ./svsem_alternate\n";

static void refuse(const char *what, const char *value)
{
    fprintf(stderr, "svsem_scope: %s%s%s\nTry: svsem_scope --help\n", what, value == NULL ? "" : ": ", value == NULL ? "" : value);
    exit(MISUSE);
}

static long number(const char *text, long low, long high, const char *what)
{
    char *end;
    char message[80];

    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
        snprintf(message, sizeof message, "%s must be a number from %ld to %ld", what, low, high);
        refuse(message, text);
    }
    return value;
}

static double patience(const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= 0.001 && value <= 86400))
        refuse("--patience must be a number of seconds from 0.001 to 86400", text);
    return value;
}

static void checkSchedule(const char *text)
{
    if (!scheduleIsGood(text))
        refuse("--schedule must be a list such as 1,1,2,2x,1", text);
}

static int options(int argc, char **argv, struct options *opt)
{
    static const struct option names[] = {
        { "help", no_argument, NULL, 'h' }, { "ms", no_argument, NULL, 'm' }, { "max", required_argument, NULL, 'n' },
        { "patience", required_argument, NULL, 'p' }, { "schedule", required_argument, NULL, 's' },
        { "preemptions", required_argument, NULL, 'k' }, { "crash", no_argument, NULL, 'c' }, { 0 },
    };
    /* which options a mode takes */
    static const char *const takes[MODES] = { "homp", "hop", "hops", "hopnkc" };
    int mode = 0;

    while (argc > 1 && mode < MODES && strcmp(argv[1], modes[mode]) != 0)
        mode++;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        exit(EXIT_SUCCESS);
    }
    if (argc < 2 || mode == MODES)
        refuse(argc < 2 ? "say trace, step, replay or explore" : "no such mode", argc < 2 ? NULL : argv[1]);
    optind = 2;
    for (int c; (c = getopt_long(argc, argv, "+o:h", names, NULL)) != -1;) {
        if (c == '?')
            refuse("see above", NULL);
        if (strchr(takes[mode], c) == NULL)
            refuse("this mode takes no such option", argv[optind - 1]);
        switch (c) {
        case 'h': fputs(help, stdout); exit(EXIT_SUCCESS);
        case 'o': opt->output = optarg; break;
        case 'm': opt->ms = true; break;
        case 'p': opt->patience = patience(optarg); break;
        case 'n': opt->max = number(optarg, 1, 1000000000, "--max"); break;
        case 'k': opt->preemptions = (int) number(optarg, 0, 1000000, "--preemptions"); break;
        case 'c': opt->crash = true; break;
        case 's': checkSchedule(optarg); opt->schedule = optarg; break;
        default:  break;
        }
    }
    if (optind == argc)
        refuse("no COMMAND to run", NULL);
    if (mode == REPLAY && opt->schedule == NULL)
        refuse("replay needs --schedule=LIST", NULL);
    opt->command = &argv[optind];
    return mode;
}

/* Ended by a signal: as if it had no handler, with nothing left behind. */
static void endBySignal(void)
{
    sigset_t one;

    signal(endingSignal, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, endingSignal);
    raise(endingSignal);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static int sayRun(const struct run *r)
{
    if (r->verdict != REFUSED && r->verdict != UNREPEATABLE) {
        if (r->opt->output == NULL || !drawTo(r, r->opt->output))
            draw(r, stderr, colourful(2));
    }
    if (r->verdict != WELL && !(r->opt->live && (r->verdict == BAD_EXIT || r->verdict == BAD_SIGNAL)))
        sayMessage(r);
    return verdictStatus(r->verdict);
}

static int runAndDraw(const struct options *opt)
{
    struct run r;

    runSchedule(&r, opt, opt->schedule);
    if (endingSignal != 0)
        return 3;
    int status = sayRun(&r);
    if (opt->live && (r.verdict == WELL || status == 1) && r.alive == 0)
        status = WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
    runDrop(&r);
    return status;
}

/* All on one processor: only one task runs at a time anyway, and a wake-up there is done when the call that makes it is. */
static void shareProcessor(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((unsigned) sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
}

int main(int argc, char **argv)
{
    struct options opt = { .self = argv[0], .patience = 2, .max = MOST_SCHEDULES, .preemptions = -1 };
    int mode = options(argc, argv, &opt), status;

    opt.shared = getenv("SCOPE_SHARED") != NULL;
    opt.live = mode == TRACE;
    opt.quiet = mode == EXPLORE;
    opt.noInput = mode != TRACE;                /* step asks for choices there, and a replay is to be the same run */
    if (mode == REPLAY)
        opt.crash = strpbrk(opt.schedule, "xc") != NULL;
    signalsBlock();
    shareProcessor();
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    status = mode == EXPLORE ? explore(&opt) : mode == STEP_THROUGH ? stepThrough(&opt) : runAndDraw(&opt);
    if (mode != TRACE && (fflush(stdout) == EOF || ferror(stdout))) {
        fprintf(stderr, "svsem_scope: the results cannot be written\n");
        status = 3;
    }
    fflush(NULL);
    if (endingSignal != 0)
        endBySignal();
    return status;
}
