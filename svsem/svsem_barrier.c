/* svsem_barrier.c - a barrier of two gates, armed in turn, loses nobody. Chapter: docs/09-meeting.md

   Its twin svsem_bad_barrier has one gate. */

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { GATES = 2 };             /* a gate opens at 0; armed, it is at the number of processes */
enum { MAX_PROCESSES = 100 };

static int processes = 3, rounds = 3;
static int semid;
static struct {                 /* shared */
    atomic_int come;            /* how often anybody has come to a barrier */
    int arrivals[MAX_PROCESSES];        /* how often each has */
} *counts;

static void
operate(int gate, int by)
{
    struct sembuf sop = { .sem_num = (unsigned short) gate, .sem_op = (short) by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: barrier */
static void
meet(int round)
{
    int gate = round % GATES, next = (round + 1) % GATES;
    bool last;

    operate(gate, -1);          /* whoever comes before the gate is armed sleeps here ... */
    last = ++counts->come % processes == 0;
    operate(gate, 0);           /* ... and here until all have come */
    if (last)
        operate(next, processes);
}

/* Goes through all rounds. True if at no barrier anybody was missing, or a round ahead. */
static bool
takePart(int self)
{
    bool together = true;

    for (int round = 0; round < rounds; round++) {
        counts->arrivals[self] = round + 1;
        meet(round);
        eventLine("through barrier %d", round + 1);
        for (int i = 0; i < processes; i++) {
            int came = counts->arrivals[i];

            together = together && (came == round + 1 || came == round + 2);
        }
    }
    return together;
}

static int
body(void)
{
    union semun arg = { .val = processes };
    pid_t child[MAX_PROCESSES] = { 0 };
    bool together;

    counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, GATES, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    for (int i = 1; i < processes; i++) {
        child[i] = claimFork();
        if (child[i] == 0)
            _exit(takePart(i) ? 0 : 1);
    }
    together = takePart(0);
    for (int i = 1; i < processes; i++)
        together = claimReap(child[i]) == 0 && together;
    return together ? 0 : 1;
}

/* The body comes last; it is through and arms the next gate before any of the others waits for 0. */
static const char *
hastyLast(void)
{
    static char order[4 * MAX_PROCESSES + 16];
    int len = snprintf(order, sizeof(order), "1 1");

    for (int i = 2; i <= processes; i++)
        len += snprintf(order + len, sizeof(order) - (size_t) len, " %d", i);
    snprintf(order + len, sizeof(order) - (size_t) len, " 1 1 1");
    return order;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[-r] [processes [rounds]]\n"
        "  processes  2 ... 100 (default: 3)\n"
        "  rounds     1 ... 10000 (default: 3)\n"
        "  -r         the bare run: nothing forced, nobody watches\n"
        "Example: ./svsem_barrier 5 10";
    struct claimTwin twin = {
        .body = body, .property = "all meet in every round", .holds = true, .ownArguments = true
    };
    bool bare = argc > 1 && strcmp(argv[1], "-r") == 0;

    helpIfAsked(argc, argv, operands);
    if (argc - bare > 3)
        misuse(argv, operands);
    if (argc - bare > 1)
        processes = (int) getRange(argv[1 + bare], 0, 2, MAX_PROCESSES, "processes");
    if (argc - bare > 2)
        rounds = (int) getRange(argv[2 + bare], 0, 1, 10000, "rounds");
    twin.order = hastyLast();
    return claimTwin(argc, argv, &twin);
}
