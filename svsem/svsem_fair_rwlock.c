/* svsem_fair_rwlock.c - a writer that announces itself first gets in, whatever
   the readers do.
   Chapter: docs/10-sharing.md
   Proof: ./svsem_scope explore -- ./svsem_fair_rwlock 1
          # status 0: complete
   Proof: ./svsem_scope replay --schedule=1,3,2,4,3,3,3,3,4,4,4,4,3,3,3,3 \
          -- ./svsem_fair_rwlock
          # status 0: well

   In its twin svsem_rwlock a writer waits and locks in one call. */

#include <sched.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

/* How many read; 1 while one writes. A new set on Linux: nobody is in. */
enum { READING, WRITING, NSEMS };
enum { READERS = 2 };

static const char operands[] =
    "[reads]\n"
    "  reads  of each of two readers: 1 ... 100 (default: 3)\n"
    "Example: ./svsem_fair_rwlock 100";

static int semid;
static struct {
    int first, second; /* they differ only while the writer is at work */
} * page;              /* shared */

/* DOC: reader */
static void
lockToRead(void)
{
    struct sembuf sops[] = {
        { .sem_num = WRITING, .sem_op = 0, .sem_flg = 0 },
        { .sem_num = READING, .sem_op = +1, .sem_flg = 0 },
    };

    semopRetry(semid, sops, 2);
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

    semopRetry(semid, sops, 2);     /* announced: no reader comes in any more */
    semopRetry(semid, &sops[2], 1); /* and those that are in go out */
}

static void
unlock(unsigned short semnum)
{
    struct sembuf sop = { .sem_num = semnum, .sem_op = -1, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

static void
writePage(void)
{
    eventLine("the writer wants in");
    lockToWrite();
    eventLine("the writer is in");
    page->first++;
    sched_yield(); /* a switch can happen here */
    page->second++;
    eventLine("the writer goes out");
    unlock(WRITING);
}

/* DOC: passed */
/* A writer that sleeps when the reader is in may have come after the reader.
   If it sleeps the next time too, the reader has overtaken it. */
static bool
readPage(int reader, int reads)
{
    int first, inARow = 0;
    bool fair = true;

    for (int i = 0; i < reads; i++) {
        lockToRead();
        eventLine("reader %d is in", reader);
        if (i > 0 && semRead(semid, READING, GETZCNT) > 0)
            fair = ++inARow < 2 && fair;
        else
            inARow = 0;
        first = page->first;
        sched_yield();
        if (page->second != first)
            fatal("reader %d has read half of a write", reader);
        eventLine("reader %d goes out", reader);
        unlock(READING);
    }
    if (!fair)
        eventLine("the writer slept while reader %d came in twice", reader);
    return fair;
}

int
main(int argc, char *argv[])
{
    int reads = 3;

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 1, operands);
    if (argc > 1)
        reads = (int) getRange(argv[1], 0, 1, 100, "reads");

    page = shareMemory(sizeof(*page));
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    for (int i = 0; i <= READERS; i++) { /* the first is the writer */
        if (forkChild() == 0) {
            if (i > 0)
                _exit(readPage(i, reads) ? 0 : 1);
            writePage();
            _exit(0);
        }
    }
    return reapAll() == 0 ? 0 : 1;
}
