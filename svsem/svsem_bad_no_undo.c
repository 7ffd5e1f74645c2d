/* svsem_bad_no_undo.c - without SEM_UNDO a dead holder's lock stays taken.
   Chapter: docs/06-undo.md
   Proof: ./svsem_scope explore -- ./svsem_bad_no_undo
          # status 1: deadlock

   The lock, not the data: what the dead had half changed stays so, and a dirty
   mark tells the next holder. Its twin svsem_undo_kill has SEM_UNDO.
   Source: semop(2), TLPI 47.8 */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

enum { LOCK, NSEMS }; /* 1: available, 0: taken */

static const int ends[] = { 0, SIGTERM, SIGKILL }; /* 0: _exit() */

static int semid;
static struct {
    int left, right; /* 100 together, unless it is dirty */
    bool dirty;
} * purses; /* shared: what the lock protects */

/* DOC: lock-operation */
static void
change(short by)
{
    struct sembuf sop = { .sem_num = LOCK, .sem_op = by, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
}

/* DOC: dirty-mark */
static _Noreturn void
holder(int sig)
{
    change(-1);
    purses->dirty = true;
    purses->left -= 10;
    eventLine("has the lock, and has half changed the data");
    if (sig != 0 && kill(getpid(), sig) == -1)
        err_exit("kill");
    _exit(EXIT_SUCCESS); /* before right += 10, dirty = false, unlocking */
}

static void
nextHolder(void)
{
    change(-1);
    if (purses->dirty) {
        eventLine("has the lock, finds %d and %d, dirty: puts that right",
                  purses->left, purses->right);
        purses->right = 100 - purses->left;
        purses->dirty = false;
    }
    change(+1);
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_bad_no_undo";

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 0, operands);

    purses = shareMemory(sizeof(*purses));
    purses->left = purses->right = 50;
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    change(+1);

    for (int i = 0; i < 3; i++) {
        if (forkChild() == 0)
            holder(ends[i]);
        eventLine("the holder %s", howEnded(reap(-1)));
        nextHolder();
    }
    eventLine("the lock is %d, and in the purses are %d and %d",
              semRead(semid, LOCK, GETVAL), purses->left, purses->right);
    return semRead(semid, LOCK, GETVAL) == 1 ? 0 : 1;
}
