/* svsem_fair_rwlock.c - a writer that announces itself first gets in, whatever the readers do. Chapter: docs/10-sharing.md

   Its twin svsem_rwlock has a writer wait and lock in one call. */

#include <sched.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "blocked.h"
#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { READING, WRITING, NSEMS };   /* how many read; 1 while one writes. A new set on Linux: both 0, nobody is in */
enum { READERS = 2, MAX_READS = 100 };

static int reads = 3;
static int semid;

static struct {                 /* shared */
    int first, second;          /* what is guarded: they are equal, unless a writer is at work */
    pid_t writer;
    bool passed;                /* has a reader come in twice while the writer slept? */
} *page;

static void
operate(struct sembuf sops[], size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: reader */
static void
lockToRead(void)
{
    struct sembuf sops[] = {
        { .sem_num = WRITING, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = READING, .sem_op = +1, .sem_flg = 0 },
    };

    operate(sops, 2);
}

/* DOC: writer */
static void
lockToWrite(void)
{
    struct sembuf sops[] = {
        { .sem_num = WRITING, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = WRITING, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = READING, .sem_op = 0, .sem_flg = 0 },
    };

    operate(sops, 2);           /* announced: from now on no reader comes in ... */
    operate(&sops[2], 1);       /* ... and those that are in go out */
}

static void
unlock(unsigned short semnum)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = -1, .sem_flg = 0 };

    operate(&sop, 1);
}

static void
liveReader(int number)
{
    int first, passed = 0;

    for (int i = 0; i < reads; i++) {
        lockToRead();
        eventLine("reader %d is in", number);
        passed = blockedIn(page->writer, NULL) ? passed + 1 : 0;
        if (passed == 2)        /* 1: it may have been in before the writer slept */
            page->passed = true;
        first = page->first;
        sched_yield();          /* a switch can happen here */
        if (page->second != first)
            _exit(1);
        eventLine("reader %d goes out", number);
        unlock(READING);
    }
    _exit(0);
}

static void
liveWriter(void)
{
    eventLine("the writer wants in");
    lockToWrite();
    eventLine("the writer is in");
    page->first++;
    sched_yield();              /* a switch can happen here */
    page->second++;
    eventLine("the writer goes out");
    unlock(WRITING);
    _exit(0);
}

static int
body(void)
{
    pid_t reader[READERS] = { 0 }, writer;

    page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    writer = claimFork();
    if (writer == 0)
        liveWriter();
    page->writer = writer;
    for (int i = 0; i < READERS; i++) {
        reader[i] = claimFork();
        if (reader[i] == 0)
            liveReader(i + 1);
    }
    for (int i = 0; i < READERS; i++)
        claimThat(claimReap(reader[i]) == 0, "reader %d saw all of a write, or nothing of it", i + 1);
    if (claimReap(writer) != 0)
        fatal("the writer failed");
    return page->passed ? 1 : 0;
}

/* The writer is process 2, the readers are 3 and 4. Reader 1 comes in, the writer wants in, and from then on one reader
   goes out only when the other is in. In the end both go out, and want in once more in the middle of the write. Wherever the
   writer would disturb a read, it is its turn: it sleeps. */
static const char *
streamOfReaders(void)
{
    static char order[64 + MAX_READS * sizeof(" 3 2 3 3 4 4 4")];
    char *end = stpcpy(order, "1 3 2 2 2 4");

    for (int i = 1; i < reads - 1; i++)
        end = stpcpy(end, " 3 2 3 3 4 4 4");
    stpcpy(end, " 3 3 4 4 3 4 3 4");
    return order;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[-r] [reads]\n"
        "  reads  of each of two readers: 1 ... 100 (default: 3)\n"
        "  -r     the bare run: nothing forced, nobody watches\n"
        "Example: ./svsem_fair_rwlock -r 100";
    struct claimTwin twin = { .body = body, .property = "the writer is next", .holds = true, .ownArguments = true };
    bool bare = argc > 1 && strcmp(argv[1], "-r") == 0;

    helpIfAsked(argc, argv, operands);
    if (argc - bare > 2)
        misuse(argv, operands);
    if (argc - bare > 1)
        reads = (int) getRange(argv[1 + bare], 0, 1, MAX_READS, "reads");
    twin.order = streamOfReaders();
    return claimTwin(argc, argv, &twin);
}
