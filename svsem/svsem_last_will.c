/* svsem_last_will.c - whatever ends a process wakes its peer.
   Chapter: docs/11-moving-data.md

   The peer sleeps in semop() on more items than there are. A death posts WILL
   items that nobody put there; an end mark in shared memory and the value of
   ALIVE tell it from a normal end. */

#include <signal.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { ITEMS, ALIVE, NSEMS };
enum { BUFFER = 1024, WILL = SEMVMX - BUFFER };
enum { BATCH = 256, PUT = 3 };
enum { BY_DEATH = 10, BY_END_MARK }; /* the peer's exit status: what woke it */

static int semid;
static bool *endMark; /* shared */

/* DOC: will */
/* ITEMS is as before, but semadj for it is +WILL. In the other order the -WILL
   would sleep. */
static void
leaveWill(void)
{
    struct sembuf sops[] = {
        { .sem_num = ITEMS, .sem_op = +WILL, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = -WILL, .sem_flg = SEM_UNDO },
        { .sem_num = ALIVE, .sem_op = +1, .sem_flg = SEM_UNDO },
    };

    semopRetry(semid, sops, 3);
}

/* DOC: revoke */
/* Takes the will back, and wakes the peer in the same call: a batch, which the
   end mark says is not one of items. */
static void
endWell(void)
{
    struct sembuf sops[] = {
        { .sem_num = ITEMS, .sem_op = +WILL, .sem_flg = SEM_UNDO },
        { .sem_num = ITEMS, .sem_op = -WILL, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = +BATCH, .sem_flg = 0 },
    };

    *endMark = true;
    semopRetry(semid, sops, 3);
}

/* Puts three items, and ends: by signal `sig`, by _exit() without a word (0),
   or well (-1). */
static _Noreturn void
produce(int sig)
{
    static const struct rlimit noCore; /* a crash on purpose leaves no file */
    struct sembuf post = { .sem_num = ITEMS, .sem_op = +PUT, .sem_flg = 0 };

    setrlimit(RLIMIT_CORE, &noCore);
    leaveWill();
    semopRetry(semid, &post, 1);
    eventLine("items %d, and the peer asks for %d, alive %d",
              semRead(semid, ITEMS, GETVAL), BATCH,
              semRead(semid, ALIVE, GETVAL));
    if (sig == -1)
        endWell();
    else if (sig != 0 && kill(getpid(), sig) == -1)
        err_exit("kill");
    _exit(EXIT_SUCCESS);
}

/* DOC: told */
static _Noreturn void
consume(void)
{
    struct sembuf take = { .sem_num = ITEMS, .sem_op = -BATCH, .sem_flg = 0 };

    semopRetry(semid, &take, 1);
    if (*endMark) {
        eventLine("woken by the end mark");
        _exit(BY_END_MARK);
    }
    if (semRead(semid, ALIVE, GETVAL) == 0) {
        eventLine("woken by a death: no end mark, alive is 0, items are %d",
                  semRead(semid, ITEMS, GETVAL));
        _exit(BY_DEATH);
    }
    _exit(EXIT_FAILURE);
}

static pid_t
start(bool producer, int sig)
{
    pid_t pid = forkChild();

    if (pid == 0 && producer)
        produce(sig);
    if (pid == 0)
        consume();
    return pid;
}

static void
expectWoken(const char *how, int sig, int status, int items)
{
    union semun arg = { .array = (unsigned short[NSEMS]){ 0 } };
    pid_t consumer;

    *endMark = false;
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    consumer = start(false, 0);
    awaitNcnt(semid, ITEMS, 1);
    eventLine("producer %s: it %s", how, howEnded(reap(start(true, sig))));
    if (!claimThat(semRead(semid, ITEMS, GETNCNT) == 0, "the peer was woken"))
        exit(claimVerdict());
    claimThat(WEXITSTATUS(reap(consumer)) == status, "the peer can tell why");
    claimThat(semRead(semid, ITEMS, GETVAL) == items, "items %d", items);
}

int
main(int argc, char *argv[])
{
    claimStart();
    checkArgs(argc, argv, 0, 0, "\nExample: ./svsem_last_will");
    endMark = shareMemory(sizeof(*endMark));
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    expectWoken("exits without a word", 0, BY_DEATH, PUT + WILL - BATCH);
    expectWoken("gets SIGTERM", SIGTERM, BY_DEATH, PUT + WILL - BATCH);
    expectWoken("gets SIGKILL", SIGKILL, BY_DEATH, PUT + WILL - BATCH);
    expectWoken("crashes", SIGABRT, BY_DEATH, PUT + WILL - BATCH);
    expectWoken("revokes its will, and ends", -1, BY_END_MARK, PUT);
    return claimVerdict();
}
