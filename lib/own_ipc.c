/* own_ipc.c - see own_ipc.h */

#include <signal.h>

#include "own_ipc.h"
#include "tlpi_hdr.h"

enum { FREE, SET, SHM, KEY, MAX_OWNED = 64 };

static const int fatalSignals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
enum { NSIGNALS = sizeof(fatalSignals) / sizeof(fatalSignals[0]) };

static volatile struct { int kind, id; pid_t owner; } owned[MAX_OWNED];
static sigset_t heldFrom;       /* the signal mask before holdSignals() */

void (*endUsers)(void);

static void
removeObject(int kind, int id)
{
    if (kind == KEY)
        id = semget(id, 0, 0);
    if (kind == SHM)
        shmctl(id, IPC_RMID, NULL);
    else if (id != -1)
        semctl(id, 0, IPC_RMID);
}

void
removeOwned(void)
{
    int savedErrno = errno;
    pid_t self = getpid();

    if (endUsers != NULL)
        endUsers();
    for (int i = MAX_OWNED - 1; i >= 0; i--) {      /* the last first: a key before what keeps it */
        if (owned[i].kind == FREE || owned[i].owner != self)
            continue;
        removeObject(owned[i].kind, owned[i].id);
        owned[i].kind = FREE;
    }
    errno = savedErrno;
}

static void
removeAndDie(int sig)
{
    removeOwned();
    signal(sig, SIG_DFL);       /* blocked while its handler runs: it takes effect on return */
    raise(sig);
}

static void
handleOnce(void)
{
    static bool done;
    struct sigaction sa = { .sa_handler = removeAndDie };
    struct sigaction old;

    if (done)
        return;
    done = true;
    if (atexit(removeOwned) != 0)
        fatal("atexit");
    sigemptyset(&sa.sa_mask);
    for (int i = 0; i < NSIGNALS; i++)
        sigaddset(&sa.sa_mask, fatalSignals[i]);
    for (int i = 0; i < NSIGNALS; i++) {
        if (sigaction(fatalSignals[i], NULL, &old) == -1)
            errExit("sigaction");
        if (old.sa_handler == SIG_DFL && sigaction(fatalSignals[i], &sa, NULL) == -1)
            errExit("sigaction");
    }
}

void
holdSignals(void)
{
    sigset_t set;

    handleOnce();
    sigemptyset(&set);
    for (int i = 0; i < NSIGNALS; i++)
        sigaddset(&set, fatalSignals[i]);
    sigaddset(&set, SIGALRM);       /* claim.c removes and ends on these two */
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, &heldFrom) == -1)
        errExit("sigprocmask");
}

static int
own(int kind, int id)
{
    int savedErrno = errno;
    bool full = id != -1;

    for (int i = 0; i < MAX_OWNED && full; i++) {
        if (owned[i].kind == FREE || owned[i].owner != getpid()) {  /* a parent's entry means nothing here */
            owned[i].kind = kind;
            owned[i].id = id;
            owned[i].owner = getpid();
            full = false;
        }
    }
    if (full) {
        removeObject(kind, id);
        fatal("more than %d sets and segments owned by one process", MAX_OWNED);
    }
    if (sigprocmask(SIG_SETMASK, &heldFrom, NULL) == -1)
        errExit("sigprocmask");
    errno = savedErrno;
    return id;
}

int
ownedSet(int semid)
{
    return own(SET, semid);
}

int
ownedShm(int shmid)
{
    return own(SHM, shmid);
}

static void
disown(int kind, int id)
{
    for (int i = 0; i < MAX_OWNED; i++)
        if (owned[i].kind == kind && owned[i].id == id && owned[i].owner == getpid())
            owned[i].kind = FREE;
}

void
ownKey(key_t key)
{
    holdSignals();
    own(KEY, key);
}

void
disownSet(int semid)
{
    disown(SET, semid);
}

void
disownShm(int shmid)
{
    disown(SHM, shmid);
}
