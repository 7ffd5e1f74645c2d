/* svsem_undo_exec.c - adjustments survive exec() until the new program ends.
   Chapter: docs/06-undo.md

   Source: execve(2), semop(2), TLPI 47.8. The new program is cat, which knows
   nothing of semaphores. */

#include <fcntl.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { LOCK, NSEMS };

static int semid;
static int input[2];  /* cat reads it, and ends when it is closed */
static int execed[2]; /* closed by a successful exec(): its reader sees that */

static void
change(short by)
{
    struct sembuf sop = { .sem_num = LOCK, .sem_op = by, .sem_flg = SEM_UNDO };

    semopRetry(semid, &sop, 1);
}

/* DOC: exec-keeps-semadj */
static _Noreturn void
lockAndExec(void)
{
    change(-1);
    eventLine("locked, about to become cat");
    if (dup2(input[0], STDIN_FILENO) == -1 ||
        fcntl(STDIN_FILENO, F_SETFD, 0) == -1) /* it may have been 0 before */
        err_exit("dup2, fcntl");
    execlp("cat", "cat", (char *) NULL);
    err_exit("execlp(cat)");
}

static void
expectValue(int expected, const char *when)
{
    int semval = semRead(semid, LOCK, GETVAL);

    eventLine("%s: value %d", when, semval);
    claimThat(semval == expected, "the value is %d", expected);
}

static void
makePipe(int fds[2])
{
    if (pipe(fds) == -1 || fcntl(fds[0], F_SETFD, FD_CLOEXEC) == -1 ||
        fcntl(fds[1], F_SETFD, FD_CLOEXEC) == -1)
        errExit("pipe, fcntl(FD_CLOEXEC)");
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_undo_exec";
    pid_t pid;
    char byte;

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    change(+1);

    makePipe(input);
    makePipe(execed);
    pid = forkChild();
    if (pid == 0)
        lockAndExec();
    close(execed[1]);
    if (read(execed[0], &byte, 1) == -1)
        errExit("read(pipe)");
    expectValue(0, "it is cat now");
    close(input[1]);
    if (reap(pid) != 0)
        fatal("cat could not run");
    expectValue(1, "cat has ended");
    return claimVerdict();
}
