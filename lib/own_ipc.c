#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { MAX_OWNED = 64 };

static enum owned kinds[MAX_OWNED];
static volatile int ids[MAX_OWNED], nowned;
static pid_t owners[MAX_OWNED];
static sigset_t heldFrom; /* the signal mask before holdSignals() */

/* A child may still make the set of this key: so wakes the children that sleep,
   waits until one has ended, and looks again. */
static void
removeKey(key_t key)
{
    int semid = semget(key, 0, 0);

    if (semid != -1)
        semctl(semid, 0, IPC_RMID);
    if (wait(NULL) != -1)
        removeKey(key);
}

static void
removeObject(enum owned kind, int id)
{
    if (kind == OWNED_KEY)
        removeKey(id);
    if (kind == OWNED_SHM)
        shmctl(id, IPC_RMID, NULL);
    if (kind == OWNED_SET)
        semctl(id, 0, IPC_RMID);
}

void
removeOwned(bool inherited)
{
    int savedErrno = errno;

    for (int i = 0; i < nowned; i++) {
        if (ids[i] != -1 && (inherited || owners[i] == getpid()))
            removeObject(kinds[i], ids[i]);
        ids[i] = -1; /* it may mean another object by now */
    }
    errno = savedErrno;
}

static void
atExit(void)
{
    removeOwned(false);
}

/* The signal is blocked while this handler runs, and so kills on return. A
   process of a proof that dies of SIGPIPE removes its parent's sets too. */
static void
removeAndDie(int sig)
{
    removeOwned(sig == SIGPIPE && errExitStatus == COULD_NOT_RUN);
    signal(sig, SIG_DFL);
    raise(sig);
}

void
holdSignals(void)
{
    static const int endings[] = { SIGHUP,  SIGINT,  SIGQUIT,
                                   SIGPIPE, SIGALRM, SIGTERM };
    static bool handled;
    struct sigaction old;
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        sigaddset(&set, endings[i]);
        if (!handled && sigaction(endings[i], NULL, &old) == 0 &&
            old.sa_handler == SIG_DFL)
            signal(endings[i], removeAndDie);
    }
    if (!handled && atexit(atExit) != 0)
        fatal("atexit");
    handled = true;
    sigprocmask(SIG_BLOCK, &set, &heldFrom);
}

int
ownIpc(enum owned kind, int id)
{
    int savedErrno = errno;

    if (id != -1 && nowned == MAX_OWNED) {
        removeObject(kind, id);
        fatal("more than %d sets and segments of one program", MAX_OWNED);
    }
    if (id != -1) {
        kinds[nowned] = kind;
        owners[nowned] = getpid();
        ids[nowned++] = id;
    }
    sigprocmask(SIG_SETMASK, &heldFrom, NULL);
    errno = savedErrno;
    return id;
}

key_t
ownKey(void)
{
    struct timespec now;
    key_t key;

    clock_gettime(CLOCK_REALTIME, &now);
    key = (key_t) (2 * now.tv_nsec + 1); /* never 0 */
    holdSignals();
    if (semget(key, 0, 0) != -1 || errno == EACCES)
        fatal("key 0x%x is taken: another run has another", key);
    return ownIpc(OWNED_KEY, key);
}

void
disownSet(int semid)
{
    for (int i = 0; i < nowned; i++)
        if (kinds[i] == OWNED_SET && ids[i] == semid)
            ids[i] = -1;
}
