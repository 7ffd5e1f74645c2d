/* svsem_last_will.c - whatever ends a process wakes its peer. Chapter: docs/11-moving-data.md

   The peer sleeps in semop() on more items than there are. A death posts WILL items that nobody put there; an end mark
   in shared memory and the value of ALIVE tell it from a normal end. */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { ITEMS, ALIVE, NSEMS };
enum { SEMVMX = 32767, BUFFER = 1024, BATCH = 256, PUT = 3, WILL = SEMVMX - BUFFER };
enum { BY_DEATH = 10, BY_END_MARK };    /* how the peer says that it was woken: its exit status */

static int semid;
static volatile bool *endMark;          /* in shared memory */

static void
operate(struct sembuf *sops, size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: will */
/* ITEMS is as before, but semadj for it is +WILL. In the other order the -WILL would sleep. */
static void
leaveWill(void)
{
    struct sembuf sops[] = {
        { .sem_num = ITEMS, .sem_op = +WILL, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = -WILL, .sem_flg = SEM_UNDO },
        { .sem_num = ALIVE, .sem_op = +1, .sem_flg = SEM_UNDO },
    };

    operate(sops, 3);
}

/* DOC: revoke */
/* Takes the will back, and wakes the peer in the same call: a batch, which the end mark says is not one of items. */
static void
endWell(void)
{
    struct sembuf sops[] = {
        { .sem_num = ITEMS, .sem_op = +WILL, .sem_flg = SEM_UNDO },
        { .sem_num = ITEMS, .sem_op = -WILL, .sem_flg = 0 },
        { .sem_num = ITEMS, .sem_op = +BATCH, .sem_flg = 0 },
    };

    *endMark = true;
    operate(sops, 3);
}

/* Puts three items, waits until the peer sleeps, and ends: by a signal, by _exit() without a word, or well. */
static _Noreturn void
produce(int sig, bool well)
{
    struct sembuf post = { .sem_num = ITEMS, .sem_op = +PUT, .sem_flg = 0 };

    leaveWill();
    operate(&post, 1);
    awaitNcnt(semid, ITEMS, 1);
    if (semctl(semid, ALIVE, GETVAL) != 1)
        _exit(EXIT_FAILURE);
    eventLine("items %d, and the peer asks for %d", semctl(semid, ITEMS, GETVAL), BATCH);
    if (well)
        endWell();
    if (sig != 0)
        kill(getpid(), sig);
    _exit(EXIT_SUCCESS);
}

/* DOC: told */
static _Noreturn void
consume(void)
{
    struct sembuf take = { .sem_num = ITEMS, .sem_op = -BATCH, .sem_flg = 0 };

    operate(&take, 1);
    if (*endMark) {
        eventLine("woken by the end mark");
        _exit(BY_END_MARK);
    }
    if (semctl(semid, ALIVE, GETVAL) == 0) {
        eventLine("woken by a death: no end mark, and alive is 0");
        _exit(BY_DEATH);
    }
    _exit(EXIT_SUCCESS);
}

static void
expectWoken(const char *how, int sig, bool well)
{
    union semun arg = { .array = (unsigned short[NSEMS]) { 0 } };
    pid_t producer, consumer;
    int status, value = well ? PUT : PUT + WILL - BATCH;

    *endMark = false;
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    if ((consumer = claimFork()) == 0)
        consume();
    awaitNcnt(semid, ITEMS, 1);
    if ((producer = claimFork()) == 0)
        produce(sig, well);

    status = claimReap(producer);
    printf("producer %s: %s\n", how, howEnded(status));
    claimThat(WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_SUCCESS, "alive is 1 as long as it lives");
    if (!claimThat(semctl(semid, ITEMS, GETNCNT) == 0, "the peer was woken"))
        exit(claimVerdict());
    status = claimReap(consumer);
    claimThat(WIFEXITED(status) && WEXITSTATUS(status) == (well ? BY_END_MARK : BY_DEATH), "the peer can tell why");
    claimThat(semctl(semid, ITEMS, GETVAL) == value, "items %d in the end", value);
}

int
main(int argc, char *argv[])
{
    struct rlimit noCore = { 0, 0 };

    helpIfAsked(argc, argv, "\nExample: ./svsem_last_will");
    if (argc != 1)
        misuse(argv, "\nExample: ./svsem_last_will");
    claimStart();
    if (setrlimit(RLIMIT_CORE, &noCore) == -1)
        errExit("setrlimit");
    endMark = mmap(NULL, sizeof(*endMark), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (endMark == MAP_FAILED)
        errExit("mmap");
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    expectWoken("exits without a word", 0, false);
    expectWoken("gets SIGTERM", SIGTERM, false);
    expectWoken("gets SIGKILL", SIGKILL, false);
    expectWoken("aborts", SIGABRT, false);
    expectWoken("revokes its will, and ends", 0, true);
    return claimVerdict();
}
