/* svsem_undo_kill.c - SEM_UNDO gives a lock back whatever ended its holder. Chapter: docs/06-undo.md

   The lock, not the data: what the dead had half changed stays so, and a dirty mark tells the next holder.
   Source: semop(2), TLPI 47.8 */

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

enum { EXIT_LOCK, TERM_LOCK, KILL_LOCK, ABORT_LOCK, NSEMS };    /* named after the end of the first holder */
static const char *const ends[NSEMS] = { "_exit()", "SIGTERM", "SIGKILL", "abort()" };
static const int fatalSignal[NSEMS] = { 0, SIGTERM, SIGKILL, SIGABRT };

/* What a lock protects: two purses that hold 100 together, whenever it is not dirty. */
static struct { int left, right; bool dirty; } *purses;

static int semid;

/* DOC: lock-operation */
static void
operate(int semnum, short by)
{
    struct sembuf sop = { .sem_num = (unsigned short) semnum, .sem_op = by, .sem_flg = SEM_UNDO };

    if (semop(semid, &sop, 1) == -1)
        err_exit("semop(%d)", semid);
}

static _Noreturn void
endBy(int lock)
{
    static const struct rlimit noCore;      /* a death that is asked for leaves no core file */

    setrlimit(RLIMIT_CORE, &noCore);
    if (lock == TERM_LOCK)
        raise(SIGTERM);
    if (lock == KILL_LOCK)
        raise(SIGKILL);
    if (lock == ABORT_LOCK)
        abort();
    _exit(EXIT_SUCCESS);
}

/* DOC: dirty-mark */
static _Noreturn void
holder(int lock)
{
    operate(lock, -1);
    if (semctl(semid, lock, GETVAL) != 0)
        _exit(EXIT_FAILURE);    /* it holds nothing that could be given back */
    purses[lock].dirty = true;
    purses[lock].left -= 10;
    eventLine("lock %d taken, data half changed, now %s", lock, ends[lock]);
    endBy(lock);        /* before right += 10, dirty = false, and the unlocking */
}

static _Noreturn void
nextHolder(int lock)
{
    operate(lock, -1);
    if (purses[lock].dirty) {
        eventLine("lock %d taken, data dirty: %d and %d, put right", lock, purses[lock].left, purses[lock].right);
        purses[lock].right = 100 - purses[lock].left;
        purses[lock].dirty = false;
    }
    if (purses[lock].left + purses[lock].right != 100)
        _exit(EXIT_FAILURE);    /* torn, and nothing has told of it */
    operate(lock, +1);
    _exit(EXIT_SUCCESS);
}

static void
setUp(void)
{
    unsigned short available[NSEMS] = { 1, 1, 1, 1 };
    union semun arg = { .array = available };

    purses = mmap(NULL, NSEMS * sizeof(*purses), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (purses == MAP_FAILED)
        errExit("mmap");
    for (int lock = 0; lock < NSEMS; lock++)
        purses[lock].left = purses[lock].right = 50;
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
}

static int
everyLockIsTakenAgain(void)
{
    pid_t next[NSEMS];
    bool all = true;

    setUp();
    for (int lock = 0; lock < NSEMS; lock++) {
        pid_t pid = claimFork();
        int status;

        if (pid == 0)
            holder(lock);
        status = claimReap(pid);
        if (WTERMSIG(status) != fatalSignal[lock] || WEXITSTATUS(status) != 0)
            fatal("the holder of lock %d %s", lock, howEnded(status));
    }
    for (int lock = 0; lock < NSEMS; lock++) {
        next[lock] = claimFork();
        if (next[lock] == 0)
            nextHolder(lock);
    }
    for (int lock = 0; lock < NSEMS; lock++)
        all &= claimReap(next[lock]) == 0 && semctl(semid, lock, GETVAL) == 1;
    return all ? 0 : 1;
}

int
main(int argc, char *argv[])
{
    static const struct claimTwin twin = {
        .body = everyLockIsTakenAgain,
        .property = "the next one gets the lock",
        .holds = true,
    };

    return claimTwin(argc, argv, &twin);
}
