/* within.c - runs a command, as a process group of its own, for SECONDS at most: then the group
   gets SIGTERM, and ten seconds (times SVSEM_PATIENCE) later SIGKILL. That comes, too, after a
   signal that this program is sent, and passes on.

   within SECONDS COMMAND...       exit status: the command's, as a shell gives it; 124: time was up
   within 0 COMMAND...             no limit: the command takes the place of this program
   within -a SECONDS COMMAND...    so do all processes that come of it, also when it has ended by
                                   itself, and when this program's parent has: none is left

   Each signal does to the command what it does by default, also where the shell ignores SIGINT for
   what it starts in the background; a closed descriptor stays closed. `timeout` and `env
   --default-signal` have their rules changed with the system's version. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "tlpi_hdr.h"

enum { TIME_IS_UP = 124, MERCY = 10, BILLION = 1000000000 };

static const int passedOn[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static sigset_t awaited;

static _Noreturn void
become(char *argv[])
{
    execvp(argv[0], argv);
    fprintf(stderr, "within: cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / BILLION;
}

/* Waits for a signal, at most until the clock says `end`. 0: none has come. */
static int
nextSignal(double end)
{
    double left = min(max(end - now(), 0), 3600);
    struct timespec t = { .tv_sec = (time_t) left };
    int sig;

    t.tv_nsec = (long) ((left - (double) t.tv_sec) * BILLION);
    sig = sigtimedwait(&awaited, NULL, &t);
    return sig == -1 ? 0 : sig;
}

/* The command ends, by itself or since it is told to. Its status. */
static int
watch(pid_t pid, double end)
{
    int status, sig, next = SIGTERM;
    bool isLate = false;
    pid_t ended;

    while ((ended = waitpid(-1, &status, WNOHANG)) != pid) {
        sig = ended > 0 ? SIGCHLD : nextSignal(end);
        if (sig == SIGCHLD || (sig == 0 && now() < end))
            continue;
        isLate |= sig == 0 && next == SIGTERM;
        kill(-pid, sig == 0 ? next : sig);
        next = SIGKILL;
        end = now() + MERCY * patience();
    }
    if (isLate)
        return TIME_IS_UP;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* All that come of a process are told at once, as by a terminal; and each once. */
static void
tellChildren(pid_t parent, int sig)
{
    static pid_t told[4096];
    static size_t ntold;
    char path[80];
    FILE *fp;
    pid_t pid;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int) parent, (int) parent);
    fp = fopen(path, "re");
    while (fp != NULL && fscanf(fp, "%d", &pid) == 1) {
        size_t i = 0;

        tellChildren(pid, sig);
        while (i < ntold && told[i] != pid)
            i++;
        if (i < ntold && sig != SIGKILL)
            continue;
        kill(pid, sig);
        if (i == ntold && ntold < sizeof(told) / sizeof(told[0]))
            told[ntold++] = pid;
    }
    if (fp != NULL)
        fclose(fp);
}

/* The children of a process that has ended become this one's own: so all end. What the kernel
   does not let end is waited for no longer than that. */
static void
endRest(void)
{
    double end = now() + MERCY * patience();
    pid_t ended;

    while ((ended = waitpid(-1, NULL, WNOHANG)) != -1 && now() < end + MERCY * patience()) {
        if (ended > 0)
            continue;
        tellChildren(getpid(), now() < end ? SIGTERM : SIGKILL);
        nextSignal(now() + 0.01);
    }
}

/* -1: it is no number. */
static double
readLimit(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    return end == text || *end != '\0' ? -1 : seconds;
}

int
main(int argc, char *argv[])
{
    bool all = argc > 1 && strcmp(argv[1], "-a") == 0;
    char **args = argv + all;
    double seconds = argc < 3 + all ? -1 : readLimit(args[1]);
    sigset_t none;
    pid_t pid;
    int status;

    if (!(seconds >= 0) || (all && seconds <= 0))
        misuse(argv, "[-a] SECONDS COMMAND...");
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    for (size_t i = 0; i < sizeof(passedOn) / sizeof(passedOn[0]); i++)
        sigaddset(&awaited, passedOn[i]);
    sigprocmask(SIG_SETMASK, seconds > 0 ? &awaited : &none, NULL);
    if (seconds <= 0)
        become(args + 2);
    if (all && (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 || prctl(PR_SET_PDEATHSIG, SIGTERM) == -1))
        errExit("prctl");
    pid = fork();
    if (pid == -1)
        errExit("fork");
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        become(args + 2);
    }
    setpgid(pid, pid); /* whichever of the two comes first */
    status = watch(pid, now() + seconds);
    if (all)
        endRest();
    return status;
}
