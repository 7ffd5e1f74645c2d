/* svsem_bad_barrier.c - a barrier of one gate, armed again by a process that is
   through, shuts the others in.
   Chapter: docs/09-meeting.md
   Proof: ./svsem_scope explore -- ./svsem_bad_barrier 2 2
          # status 1: deadlock

   Its twin svsem_barrier has two gates. */

#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { GATES = 1 }; /* a gate opens at 0; armed, it is at the number to come */

static const char operands[] =
    "[processes [rounds]]\n"
    "  processes  2 ... 100 (default: 3)\n"
    "  rounds     1 ... 10000 (default: 3)\n"
    "Example: ./svsem_bad_barrier 5 10";

static int semid, processes = 3, rounds = 3;

/* Shared: how often each has come; a row is read while the next is written. */
static int (*came)[100];

static void
change(unsigned short gate, short by)
{
    struct sembuf sop = { .sem_num = gate, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: barrier */
static void
meet(int self, int round)
{
    unsigned short gate = (unsigned short) (round % GATES);
    unsigned short next = (unsigned short) ((round + 1) % GATES);

    change(gate, -1); /* a process that is early sleeps here, unarmed ... */
    change(gate, 0);  /* ... and here until all have come */
    if (self == 0)
        change(next, (short) processes);
}

static _Noreturn void
takePart(int self)
{
    int missing = 0;

    for (int round = 0; round < rounds; round++) {
        came[round % 2][self]++;
        meet(self, round);
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

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 2, operands);
    if (argc > 1)
        processes = (int) getRange(argv[1], 0, 2, 100, "processes");
    if (argc > 2)
        rounds = (int) getRange(argv[2], 0, 1, 10000, "rounds");
    came = shareMemory(2 * sizeof(*came));
    semid = OWN_SET(semget(IPC_PRIVATE, GATES, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    arg.val = processes;
    if (semctl(semid, 0, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    for (int i = 0; i < processes; i++)
        if (forkChild() == 0)
            takePart(i);
    return reapAll() == 0 ? 0 : 1;
}
