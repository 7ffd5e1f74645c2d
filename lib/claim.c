#include <sched.h>
#include <signal.h>
#include <stdarg.h>

#include "claim.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

static const char stopped[] =
    "not shown: the run was stopped, and a stop takes sleepers off queues\n";
static bool failed;
static unsigned deadline;                 /* seconds */
static volatile sig_atomic_t *wasStopped; /* any process: they share it */

/* After a stop, awaitSem() may wait for a sleeper that has left its queue. */
static void
onSignal(int sig)
{
    if (sig == SIGCONT) {
        *wasStopped = true;
        alarm(deadline / 6);
    } else {
        removeOwned(false);
        if (*wasStopped)
            write(STDOUT_FILENO, stopped, sizeof(stopped) - 1);
        _exit(*wasStopped ? NOT_SHOWN : COULD_NOT_RUN);
    }
}

void
claimStart(void)
{
    static const sigset_t none;

    errExitStatus = COULD_NOT_RUN;
    wasStopped = shareMemory(sizeof(*wasStopped));
    sigprocmask(SIG_SETMASK, &none, NULL); /* a caller may block SIGALRM */
    if (signal(SIGCONT, onSignal) == SIG_ERR ||
        signal(SIGALRM, onSignal) == SIG_ERR)
        errExit("signal");
    deadline = 60 * (unsigned) patience();
    alarm(deadline);
}

void
awaitSem(int semid, int semnum, int cmd, int n)
{
    while (semRead(semid, semnum, cmd) != n)
        sched_yield();
}

bool
claimThat(bool holds, const char *format, ...)
{
    va_list ap;

    if (holds)
        return true;
    failed = true;
    fputs("not so: ", stdout);
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    puts("");
    fflush(stdout);
    return false;
}

int
claimVerdict(void)
{
    if (failed && *wasStopped)
        fputs(stopped, stdout);
    else
        puts(failed ? "the claim does not hold" : "the claim holds");
    endOutput();
    return !failed ? 0 : *wasStopped ? NOT_SHOWN : 1;
}
