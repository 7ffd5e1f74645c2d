/* svsem_undo_exec.c - adjustments survive exec() until the new program ends. Chapter: docs/06-undo.md

   Source: execve(2), semop(2), TLPI 47.8. The new program is cat, which knows nothing of semaphores. */

#include <fcntl.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { LOCK, NSEMS };

static const char operands[] = "\nExample: ./svsem_undo_exec";
static int semid;
static int input[2];        /* cat reads it, and ends when it is closed */
static int execed[2];       /* closed by a successful exec(): so its reader learns of it */

/* DOC: exec-keeps-semadj */
static _Noreturn void
lockAndExec(void)
{
    struct sembuf sop = { .sem_num = LOCK, .sem_op = -1, .sem_flg = SEM_UNDO };

    if (semop(semid, &sop, 1) == -1)
        err_exit("semop(%d)", semid);
    eventLine("locked, about to become cat");
    if (dup2(input[0], STDIN_FILENO) == -1 || fcntl(STDIN_FILENO, F_SETFD, 0) == -1)    /* it may have been 0 before */
        err_exit("dup2, fcntl");
    execlp("cat", "cat", (char *) NULL);
    err_exit("execlp(cat)");
}

static void
expectValue(int expected, const char *when)
{
    int semval = semctl(semid, LOCK, GETVAL);

    if (semval == -1)
        errExit("semctl(%d, GETVAL)", semid);
    eventLine("%s: value %d", when, semval);
    claimThat(semval == expected, "the value is %d, not %d", semval, expected);
}

static void
makePipe(int fds[2])
{
    if (pipe(fds) == -1)
        errExit("pipe");
    for (int i = 0; i < 2; i++)
        if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) == -1)
            errExit("fcntl(F_SETFD)");
}

static void
lockOutlivesExec(void)
{
    pid_t pid;
    char byte;

    makePipe(input);
    makePipe(execed);
    pid = claimFork();
    if (pid == 0)
        lockAndExec();
    close(execed[1]);
    if (read(execed[0], &byte, 1) == -1)
        errExit("read(pipe)");
    expectValue(0, "it is cat now");
    close(input[1]);
    claimThat(claimReap(pid) == 0, "cat failed");
    expectValue(1, "cat has ended");
}

int
main(int argc, char *argv[])
{
    union semun arg = { .val = 1 };

    helpIfAsked(argc, argv, operands);
    if (argc != 1)
        misuse(argv, operands);
    claimStart();
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, LOCK, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    lockOutlivesExec();
    return claimVerdict();
}
