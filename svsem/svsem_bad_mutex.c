/* svsem_bad_mutex.c - without reserve and release, updates are lost.
   Chapter: docs/08-reserve-and-release.md
   Proof: ./svsem_scope explore -- ./svsem_bad_mutex
          # status 1: P1 exited with 1

   Its twin svsem_mutex reserves. */

#include <sched.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { MUTEX, NSEMS }; /* 1: available, 0: in use */

static const char operands[] =
    "[processes [times]]\n"
    "  processes  2 ... 64 (default: 2)\n"
    "  times      that each adds 1: 1 ... 10000 (default: 3)\n"
    "Example: ./svsem_bad_mutex 4 10000";

static int semid;
static long *count; /* shared */

static void
change(short by)
{
    struct sembuf sop = { .sem_num = MUTEX, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: update */
static void
add(int times)
{
    long was;

    for (int i = 0; i < times; i++) {
        was = *count;
        sched_yield(); /* the kernel may let another run here at any time */
        *count = was + 1;
    }
    eventLine("has added 1, %d times", times);
}

int
main(int argc, char *argv[])
{
    int processes = 2, times = 3;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 2, operands);
    if (argc > 1)
        processes = (int) getRange(argv[1], 0, 2, 64, "processes");
    if (argc > 2)
        times = (int) getRange(argv[2], 0, 1, 10000, "times");

    count = shareMemory(sizeof(*count));
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    change(+1); /* a new semaphore is 0 on Linux */

    for (int i = 0; i < processes; i++) {
        if (forkChild() == 0) {
            add(times);
            _exit(EXIT_SUCCESS);
        }
    }
    reapAll();
    eventLine("the count is %ld, and %d were added", *count, processes * times);
    return *count == processes * times ? 0 : 1;
}
