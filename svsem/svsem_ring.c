/* svsem_ring.c - items moved a batch a semop() arrive once each, in order.
   Chapter: docs/11-moving-data.md
   Proof: ./svsem_scope explore -- ./svsem_ring -n 5 -b 3 -B 2
          # status 0: complete

   One producer, one consumer, a ring in shared memory: two calls a batch on
   each side, whatever the size of the batch. A POSIX semaphore takes 1 a call.
   Both sides know the number of items here; svsem_shm_writer does without. */

#include <sched.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { SLOTS, ITEMS, NSEMS }; /* free places, full places */
enum { MAX_ITEMS = 1000000 };

static const char operands[] =
    "[-n items] [-b buffer] [-B batch]\n"
    "  -n items   0 ... 1000000 (100000)\n"
    "  -b buffer  1 ... 32767 places in the ring (1024)\n"
    "  -B batch   1 ... buffer: items a semop() (256, or the buffer if less)\n"
    "Example: ./svsem_ring -n 1000000 -B 1";

static int items = 100000, buffer = 1024, batch = 256;
static int semid;
static int *ring; /* shared; an item is a number, counted from 0 */
static long calls;

static void
change(unsigned short semnum, int by)
{
    struct sembuf sop = { .sem_num = semnum,
                          .sem_op = (short) by,
                          .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
    calls++;
}

/* DOC: ring-produce */
static void
produce(void)
{
    for (int done = 0, count; done < items; done += count) {
        count = min(batch, items - done); /* or the last would never come */
        change(SLOTS, -count);
        sched_yield(); /* a switch can happen here */
        for (int i = done; i < done + count; i++)
            ring[i % buffer] = i;
        change(ITEMS, +count);
    }
}

/* DOC: ring-consume */
/* Returns how many items were not the ones that they should be. */
static int
consume(void)
{
    int wrong = 0;

    for (int done = 0, count; done < items; done += count) {
        count = min(batch, items - done);
        change(ITEMS, -count);
        sched_yield();
        for (int i = done; i < done + count; i++)
            wrong += ring[i % buffer] != i;
        change(SLOTS, +count);
    }
    return wrong;
}

int
main(int argc, char *argv[])
{
    union semun arg;
    const char *size = NULL;
    int opt, wrong;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, argc, operands);
    while ((opt = getopt(argc, argv, "n:b:B:")) != -1) {
        if (opt == 'B')
            size = optarg; /* its range is known when the buffer is */
        else if (opt == 'b')
            buffer = (int) getRange(optarg, 0, 1, SEMVMX, "buffer");
        else if (opt == 'n')
            items = (int) getRange(optarg, 0, 0, MAX_ITEMS, "items");
        else
            misuse(argv, operands);
    }
    if (optind != argc)
        misuse(argv, operands);
    batch = min(batch, buffer);
    if (size != NULL)
        batch = (int) getRange(size, 0, 1, buffer, "batch");

    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    arg.val = buffer;
    if (semctl(semid, SLOTS, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    ring = shareMemory((size_t) buffer * sizeof(*ring));
    if (forkChild() == 0) {
        produce();
        _exit(EXIT_SUCCESS);
    }
    wrong = consume();
    printf("%d items in %ld calls of semop() a side, %d not in order\n", items,
           calls, wrong);
    endOutput();
    return reapAll() == 0 && wrong == 0 ? 0 : 1;
}
