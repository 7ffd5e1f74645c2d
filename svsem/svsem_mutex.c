/* svsem_mutex.c - reserve and release keep a shared count exact. Chapter: docs/08-reserve-and-release.md

   Its twin svsem_bad_mutex does not reserve it. */

#include <sched.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { MUTEX, NSEMS };          /* 1: available, 0: in use */
enum { MAX_PROCESSES = 64 };

static int processes = 2, times = 3;
static int semid;
static long *count;             /* shared */

static void
operate(short by)
{
    struct sembuf sop = { .sem_num = MUTEX, .sem_op = by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: update */
static void
add(void)
{
    long was;

    for (int i = 0; i < times; i++) {
        operate(-1);
        was = *count;
        sched_yield();          /* the kernel may let another run here, whether we ask or not */
        *count = was + 1;
        operate(+1);
    }
    eventLine("has added 1, %d times", times);
}

static int
body(void)
{
    pid_t child[MAX_PROCESSES] = { 0 };

    count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    operate(+1);                /* a new semaphore is 0 on Linux */
    for (int i = 0; i < processes; i++) {
        child[i] = claimFork();
        if (child[i] == 0) {
            add();
            _exit(0);
        }
    }
    for (int i = 0; i < processes; i++)
        if (claimReap(child[i]) != 0)
            fatal("a child failed");
    eventLine("the count is %ld, and %ld were added", *count, (long) processes * times);
    return *count == (long) processes * times ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[-r] [processes [times]]\n"
        "  processes  2 ... 64 (default: 2)\n"
        "  times      that each adds 1: 1 ... 10000 (default: 3)\n"
        "  -r         the bare run: nothing forced, nobody watches\n"
        "Example: ./svsem_mutex -r 4 10000";
    static const struct claimTwin twin = {
        .body = body, .property = "the count is exact", .holds = true, .ownArguments = true,
        .order = "1 1 2 3 2 3 2 3"      /* both read the count before one of them writes it */
    };
    bool bare = argc > 1 && strcmp(argv[1], "-r") == 0;

    helpIfAsked(argc, argv, operands);
    if (argc - bare > 3)
        misuse(argv, operands);
    if (argc - bare > 1)
        processes = (int) getRange(argv[1 + bare], 0, 2, MAX_PROCESSES, "processes");
    if (argc - bare > 2)
        times = (int) getRange(argv[2 + bare], 0, 1, 10000, "times");
    return claimTwin(argc, argv, &twin);
}
