/* svsem_fork_sync.c - a semaphore decides whether parent or child goes first
   after fork().
   Chapter: docs/09-meeting.md
   Proof: ./svsem_scope explore -- ./svsem_fork_sync
          # status 0: complete
   Proof: ./svsem_scope explore -- ./svsem_fork_sync parent
          # status 0: complete

   Without it either may be the first, on any run. Source: TLPI 24.4, exercise
   47-2 */

#include <sched.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "[child | parent]\n"
    "  child, parent  the process that goes first (default: child)\n"
    "Example: ./svsem_fork_sync child";

static int semid;
static int *gone; /* shared: how many have gone */

static void
change(short by)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: either-first */
/* Goes first, or second. True if it was. */
static bool
go(const char *self, bool first)
{
    bool inOrder;

    if (!first)
        change(-1);
    sched_yield(); /* a switch can happen here */
    eventLine("the %s goes", self);
    inOrder = *gone == (first ? 0 : 1);
    *gone += 1;
    if (first)
        change(+1);
    return inOrder;
}

int
main(int argc, char *argv[])
{
    bool childFirst, inOrder;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, argc, operands);
    childFirst = argc == 1 || strcmp(argv[1], "child") == 0;
    if (argc > 2 || (!childFirst && strcmp(argv[1], "parent") != 0))
        misuse(argv, operands);

    semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    gone = shareMemory(sizeof(*gone));
    if (forkChild() == 0)
        _exit(go("child", childFirst) ? 0 : 1);
    inOrder = go("parent", !childFirst);
    return reapAll() == 0 && inOrder ? 0 : 1;
}
