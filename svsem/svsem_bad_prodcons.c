/* svsem_bad_prodcons.c - with SEM_UNDO a producer that ends takes its items
   back.
   Chapter: docs/11-moving-data.md
   Proof: ./svsem_scope explore -- ./svsem_bad_prodcons -n 2 -b 1 -p 1 -c 1
          # status 1: deadlock

   An item is a number. In its twin svsem_prodcons the operations have no
   SEM_UNDO. */

#include <sched.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { SLOTS, ITEMS, MUTEX, NSEMS }; /* free places, full ones; 1 at a time */
enum { MAX_ITEMS = 1000000 };

static const char operands[] =
    "[-n items] [-b buffer] [-p producers] [-c consumers]\n"
    "  -n items      0 ... 1000000 (5)\n"
    "  -b buffer     1 ... 32767 places in the ring (5)\n"
    "  -p producers  1 ... 64 (2)\n"
    "  -c consumers  1 ... 64 (2)\n"
    "Example: ./svsem_bad_prodcons -n 1000 -b 10 -p 3 -c 2";

static int items = 5, buffer = 5;
static int semid;
static struct {
    unsigned put, got;             /* how many ever were */
    int item[SEMVMX];              /* the places; `buffer` of them are used */
    unsigned char seen[MAX_ITEMS]; /* how often each item was got */
} * ring;                          /* shared */

static void
show(const char *what)
{
    unsigned short values[NSEMS] = { 0 };
    union semun arg = { .array = values };

    if (semctl(semid, 0, GETALL, arg) == -1)
        err_exit("semctl(%d, GETALL)", semid);
    eventLine("%s: slots %d, items %d", what, values[SLOTS], values[ITEMS]);
}

/* DOC: prodcons-put */
static void
put(int item)
{
    struct sembuf reserve[] = {
        { .sem_num = SLOTS, .sem_op = -1, .sem_flg = SEM_UNDO },
        { .sem_num = MUTEX, .sem_op = -1, .sem_flg = 0 },
    };
    struct sembuf release[] = {
        { .sem_num = MUTEX, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = +1, .sem_flg = SEM_UNDO },
    };

    semopRetry(semid, reserve, 2);
    sched_yield(); /* the kernel may let another run here at any time */
    ring->item[ring->put++ % (unsigned) buffer] = item;
    semopRetry(semid, release, 2);
}

/* DOC: prodcons-get */
static void
get(void)
{
    struct sembuf reserve[] = {
        { .sem_num = ITEMS, .sem_op = -1, .sem_flg = SEM_UNDO },
        { .sem_num = MUTEX, .sem_op = -1, .sem_flg = 0 },
    };
    struct sembuf release[] = {
        { .sem_num = MUTEX, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = SLOTS, .sem_op = +1, .sem_flg = SEM_UNDO },
    };

    semopRetry(semid, reserve, 2);
    sched_yield();
    ring->seen[ring->item[ring->got++ % (unsigned) buffer]]++;
    semopRetry(semid, release, 2);
}

/* Puts, or gets, its share: every `others`th item from its own number on. */
static _Noreturn void
work(bool puts, int self, int others)
{
    for (int i = self; i < items; i += others) {
        if (puts)
            put(i);
        else
            get();
    }
    eventLine(puts ? "has put its share" : "has got its share");
    _exit(EXIT_SUCCESS);
}

static void
start(bool puts, int processes)
{
    for (int i = 0; i < processes; i++)
        if (forkChild() == 0)
            work(puts, i, processes);
}

int
main(int argc, char *argv[])
{
    unsigned short values[NSEMS] = { [MUTEX] = 1 };
    union semun arg = { .array = values };
    int opt, producers = 2, consumers = 2, bad = 0;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, argc, operands);
    while ((opt = getopt(argc, argv, "n:b:p:c:")) != -1) {
        if (opt == 'n')
            items = (int) getRange(optarg, 0, 0, MAX_ITEMS, "items");
        else if (opt == 'b')
            buffer = (int) getRange(optarg, 0, 1, SEMVMX, "buffer");
        else if (opt == 'p')
            producers = (int) getRange(optarg, 0, 1, 64, "producers");
        else if (opt == 'c')
            consumers = (int) getRange(optarg, 0, 1, 64, "consumers");
        else
            misuse(argv, operands);
    }
    if (optind != argc)
        misuse(argv, operands);

    ring = shareMemory(sizeof(*ring));
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    values[SLOTS] = (unsigned short) buffer;
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    start(true, producers);
    start(false, consumers);
    reapAll();
    show("all have ended");
    for (int i = 0; i < items; i++)
        bad += ring->seen[i] != 1;
    if (bad > 0)
        eventLine("%d of %d items were not got exactly once", bad, items);
    return bad == 0 ? 0 : 1;
}
