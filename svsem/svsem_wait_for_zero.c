/* svsem_wait_for_zero.c - a wait for zero lasts until all workers are done, or dead. Chapter: docs/09-meeting.md

   A worker announces itself and joins those alive in one call, so that the monitor never sees it in neither count. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { START, ALIVE, JOBS };    /* workers not yet begun; begun and not ended; from here on one for the job of each */
enum { MAX_WORKERS = 100 };

static int semid;

static void
operate(struct sembuf sops[], size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: worker */
static void
worker(unsigned short jobs)
{
    struct sembuf begin[] = {
        { .sem_num = START, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = ALIVE, .sem_op = 1, .sem_flg = SEM_UNDO },     /* its end takes this back, whatever ends it */
    };
    struct sembuf job = { .sem_num = jobs, .sem_op = -1, .sem_flg = 0 };

    operate(begin, 2);
    operate(&job, 1);
    _exit(0);
}

/* DOC: monitor */
static void
monitor(void)
{
    struct sembuf allDone[] = {
        { .sem_num = START, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = ALIVE, .sem_op = 0, .sem_flg = 0 },
    };

    eventLine("waits until all are done");
    operate(allDone, 2);
    eventLine("all are done");
    _exit(0);
}

/* A child that begins to work, and waits for a job of its own. Returns when it is alive, the `nth`. */
static pid_t
newWorker(int i, int nth)
{
    pid_t pid = claimFork();

    if (pid == 0)
        worker((unsigned short) (JOBS + i));
    awaitVal(semid, ALIVE, nth);
    return pid;
}

/* Both counts are right as soon as a worker is reaped; and while one of them is not 0, the monitor sleeps. */
static void
check(int alive, int toBegin)
{
    int begin = semctl(semid, START, GETVAL), living = semctl(semid, ALIVE, GETVAL);
    int asleep = semctl(semid, START, GETZCNT) + semctl(semid, ALIVE, GETZCNT);

    eventLine("%d to begin, %d alive", begin, living);
    claimThat(begin == toBegin, "%d are to begin", toBegin);
    claimThat(living == alive, "%d are alive", alive);
    claimThat(asleep == 1 || alive + toBegin == 0, "the monitor sleeps");
}

/* All but one begin and end. At that moment nobody is alive, but one is still to begin. */
static void
run(int workers)
{
    pid_t monitorPid = claimFork(), pid[MAX_WORKERS], last;

    if (monitorPid == 0)
        monitor();
    awaitZcnt(semid, START, 1);
    for (int i = 0; i < workers - 1; i++)
        pid[i] = newWorker(i, i + 1);
    check(workers - 1, 1);
    for (int i = 0; i < workers - 1; i++) {
        struct sembuf job = { .sem_num = (unsigned short) (JOBS + i), .sem_op = 1, .sem_flg = 0 };

        operate(&job, 1);
        eventLine("worker %d %s", i + 1, howEnded(claimReap(pid[i])));
        check(workers - 2 - i, 1);
    }
    last = newWorker(workers - 1, 1);
    check(1, 0);
    kill(last, SIGKILL);
    eventLine("worker %d %s", workers, howEnded(claimReap(last)));
    check(0, 0);
    claimThat(claimReap(monitorPid) == 0, "the monitor goes on");
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[workers]\n"
        "  workers  1 ... 100: the last one is killed (default: 3)\n"
        "Example: ./svsem_wait_for_zero 5";
    union semun arg = { .val = 3 };

    helpIfAsked(argc, argv, operands);
    if (argc > 2)
        misuse(argv, operands);
    if (argc == 2)
        arg.val = (int) getRange(argv[1], 0, 1, MAX_WORKERS, "workers");
    claimStart();
    semid = OWN_SET(semget(IPC_PRIVATE, JOBS + arg.val, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, START, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    run(arg.val);
    exit(claimVerdict());
}
