/* psem_busy_workers.c - a POSIX semaphore goes on counting the dead.
   Chapter: docs/07-counting-workers.md
   Proof: ./svsem_scope explore -- ./psem_busy_workers
          # status 1: P1 exited with 1

   There is no SEM_UNDO for it. It lies in shared memory, and goes with the last
   process that has it mapped. Its twin svsem_busy_workers has SEM_UNDO. */

#include <semaphore.h>
#include <signal.h>

#include "children.h"
#include "event_line.h"
#include "tlpi_hdr.h"

enum { FINISHES, EXITS, IS_KILLED, WORKERS };

static int begun[2]; /* a worker writes a byte when it is at work, */
static int go[2];    /* and works until this pipe is closed */
static sem_t *busy;  /* as many as are at work now, if all goes well */

static void
makeCount(void)
{
    busy = shareMemory(sizeof(*busy));
    if (sem_init(busy, 1, 0) == -1)
        errExit("sem_init");
}

/* DOC: job-posix */
static void
changeCount(int by)
{
    if ((by == 1 ? sem_post(busy) : sem_trywait(busy)) == -1)
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
    static const char operands[] = "\nExample: ./psem_busy_workers";
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
