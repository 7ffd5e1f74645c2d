/* svsem_wait_for_zero.c - a wait for zero lasts until all workers are done, or
   dead.
   Chapter: docs/09-meeting.md

   A worker announces itself and joins those alive in one call, so that the
   monitor never sees it in neither count. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

/* Workers not yet begun; begun and not ended; then one for the job of each. */
enum { START, ALIVE, JOBS };
enum { MAX_WORKERS = 100 };

static const char operands[] =
    "[workers]\n"
    "  workers  1 ... 100: the last one is killed (default: 3)\n"
    "Example: ./svsem_wait_for_zero 5";

static int semid;

static void
add(int semnum, int n)
{
    struct sembuf sop = { .sem_num = (unsigned short) semnum,
                          .sem_op = (short) n,
                          .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: worker */
static _Noreturn void
worker(unsigned short jobs)
{
    struct sembuf begin[] = {
        { .sem_num = START, .sem_op = -1, .sem_flg = 0 },
        /* its end takes this back, whatever ends it: */
        { .sem_num = ALIVE, .sem_op = +1, .sem_flg = SEM_UNDO },
    };
    struct sembuf job = { .sem_num = jobs, .sem_op = -1, .sem_flg = 0 };

    semopRetry(semid, begin, 2);
    semopRetry(semid, &job, 1);
    _exit(EXIT_SUCCESS);
}

/* DOC: monitor */
static _Noreturn void
monitor(void)
{
    struct sembuf allDone[] = {
        { .sem_num = START, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = ALIVE, .sem_op = 0, .sem_flg = 0 },
    };

    eventLine("waits until all are done");
    semopRetry(semid, allDone, 2);
    eventLine("all are done");
    _exit(EXIT_SUCCESS);
}

/* A child that begins to work, and waits for a job of its own. Returns when it
   is alive, the `nth`. */
static pid_t
newWorker(int i, int nth)
{
    pid_t pid = forkChild();

    if (pid == 0)
        worker((unsigned short) (JOBS + i));
    awaitSem(semid, ALIVE, GETVAL, nth);
    return pid;
}

/* Both counts are right as soon as a worker is reaped. The monitor sleeps at
   the first operation that cannot proceed: at START while one is to begin. */
static void
check(int alive, int toBegin)
{
    eventLine("%d to begin, %d alive", semRead(semid, START, GETVAL),
              semRead(semid, ALIVE, GETVAL));
    claimThat(semRead(semid, START, GETVAL) == toBegin, "%d are to begin",
              toBegin);
    claimThat(semRead(semid, ALIVE, GETVAL) == alive, "%d are alive", alive);
    claimThat(semRead(semid, START, GETZCNT) == toBegin,
              "%d sleep until START is 0", toBegin);
}

/* All but one begin and end. At that moment nobody is alive, but one is still
   to begin. */
static void
run(int workers)
{
    pid_t pid[MAX_WORKERS], monitorPid = forkChild();

    if (monitorPid == 0)
        monitor();
    awaitSem(semid, START, GETZCNT, 1);
    for (int i = 0; i < workers - 1; i++)
        pid[i] = newWorker(i, i + 1);
    check(workers - 1, 1);
    for (int i = 0; i < workers - 1; i++) {
        add(JOBS + i, 1);
        eventLine("worker %d %s", i + 1, howEnded(reap(pid[i])));
        check(workers - 2 - i, 1);
    }
    pid[workers - 1] = newWorker(workers - 1, 1);
    claimThat(semRead(semid, ALIVE, GETZCNT) == 1, "the monitor sleeps");
    check(1, 0);
    if (kill(pid[workers - 1], SIGKILL) == -1)
        errExit("kill");
    eventLine("worker %d %s", workers, howEnded(reap(pid[workers - 1])));
    check(0, 0);
    claimThat(reap(monitorPid) == 0, "the monitor goes on");
}

int
main(int argc, char *argv[])
{
    int workers = 3;

    claimStart();
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        workers = (int) getRange(argv[1], 0, 1, MAX_WORKERS, "workers");
    semid = OWN_SET(semget(IPC_PRIVATE, JOBS + workers, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    add(START, workers);
    run(workers);
    exit(claimVerdict());
}
