/* twin_probe.c - small bodies for the tests of claimTwin(): twin_probe BODY holds|fails|hangs [ORDER], or twin_probe BODY -r */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/sem.h>
#include <time.h>

#include "claim.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

static int semid;

static void
makeSet(void)
{
    semid = OWN_SET(semget(IPC_PRIVATE, 2, 0600));
    if (semid == -1)
        errExit("semget");
    printf("set %d\n", semid);
    fflush(stdout);
}

/* With a mark in the output after the call, so that a test sees the order. */
static void
operate(int number, unsigned short semnum, short by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by };

    if (semop(semid, &sop, 1) == -1)
        err_exit("semop");
    dprintf(STDOUT_FILENO, "%d did %u%+d\n", number, semnum, by);
}

static pid_t
start(void (*child)(int), int number)
{
    pid_t pid = claimFork();

    if (pid == 0) {
        child(number);
        _exit(EXIT_SUCCESS);
    }
    return pid;
}

static void
twoPosts(int number)
{
    operate(number, 0, 1);
    operate(number, 0, 1);
}

static int
posts(void)
{
    pid_t second, third;

    makeSet();
    second = start(twoPosts, 2);
    third = start(twoPosts, 3);
    claimReap(third);
    claimReap(second);
    return semctl(semid, 0, GETVAL) == 4 ? 0 : 1;
}

static void
takeThenMark(int number)
{
    operate(number, 0, -1);
    operate(number, 1, 1);
}

static void
giveThenMark(int number)
{
    operate(number, 0, 1);
    sched_yield();
    operate(number, 1, 1);
}

/* A sleeper (2) that 3 wakes. */
static int
wake(void)
{
    makeSet();
    start(takeThenMark, 2);
    claimReap(start(giveThenMark, 3));
    operate(1, 1, -2);
    return 0;
}

static void
sleepOn(int number)
{
    operate(number, (unsigned short) (number - 2), -1);
}

/* Two that sleep for ever, and one that has ended. */
static int
stuck(void)
{
    pid_t first;

    makeSet();
    first = start(sleepOn, 2);
    start(sleepOn, 3);
    start(twoPosts, 4);                 /* wakes 2 */
    claimReap(first);
    return claimReap(start(sleepOn, 3));
}

static void
nap(int number)
{
    struct timespec aMoment = { .tv_nsec = 50000000 };
    struct sembuf never = { .sem_num = 1, .sem_op = -1 };

    nanosleep(&aMoment, NULL);
    if (semtimedop(semid, &never, 1, &aMoment) != -1 || errno != EAGAIN)
        err_exit("semtimedop");
    operate(number, 0, 1);
}

/* Everybody sleeps for a while, but a timeout ends it. */
static int
timed(void)
{
    makeSet();
    start(nap, 2);
    operate(1, 0, -1);
    return 0;
}

static void
idle(int number)
{
    (void) number;
    for (;;)
        pause();
}

/* As start(), but without claimFork()'s care: it lives on when its parent dies. */
static pid_t
plainStart(void (*child)(int), int number)
{
    pid_t pid = fork();

    if (pid == 0) {
        child(number);
        _exit(EXIT_SUCCESS);
    }
    dprintf(STDOUT_FILENO, "plain %ld\n", (long) pid);
    return pid;
}

/* Asleep until the set is gone, and even then not ended. */
static void
outlive(int number)
{
    struct sembuf never = { .sem_num = 1, .sem_op = -1 };

    semop(semid, &never, 1);
    idle(number);
}

static void
parentOfOne(int number)
{
    plainStart(outlive, number + 1);
}

static int
orphans(void)
{
    makeSet();
    claimReap(start(parentOfOne, 2));
    return 1;
}

/* Asleep, but not on each other: a signal could still come. So it is not stuck, and never ends. */
static int
waiting(void)
{
    makeSet();
    start(idle, 2);
    sched_yield();
    return claimReap(start(idle, 3)) == 0 ? 0 : 1;
}

static int
plain(void)
{
    makeSet();
    return claimReap(plainStart(idle, 2));
}

/* 2 dies where an order holds it: before its call. */
static int
killed(void)
{
    pid_t second, third;

    makeSet();
    second = start(twoPosts, 2);
    third = start(twoPosts, 3);
    sched_yield();
    kill(second, SIGKILL);
    printf("2 %s\n", howEnded(claimReap(second)));
    fflush(stdout);
    operate(1, 0, 1);
    claimReap(third);
    return semctl(semid, 0, GETVAL) == 3 ? 0 : 1;
}

static int
crash(void)
{
    raise(SIGKILL);
    return 0;
}

static int
error(void)
{
    errno = EINVAL;
    errExit("call(7)");
}

/* Wrong in another way than the twin is about. */
static int
broken(void)
{
    claimThat(false, "this, too");
    return 1;
}

static const struct { const char *name; int (*body)(void); } bodies[] = {
    { "posts", posts }, { "wake", wake }, { "stuck", stuck }, { "timed", timed }, { "orphans", orphans },
    { "killed", killed }, { "crash", crash }, { "error", error }, { "waiting", waiting },
    { "plain", plain }, { "broken", broken }
};

int
main(int argc, char *argv[])
{
    struct claimTwin twin = { .property = "the property", .ownArguments = true };

    if (argc == 1 || argv[1][0] == '-') {
        twin.ownArguments = false;
        twin.body = posts;
        return claimTwin(argc, argv, &twin);
    }
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        if (strcmp(argv[1], bodies[i].name) == 0)
            twin.body = bodies[i].body;
    if (twin.body == NULL || argc < 3)
        usageErr("twin_probe body holds|fails|hangs [order]\n");
    twin.holds = strcmp(argv[2], "holds") == 0;
    twin.mayHang = strcmp(argv[2], "hangs") == 0;
    twin.order = argv[3];
    return claimTwin(argc, argv, &twin);
}
