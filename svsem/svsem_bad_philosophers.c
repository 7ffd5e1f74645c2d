/* svsem_bad_philosophers.c - one fork at a time, and a seat for each: all can
   sleep for the second fork.
   Chapter: docs/10-sharing.md
   Proof: ./svsem_scope explore -- ./svsem_bad_philosophers 1 3
          # status 1: deadlock

   Its twin svsem_philosophers has a seat less. */

#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { MAX_PHILOSOPHERS = 20, STARVED = 3 };
enum { SEATS, FORKS }; /* philosopher i has fork i at the left, i + 1 right */

static const char operands[] =
    "[meals [philosophers]]\n"
    "  meals         of each: 1 ... 100 (default: 4)\n"
    "  philosophers  3 ... 20 (default: 5)\n"
    "Example: ./svsem_bad_philosophers 100";

static int semid;

/* Shared. Only the philosopher that holds a fork may use its entry. */
static struct {
    pid_t user; /* the last that ate with it */
    int inARow; /* how often, while the neighbour slept for it */
} * uses;

/* DOC: forks */
static void
takeForks(unsigned short left, unsigned short right)
{
    struct sembuf sops[] = {
        { .sem_num = SEATS, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = left, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = right, .sem_op = -1, .sem_flg = 0 },
    };

    semopRetry(semid, &sops[0], 1);
    semopRetry(semid, &sops[1], 1);
    semopRetry(semid, &sops[2], 1);
}

static void
putForks(unsigned short left, unsigned short right)
{
    struct sembuf sops[] = {
        { .sem_num = SEATS, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = left, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = right, .sem_op = +1, .sem_flg = 0 },
    };

    semopRetry(semid, sops, 3);
}

/* DOC: starved */
/* Counts the meals in a row during which the neighbour on the right sleeps for
   the shared fork: it may have come during the first; at STARVED it starves. */
static bool
eat(int self, unsigned short left, unsigned short right)
{
    eventLine("philosopher %d eats", self);
    if (uses[right].user != getpid() || semRead(semid, right, GETNCNT) == 0)
        uses[right].inARow = 0;
    else if (++uses[right].inARow == STARVED)
        eventLine("philosopher %d starves", right - FORKS);
    uses[left].user = uses[right].user = getpid();
    return uses[right].inARow < STARVED;
}

static _Noreturn void
live(int self, int neighbour, int meals)
{
    unsigned short left = (unsigned short) (FORKS + self);
    unsigned short right = (unsigned short) (FORKS + neighbour);
    bool fair = true;

    for (int i = 0; i < meals; i++) {
        eventLine("philosopher %d is hungry", self);
        takeForks(left, right);
        fair = eat(self, left, right) && fair;
        putForks(left, right);
    }
    _exit(fair ? 0 : 1);
}

int
main(int argc, char *argv[])
{
    unsigned short values[FORKS + MAX_PHILOSOPHERS];
    union semun arg = { .array = values };
    int meals = 4, philosophers = 5;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 2, operands);
    if (argc > 1)
        meals = (int) getRange(argv[1], 0, 1, 100, "meals");
    if (argc > 2)
        philosophers =
            (int) getRange(argv[2], 0, 3, MAX_PHILOSOPHERS, "philosophers");

    uses = shareMemory(sizeof(*uses) * (FORKS + MAX_PHILOSOPHERS));
    semid =
        OWN_SET(semget(IPC_PRIVATE, FORKS + philosophers, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    values[SEATS] = (unsigned short) philosophers;
    for (int i = 0; i < philosophers; i++)
        values[FORKS + i] = 1;
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    for (int i = 0; i < philosophers; i++)
        if (forkChild() == 0)
            live(i, (i + 1) % philosophers, meals);
    return reapAll() == 0 ? 0 : 1;
}
