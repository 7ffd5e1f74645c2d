/* main.c - svsem_scope: see a semaphore at work, be its scheduler, and search every schedule. */

#define _GNU_SOURCE
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "draw.h"
#include "judge.h"
#include "schedule.h"
#include "search.h"
#include "step.h"
#include "wait.h"

enum mode { TRACE, STEP_THROUGH, REPLAY, EXPLORE, MODES };
static const char *const modes[MODES] = { "trace", "step", "replay", "explore" };

static const char operands[] =
    "trace|step|replay|explore [OPTION...] -- COMMAND [ARG...]\n"
    "\n"
    "Runs COMMAND and all processes and threads that it makes, one at a time, from one semaphore\n"
    "call to the next.\n"
    "  trace    draws what they did; exits as COMMAND does\n"
    "  step     asks which process goes next\n"
    "  replay   makes the choices of a schedule again, and draws\n"
    "  explore  runs COMMAND, its output dropped, once for each order of calls that can be told\n"
    "           apart. Exits 0 when all runs are well, 1 with the first that is not, 3 when there\n"
    "           are more than --max. A run that is sent a signal from outside is made again;\n"
    "           after 100 such, status 3\n"
    "\n"
    "  -o FILE          the drawing goes to FILE; an SVG if its name ends in .svg\n"
    "  --patience S     seconds that the scope waits for a process that runs without making a\n"
    "                   call, or that only the clock or the world outside can set going (2);\n"
    "                   SVSEM_PATIENCE=N in the environment: N times as long\n"
    "  --ms             trace: time in milliseconds instead of steps\n"
    "  --schedule=LIST  replay: the steps\n"
    "  --max N          explore: at most N runs (100000)\n"
    "  --preemptions K  explore: only schedules that switch away at most K times from a process\n"
    "                   that could go on\n"
    "  --crash          explore: in some schedules one process, never the first, is killed with\n"
    "                   SIGKILL\n"
    "\n"
    "A schedule is a list of steps, 1,1,2,3x: 2 = P2 makes its call, goes on after a sleep, or\n"
    "ends; 2t = its semtimedop() times out; 2x = it is killed where it stands or sleeps; 2c = it\n"
    "makes its call and is killed as that returns. A step whose process cannot go then is passed\n"
    "over. After the end of the list, the process that came first goes first. P1 P2 ... are\n"
    "processes and threads, A B ... sets, in the order of their making. In the drawing, 0-1u,1+2\n"
    "is one semop(): semaphore 0 minus 1 with SEM_UNDO (n: IPC_NOWAIT), semaphore 1 plus 2.\n"
    "Exit 2: misuse, or not possible here; 3: no verdict.\n"
    "\n"
    "Example: ./svsem_scope trace -- bash -c './svsem_rm $(./svsem_create -p 1)'";

static enum mode
readMode(int argc, char *argv[])
{
    int mode = 0;

    checkArgs(argc, argv, 1, argc, operands);
    while (mode < MODES && strcmp(argv[1], modes[mode]) != 0)
        mode++;
    if (mode == MODES)
        cmdLineErr("the first argument must be trace, step, replay or explore, not \"%s\"\n",
                   argv[1]);
    return (enum mode) mode;
}

static void
setOption(struct options *opt, int letter)
{
    if (letter == 'h')
        checkArgs(2, (char *[]){ opt->self, "--help" }, 0, 1, operands);
    if (letter == 'o')
        opt->output = optarg;
    if (letter == 'p')
        opt->patience = readSeconds(optarg, "--patience", 86400);
    if (letter == 'n')
        opt->max = getRange(optarg, 0, 1, 1000000000, "--max");
    if (letter == 'k')
        opt->preemptions = (int) getRange(optarg, 0, 0, 1000000, "--preemptions");
    if (letter == 's')
        opt->schedule = optarg;
    opt->ms |= letter == 'm';
    opt->crash |= letter == 'c';
}

static void
readOptions(int argc, char *argv[], enum mode mode, struct options *opt)
{
    static const struct option names[] = { { "help", no_argument, NULL, 'h' },
                                           { "ms", no_argument, NULL, 'm' },
                                           { "max", required_argument, NULL, 'n' },
                                           { "patience", required_argument, NULL, 'p' },
                                           { "schedule", required_argument, NULL, 's' },
                                           { "preemptions", required_argument, NULL, 'k' },
                                           { "crash", no_argument, NULL, 'c' },
                                           { 0 } };
    static const char *const taken[MODES] = { "homp", "hop", "hops", "hopnkc" };

    opt->patience = 2 * patience();
    optind = 2;
    for (int c; (c = getopt_long(argc, argv, "+o:", names, NULL)) != -1; setOption(opt, c))
        if (strchr(taken[mode], c) == NULL)
            cmdLineErr("%s takes no such option: %s\n", modes[mode], argv[optind - 1]);
    if (optind == argc)
        cmdLineErr("COMMAND is missing\n");
    if (mode == REPLAY && opt->schedule == NULL)
        cmdLineErr("replay needs --schedule=LIST, such as 1,1,2,2x,1\n");
    if (mode == REPLAY && !scheduleIsGood(opt->schedule))
        cmdLineErr("--schedule must be a list such as 1,1,2t,2x,1, not \"%s\"\n", opt->schedule);
    opt->command = &argv[optind];
    opt->shared = getenv("SCOPE_SHARED") != NULL;
    opt->live = mode == TRACE;
    opt->quiet = mode == EXPLORE;
    opt->noInput = mode != TRACE; /* step asks there, and a replay is to be the same run */
    if (mode == REPLAY)
        opt->crash = strpbrk(opt->schedule, "xc") != NULL;
}

/* Ends as the signal would have ended a program without a handler, with nothing left behind. */
static void
endBySignal(void)
{
    sigset_t one;

    signal(endingSignal, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, endingSignal);
    raise(endingSignal);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static int
runAndDraw(const struct options *opt)
{
    struct run r;
    int status = 3;

    runSchedule(&r, opt);
    if (endingSignal == 0 && (r.verdict == REFUSED || draw(&r, stderr)))
        status = verdictStatus(r.verdict);
    if (endingSignal == 0 && r.verdict != WELL &&
        !(opt->live && (r.verdict == BAD_EXIT || r.verdict == BAD_SIGNAL)))
        sayVerdict(&r);
    if (opt->live && status < 2 && r.alive == 0)
        status = WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
    runDrop(&r);
    return status;
}

/* All on one processor: only one task runs at a time anyway, and a wake-up there is done when the
   call that makes it is. */
static void
shareProcessor(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((unsigned) sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
}

int
main(int argc, char *argv[])
{
    struct options opt = { .self = argv[0], .max = 100000, .preemptions = -1 };
    enum mode mode = readMode(argc, argv);
    int status;

    readOptions(argc, argv, mode, &opt);
    errExitStatus = COULD_NOT_RUN;
    signalsBlock();
    shareProcessor();
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    if (mode == EXPLORE)
        status = explore(&opt);
    else
        status = mode == STEP_THROUGH ? stepThrough(&opt) : runAndDraw(&opt);
    if (mode != TRACE && (fflush(stdout) == EOF || ferror(stdout))) {
        while (signalsWait(0) > 0)
            ; /* SIGPIPE: nobody reads on, and nothing is to be said */
        if (endingSignal == 0)
            fprintf(stderr, "svsem_scope: the results cannot be written\n");
        status = 3;
    }
    fflush(NULL);
    if (endingSignal != 0)
        endBySignal();
    return status;
}
