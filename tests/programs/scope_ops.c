/* scope_ops.c - makes the calls that its arguments say, for tests of svsem_scope that compare what it finds with the truth.

   scope_ops VALUES CALLS...: VALUES such as 1,0 initialise a set; for each CALLS one child makes these calls, parted by '/':
   0-1,1+2u    one semop(), n: IPC_NOWAIT, u: SEM_UNDO        t0-1   semtimedop(), ten seconds
   v0 GETVAL   s0=2 SETVAL   a GETALL   i IPC_STAT   y sched_yield   r IPC_RMID   x exit(1)   w wait until semaphore 0 is
   not 0, by polling GETVAL   u wait until semaphore 1 is not 0, asleep in t0-1 between two looks   c t0-1 again and again
   until the clock has gone on by 0.1 s   m make a set with a key   k wait until that set is there, by polling semget(),
   and remove it   z nap of a second   Z two naps, by select() and poll()   n naps without end   l SIGALRM, which has a
   handler, in a millisecond   L the same by a timer of timer_create()   o a call as a 32-bit program makes it */

#define _GNU_SOURCE
#include <ctype.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "semun.h"
#include "tlpi_hdr.h"

enum { MOST = 8 };

static void
semopOf(int semid, const char *text, const struct timespec *limit)
{
    struct sembuf sops[MOST];
    size_t n = 0;

    while (isdigit((unsigned char) *text) && n < MOST) {
        char *end;
        sops[n].sem_num = (unsigned short) strtol(text, &end, 10);
        if (*end == '=')
            end++;
        sops[n].sem_op = (short) strtol(end, &end, 10);
        sops[n].sem_flg = 0;
        for (; isalpha((unsigned char) *end); end++)
            sops[n].sem_flg = (short) (sops[n].sem_flg | (*end == 'u' ? SEM_UNDO : IPC_NOWAIT));
        n++;
        text = *end == ',' ? end + 1 : end;
    }
    semtimedop(semid, sops, n, limit); /* how it fails is for the scope to see */
}

static void
onAlarm(int sig)
{
    (void) sig;
}

static void
setAlarm(bool posix)
{
    const struct sigaction sa = { .sa_handler = onAlarm };
    const struct itimerval soon = { .it_value = { .tv_usec = 1000 } };
    const struct itimerspec asSoon = { .it_value = { .tv_nsec = 1000000 } };
    int timer;

    sigaction(SIGALRM, &sa, NULL);
    if (!posix)
        setitimer(ITIMER_REAL, &soon, NULL);
    else if (syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer) ==
             0) /* the functions want -lrt in some systems */
        syscall(SYS_timer_settime, timer, 0, &asSoon, NULL);
}

static void
untilLater(int semid, const struct timespec *limit)
{
    struct timespec now, begin;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        semopOf(semid, "0-1", limit);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 100000000);
}

static void
oldCall(void)
{
#ifdef __x86_64__
    long number = 20; /* getpid() */

    __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
#endif
}

static void
callOf(int semid, const char *call)
{
    const struct timespec ten = { .tv_sec = 10 }, one = { .tv_sec = 1 };
    const key_t key = 0x5e000000 + getppid();
    struct timeval second = { .tv_sec = 1 };
    unsigned short values[MOST];
    struct semid_ds ds;
    union semun arg;
    int other;

    switch (*call) {
    case 'v':
        semctl(semid, call[1] - '0', GETVAL);
        break;
    case 's':
        arg.val = call[3] - '0';
        semctl(semid, call[1] - '0', SETVAL, arg);
        break;
    case 'a':
        arg.array = values;
        semctl(semid, 0, GETALL, arg);
        break;
    case 'i':
        arg.buf = &ds;
        semctl(semid, 0, IPC_STAT, arg);
        break;
    case 'r':
        semctl(semid, 0, IPC_RMID);
        break;
    case 'y':
        sched_yield();
        break;
    case 'x':
        _exit(EXIT_FAILURE);
    case 'w':
        while (semctl(semid, 0, GETVAL) == 0)
            sched_yield();
        break;
    case 'u':
        while (semctl(semid, 1, GETVAL) == 0)
            semopOf(semid, "0-1", &ten);
        break;
    case 'c':
        untilLater(semid, &ten);
        break;
    case 'm':
        (void) semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
        break;
    case 'k':
        while ((other = semget(key, 1, 0)) == -1)
            ;
        semctl(other, 0, IPC_RMID);
        break;
    case 'z':
        nanosleep(&one, NULL);
        break;
    case 'Z':
        if (select(0, NULL, NULL, NULL, &second) == -1 || poll(NULL, 0, 1000) == -1)
            _exit(EXIT_FAILURE);
        break;
    case 'n':
        for (;;)
            nanosleep(&one, NULL);
    case 'l':
    case 'L':
        setAlarm(*call == 'L');
        break;
    case 'o':
        oldCall();
        break;
    case 't':
        semopOf(semid, call + 1, &ten);
        break;
    default:
        semopOf(semid, call, NULL);
    }
}

int
main(int argc, char *argv[])
{
    unsigned short values[MOST] = { 0 };
    union semun arg = { .array = values };
    int nsems = 0, semid, status, failed = 0;

    for (char *v = strtok(argc > 2 ? argv[1] : "", ","); v != NULL && nsems < MOST;
         v = strtok(NULL, ","))
        values[nsems++] = (unsigned short) atoi(v);
    if ((semid = semget(IPC_PRIVATE, nsems, 0600)) == -1 || semctl(semid, 0, SETALL, arg) == -1)
        errExit("semget");
    for (int i = 2; i < argc; i++)
        if (fork() == 0) {
            for (char *call = strtok(argv[i], "/"); call != NULL; call = strtok(NULL, "/"))
                callOf(semid, call);
            _exit(EXIT_SUCCESS);
        }
    while (wait(&status) > 0)
        failed |= WIFEXITED(status) && WEXITSTATUS(status) != 0;
    semctl(semid, 0, IPC_RMID);
    exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
