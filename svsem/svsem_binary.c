/* svsem_binary.c - a binary semaphore of the book excludes without an owner.
   Chapter: docs/08-reserve-and-release.md

   Any process may release it. With and without bsUseSemUndo, and through a
   signal with and without bsRetryOnEintr. Source: TLPI 47.9 */

#include <sched.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "binary_sems.h"
#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"

enum { ANOTHER, BINARY, NSEMS };

static int semid;
static volatile sig_atomic_t *handled; /* shared: signals seen by a child */

static void
onSignal(int sig)
{
    *handled += sig == SIGUSR1;
}

/* A child that reserves, and ends while it holds it: exit status 0; 1 if a
   signal ended its reserveSem(). */
static pid_t
startHolder(void)
{
    /* SA_RESTART makes no difference: semop() does not heed it. */
    struct sigaction sa = { .sa_handler = onSignal, .sa_flags = SA_RESTART };
    pid_t pid = forkChild();

    if (pid != 0)
        return pid;
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGUSR1, &sa, NULL) == -1)
        err_exit("sigaction");
    eventLine("about to reserve");
    if (reserveSem(semid, BINARY) == 0) {
        eventLine("reserved it, and ends");
        _exit(0);
    }
    if (errno != EINTR)
        err_exit("reserveSem(%d)", semid);
    eventLine("gave up: EINTR");
    _exit(1);
}

static void
set(int (*operation)(int, int), const char *name)
{
    if (operation(semid, BINARY) == -1)
        errExit("%s(%d)", name, semid);
}

static int
value(void)
{
    return semRead(semid, BINARY, GETVAL);
}

/* DOC: no-owner */
/* One holds it, so another sleeps; this process, which has not reserved it,
   releases it all the same. */
static void
excludes(void)
{
    pid_t child;

    set(initSemInUse, "initSemInUse");
    child = startHolder();
    awaitNcnt(semid, BINARY, 1);
    eventLine("never reserved it, and releases it");
    set(releaseSem, "releaseSem");
    claimThat(reap(child) == 0, "the release let the sleeper reserve");
    claimThat(value() == 0, "without SEM_UNDO it stays in use");
    set(releaseSem, "releaseSem");
    set(releaseSem, "releaseSem");
    claimThat(value() == 2, "two releases make it 2: nothing keeps it binary");
    eventLine("released it twice: the value is %d", value());
}

/* DOC: eintr */
static void
signalled(Boolean retry)
{
    int before = *handled;
    pid_t child;

    bsRetryOnEintr = retry;
    set(initSemInUse, "initSemInUse");
    child = startHolder();
    awaitNcnt(semid, BINARY, 1);
    if (kill(child, SIGUSR1) == -1)
        errExit("kill(%ld)", (long) child);
    while (*handled == before)
        sched_yield();
    if (retry) {
        awaitNcnt(semid, BINARY, 1); /* asleep again */
        eventLine("it sleeps on after a signal; releases it");
        set(releaseSem, "releaseSem");
    }
    claimThat((reap(child) == 0) == (bool) retry, "%s after a signal",
              retry ? "retries" : "ends");
    claimThat(*handled == before + 1, "one signal was handled");
    claimThat(value() == 0, "nobody reserved it twice");
}

/* DOC: undo */
static void
givenBack(void)
{
    bsUseSemUndo = TRUE;
    set(initSemAvailable, "initSemAvailable");
    claimThat(reap(startHolder()) == 0, "the child reserved it");
    claimThat(value() == 1, "with SEM_UNDO its end releases it");
    eventLine("the value is %d after a holder's end", value());
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_binary";

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    handled = shareMemory(sizeof(*handled));
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    excludes();
    signalled(TRUE);
    signalled(FALSE);
    givenBack();
    return claimVerdict();
}
