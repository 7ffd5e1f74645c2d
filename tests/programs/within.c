/* within.c - runs a command for SECONDS at most: then it gets SIGTERM, and ten seconds later SIGKILL.

   within SECONDS COMMAND...   exit status: the command's, as a shell gives it; 124: time was up
   within 0 COMMAND...         no limit: the command takes the place of this program

   Each signal does to the command what it does by default, also where the shell ignores SIGINT for
   what it starts in the background; a closed descriptor stays closed. `timeout` and `env
   --default-signal` have their rules changed with the system's version. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "tlpi_hdr.h"

enum { TIME_IS_UP = 124, MERCY = 10, BILLION = 1000000000 };

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

/* Waits for one of the signals until the clock says `end`; 0 if none came. */
static int
nextSignal(const sigset_t *signals, double end)
{
    double left = max(end - now(), 0);
    struct timespec t = { .tv_sec = (time_t) left };
    int sig;

    t.tv_nsec = (long) ((left - (double) t.tv_sec) * BILLION);
    sig = sigtimedwait(signals, NULL, &t);
    return sig == -1 ? 0 : sig;
}

/* Passes on what would end this program, and ends the command when its time is up. */
static int
watch(pid_t pid, const sigset_t *signals, double end)
{
    int status, sig, last = SIGTERM;
    bool isLate = false;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        sig = nextSignal(signals, end);
        if (sig == SIGCHLD || (sig == 0 && now() < end))
            continue;
        isLate |= sig == 0 && last == SIGTERM;
        kill(pid, sig == 0 ? last : sig);
        last = SIGKILL;
        end = now() + MERCY;
    }
    if (isLate)
        return TIME_IS_UP;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
main(int argc, char *argv[])
{
    sigset_t signals, none;
    double seconds;
    char *end;
    pid_t pid;

    seconds = argc < 3 ? -1 : strtod(argv[1], &end);
    if (!(seconds >= 0) || end == argv[1] || *end != '\0')
        misuse(argv, "SECONDS COMMAND...");
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGQUIT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_SETMASK, seconds > 0 ? &signals : &none, NULL);
    if (seconds <= 0)
        become(argv + 2);
    pid = fork();
    if (pid == -1)
        errExit("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        become(argv + 2);
    }
    return watch(pid, &signals, now() + seconds);
}
