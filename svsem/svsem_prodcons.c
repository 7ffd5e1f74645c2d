/* svsem_prodcons.c - each item put into a shared buffer is taken exactly once, in order. Chapter: docs/11-moving-data.md

   Producers and consumers over a ring in shared memory, one item a call. An item is a number; producer k puts the items
   k, k + producers, k + 2 * producers ..., consumer k gets as many as its share is, whichever they are. */

#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { SLOTS, ITEMS, MUTEX, NSEMS };    /* free places, full places, one at a time at the ring */
enum { SEMVMX = 32767, MAX_PROCS = 64, MAX_ITEMS = 1000000 };

static const char operands[] = "[-r] [-n items] [-b buffer] [-p producers] [-c consumers]\n"
    "  -r            the bare lesson: no forced order, nobody watches\n"
    "  -n items      0 ... 1000000 (5)\n"
    "  -b buffer     1 ... 32767 places in the ring (5)\n"
    "  -p producers  1 ... 64 (2)\n"
    "  -c consumers  1 ... 64 (2)\n"
    "Example: ./svsem_prodcons -n 1000 -b 10 -p 3 -c 2";

static int items = 5, buffer = 5, producers = 2, consumers = 2;
static int semid;

static struct {                     /* shared */
    unsigned put, got;              /* how many were ever put and got */
    int item[SEMVMX];               /* the places, of which the first `buffer` are used */
    atomic_uchar arrived[MAX_ITEMS];    /* how often each item was got */
} *ring;

static void
show(const char *what)
{
    unsigned short values[NSEMS] = { 0 };
    union semun arg = { .array = values };

    if (semctl(semid, 0, GETALL, arg) == -1)
        errExit("semctl(%d, GETALL)", semid);
    eventLine("%s: slots %d, items %d", what, values[SLOTS], values[ITEMS]);
}

static void
operate(struct sembuf *sops)
{
    while (semop(semid, sops, 2) == -1)
        if (errno != EINTR)
            errExit("semop(%d)", semid);
}

/* DOC: prodcons-put */
static void
put(int item)
{
    struct sembuf reserve[] = {
        { .sem_num = SLOTS, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = MUTEX, .sem_op = -1, .sem_flg = 0 },
    };
    struct sembuf release[] = {
        { .sem_num = MUTEX, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = +1, .sem_flg = 0 },
    };
    unsigned place;

    operate(reserve);
    place = ring->put;
    sched_yield();              /* the kernel may let another run here, whether we ask or not */
    ring->item[place % (unsigned) buffer] = item;
    ring->put = place + 1;
    operate(release);
}

/* DOC: prodcons-get */
static int
get(void)
{
    struct sembuf reserve[] = {
        { .sem_num = ITEMS, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = MUTEX, .sem_op = -1, .sem_flg = 0 },
    };
    struct sembuf release[] = {
        { .sem_num = MUTEX, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = SLOTS, .sem_op = +1, .sem_flg = 0 },
    };
    unsigned place;
    int item;

    operate(reserve);
    place = ring->got;
    sched_yield();
    item = ring->item[place % (unsigned) buffer];
    ring->got = place + 1;
    operate(release);
    return item;
}

static int
produce(int first)
{
    for (int i = first; i < items; i += producers)
        put(i);
    show("has put its share");
    return 0;
}

static int
consume(int first)
{
    int last[MAX_PROCS], disorder = 0;

    memset(last, -1, sizeof(last));
    for (int i = first; i < items; i += consumers) {
        int item = get();

        disorder |= item <= last[item % producers];
        last[item % producers] = item;
        ring->arrived[item]++;
    }
    show("has got its share");
    return disorder;
}

static int
start(int (*work)(int), int first)
{
    pid_t pid = claimFork();

    if (pid == 0)
        _exit(work(first));
    return pid;
}

/* Have all arrived once, and is the buffer as it was? */
static int
lookAfter(void)
{
    int bad = 0;

    for (int i = 0; i < items; i++)
        bad += ring->arrived[i] != 1;
    if (bad > 0)
        printf("%d of %d items did not arrive exactly once\n", bad, items);
    if (semctl(semid, SLOTS, GETVAL) != buffer || semctl(semid, ITEMS, GETVAL) != 0) {
        printf("the buffer has other than %d free places\n", buffer);
        bad++;
    }
    return bad != 0;
}

static int
prodcons(void)
{
    unsigned short values[NSEMS] = { [SLOTS] = (unsigned short) buffer, [ITEMS] = 0, [MUTEX] = 1 };
    union semun arg = { .array = values };
    pid_t pids[2 * MAX_PROCS] = { 0 };
    int bad = 0;

    ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ring == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    show("nothing is put yet");

    for (int i = 0; i < producers; i++)
        pids[i] = start(produce, i);
    for (int i = 0; i < consumers; i++)
        pids[producers + i] = start(consume, i);
    for (int i = 0; i < producers; i++)
        bad |= claimReap(pids[i]);
    show("the producers have ended");
    for (int i = 0; i < consumers; i++)
        bad |= claimReap(pids[producers + i]);
    if (bad)
        puts("a producer failed, or a consumer saw disorder");
    return lookAfter() || bad;
}

/* First there is room for all. Then there is one place: an item must be got before the next is put. */
static int
twice(void)
{
    if (prodcons() != 0)
        return 1;
    items = 4;
    buffer = producers = consumers = 1;
    return prodcons();
}

int
main(int argc, char *argv[])
{
    /* 1 makes the set; the consumers, 4 and 5, sleep; the producers, 2 and 3, put one each, which are got; they put the
       other three, and end; 1 looks; the consumers get what is there.
       One place: it is the turn of the producer, 6, in the middle of a get, of the consumer, 7, in the middle of a put, and of
       the producer once more when the place is taken. Each sleeps. */
    static struct claimTwin twin = {
        .body = twice,
        .property = "each item arrives exactly once, in order",
        .order = "1 1 1 4 5 2 3 2 2 3 3 4 4 3 3 5 5 2 2 2 3 3 3 2 2 2 2 3 1 5 5 5 5 4 4 4 4 4 4 4"
            " 1 1 1 1 1 7 7 7 7 7 7 6 6 6 7 6 6 6 7 7 6 7 7 7 6 7 7 6 6 6 6 6 6 6 7 7 7 6 6 6 1 7 7 7 7",
        .holds = true,
        .ownArguments = true,
    };
    int opt;

    helpIfAsked(argc, argv, operands);
    while ((opt = getopt(argc, argv, "rn:b:p:c:")) != -1) {
        switch (opt) {
        case 'r': continue;                 /* claimTwin() sees it, too */
        case 'n': items = (int) getRange(optarg, 0, 0, MAX_ITEMS, "items"); break;
        case 'b': buffer = (int) getRange(optarg, 0, 1, SEMVMX, "buffer"); break;
        case 'p': producers = (int) getRange(optarg, 0, 1, MAX_PROCS, "producers"); break;
        case 'c': consumers = (int) getRange(optarg, 0, 1, MAX_PROCS, "consumers"); break;
        default: misuse(argv, operands);
        }
        twin.body = prodcons;
        twin.order = NULL;      /* it fits the sizes without arguments alone */
    }
    if (optind != argc)
        misuse(argv, operands);
    return claimTwin(argc, argv, &twin);
}
