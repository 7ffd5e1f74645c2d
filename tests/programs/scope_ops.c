/* scope_ops.c - makes the calls that its arguments say, for tests of svsem_scope that compare what
   it finds with the truth.

   scope_ops VALUES CALLS...: VALUES such as 1,0 initialise a set; for each CALLS one child makes
   these calls, parted by '/':
   0-1,1+2u one semop(), as svsem_op takes it   t0-1 semtimedop(), ten seconds   v0 GETVAL
   s0=2 SETVAL   a GETALL   i IPC_STAT   r IPC_RMID   y sched_yield   x exit(1)
   w wait until semaphore 0 is not 0, by polling GETVAL   u wait until semaphore 1 is not 0, asleep
   in t0-1 between two looks   c t0-1 again and again until the clock has gone on by 0.1 s   m make
   a set with a key   k wait until that set is there, by polling semget(), and remove it
   z nap of a second   Z two naps, by select() and poll()   n naps without end   p arm64's pause()
   l SIGALRM, which has a handler, in a millisecond   L the same by a timer of timer_create()
   !k9@1 signal 9 to the first of the children, which is older, by kill(); !t by tgkill(), !q by
   sigqueue(), !p by pidfd_send_signal(); !k9 to itself; !g9 to a process group that it makes for
   itself, by kill(0)   h handles SIGTERM, and SIGPIPE once   A abort()   C a crash   E a write
   into a pipe that nobody reads   U a child by clone() with CLONE_UNTRACED, V by clone3()   o a
   call as a 32-bit program makes it */

#define _GNU_SOURCE
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { MOST = 8 };

static const struct timespec ten = { .tv_sec = 10 }, one = { .tv_sec = 1 };
static int semid;
static pid_t child[MOST];

/* How a call fails is for the scope to see. */

static void
operate(const char *ops, const struct timespec *limit)
{
    size_t nsops;
    struct sembuf *sops = parseOps(ops, &nsops);

    semtimedop(semid, sops, nsops, limit);
    free(sops);
}

static void
control(const char *call)
{
    unsigned short values[MOST];
    struct semid_ds ds;
    union semun arg;

    if (*call == 'v')
        semctl(semid, call[1] - '0', GETVAL);
    arg.val = *call == 's' ? call[3] - '0' : 0;
    if (*call == 's')
        semctl(semid, call[1] - '0', SETVAL, arg);
    arg.array = values;
    if (*call == 'a')
        semctl(semid, 0, GETALL, arg);
    arg.buf = &ds;
    if (*call == 'i')
        semctl(semid, 0, IPC_STAT, arg);
    if (*call == 'r')
        semctl(semid, 0, IPC_RMID);
}

/* ---- loops that poll ---- */

static void
untilLater(void)
{
    struct timespec now, begin;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        operate("0-1", &ten);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 100000000);
}

static void
pollFor(char what)
{
    const key_t key = 0x5e000000 + getppid();
    int other;

    while (what == 'w' && semctl(semid, 0, GETVAL) == 0)
        sched_yield();
    while (what == 'u' && semctl(semid, 1, GETVAL) == 0)
        operate("0-1", &ten);
    if (what == 'c')
        untilLater();
    if (what == 'm')
        (void) semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
    if (what == 'k') {
        while ((other = semget(key, 1, 0)) == -1)
            ;
        semctl(other, 0, IPC_RMID);
    }
}

/* ---- time ---- */

static void
nap(char how)
{
    struct timeval second = { .tv_sec = 1 };

    if (how == 'Z' && (select(0, NULL, NULL, NULL, &second) == -1 || poll(NULL, 0, 1000) == -1))
        _exit(EXIT_FAILURE);
    if (how == 'p')
        ppoll(NULL, 0, NULL, NULL);
    if (how == 'z')
        nanosleep(&one, NULL);
    if (how == 'n')
        for (;;)
            nanosleep(&one, NULL);
}

static void
onSignal(int sig)
{
    (void) sig;
}

static void
handle(int sig, int flags)
{
    const struct sigaction sa = { .sa_handler = onSignal, .sa_flags = flags };

    sigaction(sig, &sa, NULL);
}

