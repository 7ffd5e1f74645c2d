/* scope_threads.c - two threads add 2 and take 1 with SEM_UNDO, join, and end: the value is 0 again; then a vfork() and exec.
   With an argument: a thread calls exec, and the program ends with 3. */

#define _GNU_SOURCE
#include <pthread.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include "tlpi_hdr.h"

static int semid;

static void *operate(void *arg)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = *(short *) arg, .sem_flg = SEM_UNDO };

    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
    return NULL;
}

static void *becomeShell(void *arg)
{
    execlp("sh", "sh", "-c", "exit 3", (char *) NULL);
    return arg;
}

static void threads(void)
{
    short ops[2] = { 2, -1 };
    pthread_t thread[2];

    for (int i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, operate, &ops[i]) != 0)
            fatal("pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
}

int main(int argc, char *argv[])
{
    pthread_t thread;

    if (argc > 1 && pthread_create(&thread, NULL, becomeShell, argv[1]) == 0)
        pthread_join(thread, NULL);
    if ((semid = semget(IPC_PRIVATE, 1, 0600)) == -1)
        errExit("semget");
    if (fork() == 0) {
        threads();
        _exit(EXIT_SUCCESS);
    }
    wait(NULL);
    int value = semctl(semid, 0, GETVAL);
    if (semctl(semid, 0, IPC_RMID) == -1)
        errExit("semctl(%d)", semid);
    if (vfork() == 0) {     /* NOLINT(clang-analyzer-security.insecureAPI.vfork): it is what is tested */
        execlp("true", "true", (char *) NULL);
        _exit(EXIT_FAILURE);
    }
    wait(NULL);
    exit(value == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
