/* claim.c - see claim.h */

#include <sched.h>
#include <signal.h>
#include <stdarg.h>

#include "claim.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { DEADLINE = 60 };

static bool failed;
static volatile sig_atomic_t wasStopped;

static void
continued(int sig)
{
    wasStopped = sig;
}

void
claimStart(void)
{
    errExitStatus = COULD_NOT_RUN;
    if (signal(SIGCONT, continued) == SIG_ERR)
        errExit("signal");
    alarm(DEADLINE);
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
    if (failed && wasStopped)
        puts("not shown: it was stopped in mid-run, and that moves the queues");
    else
        puts(failed ? "the claim does not hold" : "the claim holds");
    endOutput();
    return !failed ? 0 : wasStopped ? NOT_SHOWN : 1;
}
