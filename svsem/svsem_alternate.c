/* svsem_alternate.c - two processes take turns by moving a semaphore between 0
   and 1.
   Chapter: docs/09-meeting.md
   Proof: ./svsem_scope explore -- ./svsem_alternate
          # status 0: complete

   0: it is the parent's turn, 1: the child's. Each waits for its value, and
   ends its turn by making the other's. Source: TLPI, Figure 47-1 */

#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "[rounds]\n"
    "  rounds  1 ... 10000: how many turns each has (default: 3)\n"
    "Example: ./svsem_alternate 5";

static int semid;
static int *turn; /* shared: how many turns there have been */

/* DOC: turns */
/* The parent's `rounds` turns, or the child's. False if one was not its own. */
static bool
takeTurns(bool parent, int rounds)
{
    struct sembuf untilZero = { .sem_num = 0, .sem_op = 0, .sem_flg = 0 };
    struct sembuf makeOne = { .sem_num = 0, .sem_op = 1, .sem_flg = 0 };
    struct sembuf untilOne[] = {
        /* both in one call: nobody sees the 0 in between */
        { .sem_num = 0, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = 0, .sem_op = 1, .sem_flg = 0 },
    };
    struct sembuf makeZero = { .sem_num = 0, .sem_op = -1, .sem_flg = 0 };
    bool inTurn = true;

    for (int i = 0; i < rounds; i++) {
        if (parent)
            semopRetry(semid, &untilZero, 1);
        else
            semopRetry(semid, untilOne, 2);
        inTurn = *turn == 2 * i + (parent ? 0 : 1) && inTurn;
        *turn += 1;
        eventLine("turn %d: makes it %d", *turn, parent ? 1 : 0);
        semopRetry(semid, parent ? &makeOne : &makeZero, 1);
    }
    return inTurn;
}

int
main(int argc, char *argv[])
{
    int rounds = 3;
    bool inTurn;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 1, operands);
    if (argc == 2)
        rounds = (int) getRange(argv[1], 0, 1, 10000, "rounds");

    turn = shareMemory(sizeof(*turn));
    semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (forkChild() == 0)
        _exit(takeTurns(false, rounds) ? 0 : 1);
    inTurn = takeTurns(true, rounds);
    return reapAll() == 0 && inTurn ? 0 : 1;
}
