/* svsem_bad_barrier.c - a barrier of one gate, armed again by a process that is
   through, shuts the others in.
   Chapter: docs/09-meeting.md
   Proof: ./svsem_scope explore -- ./svsem_bad_barrier 2 2
          # status 1: deadlock

   Its twin svsem_barrier has two gates. */

#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { GATES = 1 }; /* a gate opens at 0; armed, it is at the number to come */
enum { MAX_PROCESSES = 100 };

static const char operands[] =
    "[processes [rounds]]\n"
    "  processes  2 ... 100 (default: 3)\n"
    "  rounds     1 ... 10000 (default: 3)\n"
    "Example: ./svsem_bad_barrier 5 10";

static int semid;

/* Shared: how often each has come to a barrier. One row is read while the next
   is written, since nobody comes to a barrier before all have left the last. */
static int (*came)[MAX_PROCESSES];

static void
change(int gate, int by)
{
    struct sembuf sop = { .sem_num = (unsigned short) gate,
                          .sem_op = (short) by,
                          .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: barrier */
static void
meet(int self, int round, int processes)
{
    int gate = round % GATES, next = (round + 1) % GATES;

    change(gate, -1); /* a process that is early sleeps here, unarmed ... */
    change(gate, 0);  /* ... and here until all have come */
    if (self == 0)
        change(next, processes);
}

/* Goes through all rounds. Ends with 1 if anybody was missing at a barrier. */
static _Noreturn void
takePart(int self, int processes, int rounds)
{
    int missing = 0;

    for (int round = 0; round < rounds; round++) {
        came[round % 2][self]++;
        meet(self, round, processes);
        eventLine("through barrier %d", round + 1);
        for (int i = 0; i < processes; i++)
            missing += came[round % 2][i] != round / 2 + 1;
    }
    _exit(missing == 0 ? 0 : 1);
}

int
main(int argc, char *argv[])
{
    union semun arg;
    int processes = 3, rounds = 3;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 2, operands);
    if (argc > 1)
        processes = (int) getRange(argv[1], 0, 2, MAX_PROCESSES, "processes");
    if (argc > 2)
        rounds = (int) getRange(argv[2], 0, 1, 10000, "rounds");

    came = mmap(NULL, 2 * sizeof(*came), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (came == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, GATES, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    arg.val = processes;
    if (semctl(semid, 0, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    for (int i = 0; i < processes; i++) {
        switch (fork()) {
        case -1:
            errExit("fork");
        case 0:
            takePart(i, processes, rounds);
        }
    }
    return reapAll() == 0 ? 0 : 1;
}
