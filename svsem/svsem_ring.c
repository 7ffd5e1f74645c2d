/* svsem_ring.c - items moved a batch a semop() arrive once each, in order. Chapter: docs/11-moving-data.md

   One producer, one consumer, a ring in shared memory: two calls a batch on each side, whatever the size of the batch.
   A POSIX semaphore takes 1 a call. Both sides know the number of items here; svsem_shm_writer does without. */

#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

#include "claim.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { SLOTS, ITEMS, NSEMS };   /* free places, full places */
enum { SEMVMX = 32767, MAX_ITEMS = 1000000, MAX_BYTES = 4096 };

static const char operands[] = "[-n items] [-b buffer] [-B batch] [-s item-bytes]\n"
    "  -n items       0 ... 1000000 (100000)\n"
    "  -b buffer      1 ... 32767 places in the ring (1024)\n"
    "  -B batch       1 ... buffer: items a semop() (256, or the buffer where that is less)\n"
    "  -s item-bytes  1 ... 4096 (64)\n"
    "Example: ./svsem_ring -n 1000000 -B 1";

static size_t items = 100000, buffer = 1024, batch = 256, bytes = 64;
static int semid;
static char *ring;             /* in shared memory */
static char *mine;             /* a batch of one side: after the fork, each has its own */

static void
operate(unsigned short semnum, long by)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = (short) by, .sem_flg = 0 };

    while (semop(semid, &sop, 1) == -1)
        if (errno != EINTR)
            errExit("semop(%d)", semid);
}

/* An item begins with its number, or as many of that number's bytes as there is room for. */
static void
mark(char *item, size_t number)
{
    if (bytes >= sizeof(number))
        memcpy(item, &number, sizeof(number));
    else
        memcpy(item, &number, bytes);
}

static bool
marked(const char *item, size_t number)
{
    if (bytes >= sizeof(number))
        return memcmp(item, &number, sizeof(number)) == 0;
    return memcmp(item, &number, bytes) == 0;
}

/* DOC: ring-produce */
static void
produce(void)
{
    for (size_t done = 0, count; done < items; done += count) {
        size_t place = done % buffer, toEnd;

        count = min(batch, items - done);       /* the last may be short: whole batches alone would lose the tail */
        toEnd = min(count, buffer - place);
        for (size_t i = 0; i < count; i++)
            mark(mine + i * bytes, done + i);
        operate(SLOTS, -(long) count);
        if (done == 0)
            awaitNcnt(semid, ITEMS, 1);     /* only here and below, to let the other go as far as it can */
        memcpy(ring + place * bytes, mine, toEnd * bytes);
        memcpy(ring, mine + toEnd * bytes, (count - toEnd) * bytes);
        operate(ITEMS, +(long) count);
    }
}

/* DOC: ring-consume */
static size_t
consume(void)
{
    size_t disorder = 0;

    for (size_t done = 0, count; done < items; done += count) {
        size_t place = done % buffer, toEnd;

        count = min(batch, items - done);
        toEnd = min(count, buffer - place);
        operate(ITEMS, -(long) count);
        if (done == batch && items > buffer + batch)
            awaitNcnt(semid, SLOTS, 1);     /* the ring is full again, until this batch is taken */
        memcpy(mine, ring + place * bytes, toEnd * bytes);
        memcpy(mine + toEnd * bytes, ring, (count - toEnd) * bytes);
        operate(SLOTS, +(long) count);
        for (size_t i = 0; i < count; i++)
            disorder += !marked(mine + i * bytes, done + i);
    }
    return disorder;
}

static double
seconds(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        errExit("clock_gettime");
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* On one core, the process that a semop() wakes would take the core at once: a switch for every batch, not one for a
   full buffer. A hint: where it is refused, only the speed suffers. Source: sched(7) */
static void
switchLess(void)
{
#ifdef SCHED_BATCH
    struct sched_param param = { .sched_priority = 0 };

    (void) sched_setscheduler(0, SCHED_BATCH, &param);
#endif
}

static int
moveAll(void)
{
    union semun arg = { .array = (unsigned short[]) { [SLOTS] = (unsigned short) buffer, [ITEMS] = 0 } };
    double begin, took;
    pid_t producer;
    int status;

    mine = malloc(batch * bytes);
    ring = mmap(NULL, buffer * bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ring == MAP_FAILED || mine == NULL)
        errExit("mmap, malloc");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);

    switchLess();
    begin = seconds();
    if ((producer = claimFork()) == 0) {
        produce();
        _exit(EXIT_SUCCESS);
    }
    claimThat(consume() == 0, "every item arrives in order");
    took = seconds() - begin;
    claimThat(claimReap(producer) == 0, "the producer ends well");
    claimThat(semctl(semid, SLOTS, GETVAL) == (int) buffer && semctl(semid, ITEMS, GETVAL) == 0,
              "every place is free in the end");
    printf("%zu items of %zu bytes, %zu a semop()\n", items, bytes, batch);
    status = claimVerdict();
    printf("%.0f items per second\n", (double) items / took);
    return status;
}

int
main(int argc, char *argv[])
{
    const char *batchText = NULL;
    int opt;

    helpIfAsked(argc, argv, operands);
    while ((opt = getopt(argc, argv, "n:b:B:s:")) != -1) {
        switch (opt) {
        case 'n': items = (size_t) getRange(optarg, 0, 0, MAX_ITEMS, "items"); break;
        case 'b': buffer = (size_t) getRange(optarg, 0, 1, SEMVMX, "buffer"); break;
        case 'B': batchText = optarg; break;     /* its range is known when the buffer is */
        case 's': bytes = (size_t) getRange(optarg, 0, 1, MAX_BYTES, "item-bytes"); break;
        default: misuse(argv, operands);
        }
    }
    if (optind != argc)
        misuse(argv, operands);
    batch = min(batch, buffer);
    if (batchText != NULL)
        batch = (size_t) getRange(batchText, 0, 1, (long) buffer, "batch");
    claimStart();
    return moveAll();
}
