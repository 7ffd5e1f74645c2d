/* svsem_fork_sync.c - a semaphore decides whether parent or child goes first after fork(). Chapter: docs/09-meeting.md

   Without it either may be the first, on any run. Source: TLPI 24.4, exercise 47-2 */

#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum role { PARENT, CHILD };

static const char *const roleName[] = { [PARENT] = "the parent", [CHILD] = "the child" };

static int semid;
static struct { int count; enum role went[2]; bool tooEarly; } *order;    /* shared */

static void
change(short by)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

static void
go(enum role self)
{
    eventLine("%s goes", roleName[self]);
    order->went[order->count++] = self;
}

/* DOC: either-first */
static void
inTurn(enum role self, enum role first, pid_t other)
{
    if (self != first) {
        change(-1);
        go(self);
        return;
    }
    awaitNcnt(semid, 0, 1);     /* only here, to let the other be as early as can be */
    go(self);
    order->tooEarly = semctl(semid, 0, GETPID) == other;    /* its operation is done, whether it runs yet or not */
    change(+1);
}

static void
meet(enum role first)
{
    pid_t child;

    order->count = 0;
    child = claimFork();
    if (child == 0) {
        inTurn(CHILD, first, getppid());
        _exit(0);
    }
    inTurn(PARENT, first, child);
    claimReap(child);
    claimThat(order->count == 2 && order->went[0] == first && !order->tooEarly, "%s goes first", roleName[first]);
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[child | parent]\n"
        "  child, parent  who is to go first (default: first the one, then the other)\n"
        "Example: ./svsem_fork_sync child";
    bool child, parent;

    helpIfAsked(argc, argv, operands);
    child = argc == 1 || (argc == 2 && strcmp(argv[1], "child") == 0);
    parent = argc == 1 || (argc == 2 && strcmp(argv[1], "parent") == 0);
    if (!child && !parent)
        misuse(argv, operands);
    claimStart();
    order = mmap(NULL, sizeof(*order), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (order == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (child)
        meet(CHILD);
    if (parent)
        meet(PARENT);
    exit(claimVerdict());
}
