/* svsem_undo_clamp.c - an undo out of 0 ... 32767 is cut off silently.
   Chapter: docs/06-undo.md

   That is Linux's way; semop(2) tells of the lower end alone. illumos leaves
   such an undo out entirely. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { UNITS, NEVER, NSEMS }; /* NEVER stays 0 */

static int semid;

static void
change(unsigned short semnum, short by, short flags)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = by, .sem_flg = flags };

    semopRetry(semid, &sop, 1);
}

static int
report(const char *what, int by)
{
    int semval = semRead(semid, UNITS, GETVAL);

    eventLine("%s %+d: value %d", what, by, semval);
    return semval;
}

/* DOC: clamp */
static void
undoWouldPass(int limit, short holders, short others)
{
    union semun arg = { .val = limit };
    pid_t holder;

    if (semctl(semid, UNITS, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    holder = forkChild();
    if (holder == 0) {
        change(UNITS, holders, SEM_UNDO);
        change(NEVER, -1, 0);
    }
    awaitNcnt(semid, NEVER, 1);
    report("one process, with SEM_UNDO,", holders);
    change(UNITS, others, 0);
    report("another, without,", others);
    if (kill(holder, SIGKILL) == -1)
        errExit("kill");
    reap(holder);
    claimThat(report("the first is dead, undo", -holders) == limit,
              "the value is %d", limit);
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_undo_clamp";

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    undoWouldPass(0, +3, -2);      /* 0 + 3 - 2 - 3 would be -2 */
    undoWouldPass(SEMVMX, -3, +2); /* 32767 - 3 + 2 + 3 would be 32769 */
    return claimVerdict();
}
