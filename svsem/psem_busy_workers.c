/* psem_busy_workers.c - a POSIX semaphore goes on counting the dead. Chapter: docs/07-counting-workers.md

   POSIX semaphores have no SEM_UNDO. This one lies in shared memory and goes away with the last who has it mapped. */

#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "tlpi_hdr.h"

enum { FINISHES, EXITS, CRASHES, IS_KILLED, WORKERS };
static const char *const fates[WORKERS] = { "job done", "exit() in mid-job", "abort() in mid-job", NULL };
static int begun[2];        /* a worker writes a byte when it is at work, */
static int go[2];           /* and works until this pipe is closed, or it is killed */

static sem_t *busy;         /* as many as are at work now, if all goes well */

static void
makeCount(void)
{
    busy = mmap(NULL, sizeof(*busy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (busy == MAP_FAILED)
        errExit("mmap");
    if (sem_init(busy, 1, 0) == -1)
        errExit("sem_init");
}

/* DOC: job-posix */
static void
changeCount(int by)
{
    if ((by > 0 ? sem_post(busy) : sem_trywait(busy)) == -1)
        err_exit("sem_post or sem_trywait");
}

static int
busyNow(void)
{
    int value;

    if (sem_getvalue(busy, &value) == -1)
        errExit("sem_getvalue");
    return value;
}

static _Noreturn void
worker(int fate)
{
    static const struct rlimit noCore;      /* a crash that is asked for leaves no core file */
    char byte = 0;

    close(go[1]);
    changeCount(+1);
    if (write(begun[1], &byte, 1) != 1)
        err_exit("write(pipe)");
    if (fate == IS_KILLED)
        for (;;)
            pause();
    if (read(go[0], &byte, 1) == -1)
        err_exit("read(pipe)");
    eventLine("%s", fates[fate]);
    if (fate == EXITS)
        exit(EXIT_FAILURE);
    setrlimit(RLIMIT_CORE, &noCore);
    if (fate == CRASHES)
        abort();
    changeCount(-1);
    _exit(EXIT_SUCCESS);
}

static void
startWorkers(pid_t pids[])
{
    char byte;

    if (pipe(begun) == -1 || pipe(go) == -1)
        errExit("pipe");
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = claimFork();
        if (pids[i] == 0)
            worker(i);
    }
    for (int i = 0; i < WORKERS; i++)
        if (read(begun[0], &byte, 1) != 1)
            errExit("read(pipe)");
}

static bool
countIs(int expected, const char *when)
{
    int count = busyNow();

    eventLine("%s: %d at work, the count says %d", when, expected, count);
    return count == expected;
}

static int
countIsRight(void)
{
    pid_t pids[WORKERS];
    bool right;

    makeCount();
    startWorkers(pids);
    claimThat(countIs(WORKERS, "all have begun"), "each has counted itself");
    close(go[1]);
    for (int i = 0; i < WORKERS; i++)
        if (i != IS_KILLED && WIFSIGNALED(claimReap(pids[i])) != (i == CRASHES))
            fatal("worker %d did not end as it was to", i);
    right = countIs(1, "three are done or dead");
    claimThat(busyNow() < WORKERS, "who has done its job has uncounted itself");
    if (kill(pids[IS_KILLED], SIGKILL) == -1)
        errExit("kill");
    claimReap(pids[IS_KILLED]);
    right &= countIs(0, "the last was killed by SIGKILL");
    return right ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const struct claimTwin twin = {
        .body = countIsRight,
        .property = "the count is right",
        .holds = false,
    };

    return claimTwin(argc, argv, &twin);
}
