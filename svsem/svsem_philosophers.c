/* svsem_philosophers.c - one fork at a time, one seat less than philosophers: all eat. Chapter: docs/10-sharing.md

   Its twin svsem_bad_philosophers takes both forks in one call, and needs no seats. */

#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "blocked.h"
#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { MAX_PHILOSOPHERS = 20, MAX_MEALS = 100, STARVED = 3 };
enum { SEATS, FORKS, MAX_NSEMS = FORKS + MAX_PHILOSOPHERS };    /* i has fork i on the left, i + 1 on the right */

static int meals = 4, philosophers = 5;
static int semid;

static struct {                 /* shared */
    bool starved;
    pid_t pid[MAX_PHILOSOPHERS];
    int passed[MAX_PHILOSOPHERS][2];    /* how often each neighbour began to eat while this one slept hungry */
} *table;

static void
operate(struct sembuf sops[], size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: forks */
static void
takeForks(unsigned short left, unsigned short right)
{
    struct sembuf sops[] = {
        { .sem_num = SEATS, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = left, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = right, .sem_op = -1, .sem_flg = 0 },
    };

    operate(&sops[0], 1);
    operate(&sops[1], 1);       /* it sleeps until the fork is put down, and then it is this one's turn */
    operate(&sops[2], 1);
}

static void
putForks(unsigned short left, unsigned short right)
{
    struct sembuf sops[] = {
        { .sem_num = SEATS, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = left, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = right, .sem_op = +1, .sem_flg = 0 },
    };

    operate(sops, 3);
}

/* A neighbour may be passed twice on each side even if all is well: by one that had its seat before, and by one that
   had the fork before, but was late to look here. */
static void
eat(int self)
{
    int neighbours[2] = { (self + philosophers - 1) % philosophers, (self + 1) % philosophers };

    eventLine("philosopher %d eats", self);
    for (int side = 0; side < 2; side++) {
        int other = neighbours[side];
        int *passed = table->passed[other];

        table->passed[self][side] = 0;
        if (!blockedIn(table->pid[other], NULL) || ++passed[side] < STARVED || passed[!side] < STARVED)
            continue;
        if (!table->starved)
            eventLine("philosopher %d has slept while each neighbour ate %d times", other, STARVED);
        table->starved = true;
    }
}

static void
live(int self)
{
    unsigned short left = (unsigned short) (FORKS + self);
    unsigned short right = (unsigned short) (FORKS + (self + 1) % philosophers);

    for (int i = 0; i < meals; i++) {
        eventLine("philosopher %d is hungry", self);
        takeForks(left, right);
        eat(self);
        putForks(left, right);
    }
}

static void
setTable(void)
{
    unsigned short values[MAX_NSEMS];
    union semun arg = { .array = values };

    table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, FORKS + philosophers, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    values[SEATS] = (unsigned short) (philosophers - 1);
    for (int i = 0; i < philosophers; i++)
        values[FORKS + i] = 1;
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
}

/* Every fork there, once, and every seat free: so nobody had one that another had, or has kept one. */
static bool
tableIsSet(void)
{
    unsigned short values[MAX_NSEMS] = { 0 };
    union semun arg = { .array = values };
    bool set;

    if (semctl(semid, 0, GETALL, arg) == -1)
        errExit("semctl(%d, GETALL)", semid);
    set = values[SEATS] == philosophers - 1;
    for (int i = 0; i < philosophers; i++)
        set = set && values[FORKS + i] == 1;
    return set;
}

static int
body(void)
{
    setTable();
    for (int i = 0; i < philosophers; i++) {
        pid_t pid = claimFork();

        if (pid == 0) {
            live(i);
            _exit(0);
        }
        table->pid[i] = pid;
    }
    for (int i = 0; i < philosophers; i++)
        claimThat(claimReap(table->pid[i]) == 0, "philosopher %d ends well", i);
    claimThat(tableIsSet(), "each fork was in one hand, and is back");
    return table->starved ? 1 : 0;
}

/* Philosophers 0, 1, 2 are processes 2, 3, 4. One of 0 and 2 always eats, so that 1 never finds both forks. Then everybody
   who may takes the left fork, and nobody the right one before. */
static const char *
unlucky(void)
{
    static char order[64 + MAX_MEALS * sizeof(" 2 2 4 4") + MAX_PHILOSOPHERS * sizeof(" 22 22 22")];
    char *end = stpcpy(order, "1 1 2 3 4");

    for (int i = 1; i < meals; i++)
        end = stpcpy(end, " 2 2 4 4");
    end = stpcpy(end, " 2 2 2 3 4 4 4");
    for (int i = 3; i < philosophers; i++)
        end += sprintf(end, " %d %d", 2 + i, 2 + i);
    for (int i = 0; i < philosophers; i++)
        end += sprintf(end, " %d", 2 + i);
    return order;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[-r] [meals [philosophers]]\n"
        "  meals         of each: 1 ... 100 (default: 4)\n"
        "  philosophers  3 ... 20 (default: 5)\n"
        "  -r            the bare run: nothing forced, nobody watches\n"
        "Example: ./svsem_philosophers -r 100";
    struct claimTwin twin = { .body = body, .property = "everybody eats", .holds = true, .ownArguments = true };
    bool bare = argc > 1 && strcmp(argv[1], "-r") == 0;

    helpIfAsked(argc, argv, operands);
    if (argc - bare > 3)
        misuse(argv, operands);
    if (argc - bare > 1)
        meals = (int) getRange(argv[1 + bare], 0, 1, MAX_MEALS, "meals");
    if (argc - bare > 2)
        philosophers = (int) getRange(argv[2 + bare], 0, 3, MAX_PHILOSOPHERS, "philosophers");
    twin.order = unlucky();
    return claimTwin(argc, argv, &twin);
}