static void
setAlarm(bool posix)
{
    /* Late enough for the call after it to sleep by then: before, it would end nothing. */
    const struct itimerval soon = { .it_value = { .tv_usec = 150000 } };
    const struct itimerspec asSoon = { .it_value = { .tv_nsec = 150000000 } };
    int timer;

    handle(SIGALRM, 0);
    if (!posix)
        setitimer(ITIMER_REAL, &soon, NULL);
    /* The functions want -lrt in some systems. */
    else if (syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer) == 0)
        syscall(SYS_timer_settime, timer, 0, &asSoon, NULL);
}

/* ---- signals, and ends ---- */

/* !k9@1, see above. */
static void
sendSignal(const char *call)
{
    const char *at = strchr(call, '@');
    int sig = atoi(call + 2);
    pid_t pid = at == NULL ? getpid() : child[at[1] - '1'];

    if (call[1] == 'k')
        kill(pid, sig);
    if (call[1] == 't')
        syscall(SYS_tgkill, pid, pid, sig);
    if (call[1] == 'q')
        sigqueue(pid, sig, (union sigval){ .sival_int = 0 });
    if (call[1] == 'p')
        syscall(SYS_pidfd_send_signal, (int) syscall(SYS_pidfd_open, pid, 0), sig, NULL, 0);
    if (call[1] == 'g' && setpgid(0, 0) == 0)
        kill(0, sig);
}

static void
end(char how)
{
    int fd[2];

    if (how == 'x')
        _exit(EXIT_FAILURE);
    if (how == 'A')
        abort();
    if (how == 'C')
        *(volatile char *) mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 0;
    if (how == 'E' && pipe(fd) == 0) {
        close(fd[0]);
        if (write(fd[1], "", 1) == -1)
            _exit(EXIT_FAILURE);
    }
}

static void
cloneUntraced(char how)
{
    struct clone_args args = { .flags = CLONE_UNTRACED, .exit_signal = SIGCHLD };
    long pid = how == 'U' ? syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL)
                          : syscall(SYS_clone3, &args, sizeof(args));

    if (pid == 0)
        _exit((int) sleep(10));
    if (pid == -1 && errno == ENOSYS)
        _exit(77); /* a seccomp filter, or a kernel before 5.3 */
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
makeCall(const char *call)
{
    if (strchr("vsair", *call) != NULL)
        control(call);
    else if (strchr("wucmk", *call) != NULL)
        pollFor(*call);
    else if (strchr("zZnp", *call) != NULL)
        nap(*call);
    else if (strchr("lL", *call) != NULL)
        setAlarm(*call == 'L');
    else if (strchr("xACE", *call) != NULL)
        end(*call);
    else if (strchr("UV", *call) != NULL)
        cloneUntraced(*call);
    else if (*call == 'y')
        sched_yield();
    else if (*call == 'o')
        oldCall();
    else if (*call == '!')
        sendSignal(call);
    else if (*call == 'h') {
        handle(SIGTERM, 0);
        handle(SIGPIPE, (int) SA_RESETHAND);
    } else
        operate(*call == 't' ? call + 1 : call, *call == 't' ? &ten : NULL);
}

int
main(int argc, char *argv[])
{
    unsigned short values[MOST] = { 0 };
    union semun arg = { .array = values };
    int nsems = 0, status, failed = 0;

    for (char *v = strtok(argc > 2 ? argv[1] : "", ","); v != NULL && nsems < MOST;
         v = strtok(NULL, ","))
        values[nsems++] = (unsigned short) atoi(v);
    if ((semid = semget(IPC_PRIVATE, nsems, 0600)) == -1 || semctl(semid, 0, SETALL, arg) == -1)
        errExit("semget");
    for (int i = 2; i < argc && i < MOST + 2; i++)
        if ((child[i - 2] = fork()) == 0) {
            for (char *call = strtok(argv[i], "/"); call != NULL; call = strtok(NULL, "/"))
                makeCall(call);
            _exit(EXIT_SUCCESS);
        }
    while (wait(&status) > 0)
        failed |= WIFEXITED(status) && WEXITSTATUS(status) != 0;
    semctl(semid, 0, IPC_RMID);
    exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
