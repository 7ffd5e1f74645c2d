/* svsem_removed.c - a set that is removed wakes its sleepers with EIDRM.
   Chapter: docs/02-tools.md

   A later call finds no such set: EINVAL. Source: semop(2), semctl(2) */

#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { SLEEPERS = 2 };

/* Ends with the error of a semop() that takes `amount`, or 0. */
static int
take(int semid, short amount)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = amount, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno == EIDRM || errno == EINVAL)
            return errno;
        else if (errno != EINTR)
            err_exit("semop(%d)", semid);
    return 0;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_removed";
    pid_t pid[SLEEPERS];
    int semid, error;

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    for (int i = 0; i < SLEEPERS; i++) {
        pid[i] = forkChild();
        if (pid[i] == 0)
            _exit(take(semid, -1));
    }
    awaitNcnt(semid, 0, SLEEPERS);
    if (semctl(semid, 0, IPC_RMID) == -1)
        errExit("semctl(%d, IPC_RMID)", semid);
    for (int i = 0; i < SLEEPERS; i++) {
        error = WEXITSTATUS(reap(pid[i]));
        eventLine("a sleeper gets %s", errorName(error));
        claimThat(error == EIDRM, "it is EIDRM");
    }
    error = take(semid, -1);
    eventLine("a later caller gets %s", errorName(error));
    claimThat(error == EINVAL, "it is EINVAL");
    return claimVerdict();
}
