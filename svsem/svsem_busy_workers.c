/* svsem_busy_workers.c - SEM_UNDO keeps a count right after any death. Chapter: docs/07-counting-workers.md

   It is right when the death has been reaped: straight after kill() it may still be the old one. */

#include <signal.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { FINISHES, EXITS, CRASHES, IS_KILLED, WORKERS };
static const char *const fates[WORKERS] = { "job done", "exit() in mid-job", "abort() in mid-job", NULL };
static int begun[2];        /* a worker writes a byte when it is at work, */
static int go[2];           /* and works until this pipe is closed, or it is killed */

enum { BUSY, NSEMS };       /* as many as are at work now; 0 in a new set (on Linux) */
static int semid;
static pid_t creator;

/* DOC: inherited-handler */
static void
onExit(void)
{
    if (getpid() != creator)        /* OWN_SET() too registers a handler, and that too asks this first */
        eventLine("runs an exit handler that it inherited: the set is not its own");
}

static void
makeCount(void)
{
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    creator = getpid();
    if (atexit(onExit) != 0)
        fatal("atexit");
}

/* DOC: job-undo */
static void
changeCount(short by)
{
    struct sembuf sop = { .sem_num = BUSY, .sem_op = by, .sem_flg = SEM_UNDO };

    if (semop(semid, &sop, 1) == -1)
        err_exit("semop(%d)", semid);
}

static int
busyNow(void)
{
    int semval = semctl(semid, BUSY, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    return semval;
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
        .holds = true,
    };

    return claimTwin(argc, argv, &twin);
}
