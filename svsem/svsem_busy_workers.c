/* svsem_busy_workers.c - SEM_UNDO keeps a count right after any death.
   Chapter: docs/07-counting-workers.md
   Proof: ./svsem_scope explore -- ./svsem_busy_workers
          # status 0: complete

   It is right when the death has been reaped: straight after kill() it may
   still be the old one. Its twin psem_busy_workers counts with a POSIX
   semaphore. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { BUSY, NSEMS }; /* how many are at work; 0 in a new set, on Linux */
enum { FINISHES, EXITS, IS_KILLED, WORKERS };

static int begun[2]; /* a worker writes a byte when it is at work, */
static int go[2];    /* and works until this pipe is closed */
static int semid;
static pid_t creator;

/* DOC: inherited-handler */
static void
onExit(void)
{
    if (getpid() != creator)
        eventLine("runs an exit handler that it inherited: not its own set");
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

    semopRetry(semid, &sop, 1);
}

static int
busyNow(void)
{
    return semRead(semid, BUSY, GETVAL);
}

static _Noreturn void
worker(int fate)
{
    char byte = 0;

    close(go[1]);
    changeCount(+1);
    if (write(begun[1], &byte, 1) != 1)
        err_exit("write(pipe)");
    close(begun[1]);
    if (read(go[0], &byte, 1) == -1)
        err_exit("read(pipe)");
    eventLine(fate == FINISHES ? "job done" : "exit() in mid-job");
    if (fate != FINISHES)
        exit(EXIT_SUCCESS);
    changeCount(-1);
    _exit(EXIT_SUCCESS);
}

static int
look(const char *who, const char *how, int expected)
{
    int count = busyNow();

    eventLine("%s %s: %d at work, the count says %d", who, how, expected,
              count);
    return count == expected ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_busy_workers";
    pid_t pid[WORKERS];
    int wrong = 0;
    char byte;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 0, operands);

    makeCount();
    if (pipe(begun) == -1 || pipe(go) == -1)
        errExit("pipe");
    for (int i = 0; i < WORKERS; i++) {
        pid[i] = forkChild();
        if (pid[i] == 0)
            worker(i);
    }
    close(begun[1]);
    for (int i = 0; i < WORKERS; i++)
        if (read(begun[0], &byte, 1) != 1)
            fatal("a worker could not begin");
    wrong += look("all", "have begun", WORKERS);
    if (kill(pid[IS_KILLED], SIGKILL) == -1)
        errExit("kill");
    wrong += look("one", howEnded(reap(pid[IS_KILLED])), WORKERS - 1);
    close(go[1]);
    reapAll();
    wrong += look("one is done,", "one called exit()", 0);
    return wrong == 0 ? 0 : 1;
}
