/* wait.c - see wait.h */

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "helpers.h"
#include "wait.h"

static const double LONGEST_WAIT = 0.1; /* s; what is longer, between two looks, was a stop */

int endingSignal;
static sigset_t watched, original;
static int timerSlack; /* ns by which the kernel may be late with a timer */

void
signalsBlock(void)
{
    static const int sigs[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

    sigemptyset(&watched);
    for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
        sigaddset(&watched, sigs[i]);
    signal(SIGCHLD, SIG_DFL);
    timerSlack = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 1);
    sigprocmask(SIG_BLOCK, &watched, &original);
}

void
signalsRestore(void)
{
    sigprocmask(SIG_SETMASK, &original, NULL);
    prctl(PR_SET_TIMERSLACK, timerSlack);
}

int
signalsWait(long nanoseconds)
{
    struct timespec limit = { nanoseconds / 1000000000, nanoseconds % 1000000000 };
    int sig = sigtimedwait(&watched, NULL, &limit);

    if (sig > 0 && sig != SIGCHLD)
        endingSignal = sig;
    patienceClock();
    return sig;
}

double
patienceClock(void)
{
    static double lastLook, lost;
    double now = seconds();

    if (now - lastLook > LONGEST_WAIT)
        lost += now - lastLook - LONGEST_WAIT;
    lastLook = now;
    return now - lost;
}
