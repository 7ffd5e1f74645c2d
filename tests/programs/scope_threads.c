/* scope_threads.c - two threads add 2 and take 1 with SEM_UNDO, join, and end: the value is 0
   again; then a vfork() and exec. With an argument, another program: exec, a thread becomes a
   shell, which ends with 3; exit, the main thread operates and ends while two others have two
   operations each to make; undo, it ends with a semadj while another sleeps; stop, a stopped child
   is continued; vfork, a child that shares its parent's memory operates with SEM_UNDO. */

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tlpi_hdr.h"

static int semid;

static int
operation(unsigned short semnum, short op, short flags)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = op, .sem_flg = flags };

    return semop(semid, &sop, 1);
}

static void *
operate(void *op)
{
    if (operation(0, *(short *) op, SEM_UNDO) == -1)
        errExit("semop(%d)", semid);
    return NULL;
}

static void *
becomeShell(void *arg)
{
    execlp("sh", "sh", "-c", "exit 3", (char *) NULL);
    return arg;
}

static void *
operateTwice(void *semnum)
{
    operation(*(unsigned short *) semnum, 1, 0);
    operation(2, 1, 0);
    return NULL;
}

static void
exitBeforeOthers(void)
{
    unsigned short semnum[2] = { 0, 1 };
    pthread_t thread;

    for (int i = 0; i < 2; i++)
        pthread_create(&thread, NULL, operateTwice, &semnum[i]);
    operation(1, 1, 0);
    _exit(EXIT_SUCCESS);
}

static void
exitWithSemadj(void)
{
    short take = -1;
    pthread_t thread;

    pthread_create(&thread, NULL, operate, &take);
    operation(1, 1, SEM_UNDO);
    _exit(EXIT_SUCCESS);
}

/* The call has no arguments: what its register holds, here the bit of CLONE_SYSVSEM, means
   nothing. */
static void
vforkAndOperate(void)
{
    short add = 1;
#ifdef __x86_64__
    long pid = SYS_vfork;

    __asm__ volatile("syscall" : "+a"(pid) : "D"(0x40000) : "rcx", "r11", "memory");
#else
    long pid = vfork();
#endif
    if (pid == 0) {
        operate(&add);
        _exit(EXIT_SUCCESS);
    }
}

static void
stopAndGoOn(pid_t child)
{
    if (child == 0)
        raise(SIGSTOP);
    else {
        waitpid(child, NULL, WUNTRACED);
        kill(child, SIGCONT);
    }
    operation(0, child == 0 ? 1 : -1, 0);
}

static int
otherProgram(const char *what)
{
    pthread_t thread;
    pid_t child;

    if (strcmp(what, "exec") == 0 && pthread_create(&thread, NULL, becomeShell, NULL) == 0)
        pthread_join(thread, NULL);
    semid = semget(IPC_PRIVATE, 3, 0600);
    if ((child = fork()) == 0 && strcmp(what, "exit") == 0)
        exitBeforeOthers();
    if (child == 0 && strcmp(what, "undo") == 0)
        exitWithSemadj();
    if (child == 0 && strcmp(what, "vfork") == 0)
        vforkAndOperate();
    if (strcmp(what, "stop") == 0)
        stopAndGoOn(child);
    if (child == 0)
        _exit(EXIT_SUCCESS);
    wait(NULL);
    semctl(semid, 0, IPC_RMID);
    return EXIT_SUCCESS;
}

static void
threads(void)
{
    short ops[2] = { 2, -1 };
    pthread_t thread[2];

    for (int i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, operate, &ops[i]) != 0)
            fatal("pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
}

int
main(int argc, char *argv[])
{
    int value;

    if (argc > 1)
        return otherProgram(argv[1]);
    if ((semid = semget(IPC_PRIVATE, 1, 0600)) == -1)
        errExit("semget");
    if (fork() == 0) {
        threads();
        _exit(EXIT_SUCCESS);
    }
    wait(NULL);
    value = semctl(semid, 0, GETVAL);
    if (semctl(semid, 0, IPC_RMID) == -1)
        errExit("semctl(%d)", semid);
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): it is what is tested */
    if (vfork() == 0) {
        execlp("true", "true", (char *) NULL);
        _exit(EXIT_FAILURE);
    }
    wait(NULL);
    exit(value == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
