/* svsem_shm_xfr.h - what svsem_shm_writer and svsem_shm_reader share: the
   buffers, how the two meet, how they part.

   Source: TLPI 48.4, svshm_xfr.h. Beyond it: several buffers, either side may
   come first, and the death of one ends the other. */

#pragma once

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

/* LOCK: 1 while somebody joins. WRITER, READER: 1 once that side has come.
   Their wills: 1 once it has died. */
enum { LOCK, WRITER, WRITER_WILL, READER, READER_WILL, SLOTS, ITEMS, NSEMS };

/* Where a long has 32 bits, it does not hold all keys. */
#define KEY_MAX ((long) min(0xffffffffUL, (unsigned long) LONG_MAX))

/* A semop() takes up to BATCH buffers, so that while one side fills its batch,
   the other empties another. */
enum { BUF_SIZE = 65536, NBUFS = 16, BATCH = 4 };

/* To execute means nothing for a set or a segment: by this bit a set of ours
   that is still all zero, because its maker died at once, is told from a
   stranger's. */
enum { MODE = 0700 };

struct shmseg {
    char buf[NBUFS][BUF_SIZE];
    unsigned len[NBUFS];  /* bytes in each; 0 is the end mark */
    atomic_uint put, got; /* buffers ever filled, ever emptied: mod 2^32 */
    atomic_bool done;     /* the reader has written all of them */
};

static int semid;
static struct shmseg *seg;
static atomic_bool ending; /* this process has begun to exit */
static sigset_t unheard;   /* the signals that were blocked from the start */

static const char *
sideName(unsigned short side)
{
    return side == WRITER ? "writer" : "reader";
}

static _Noreturn void
strangers(const char *what, key_t key)
{
    fatal(
        "the %s of key 0x%08x belongs to something else; choose another key "
        "with -k",
        what, (unsigned) key);
}

/* A creator keeps the rights of an owner, also if it has given the object away
   by IPC_SET: so an object is this user's only if this user has made it. */
static bool
isOurs(const struct ipc_perm *perm)
{
    return perm->uid == geteuid() && perm->cuid == geteuid() &&
           (perm->mode & 0777) == MODE;
}

/* Whoever holds LOCK may take long: so signals are heard. What is ours by now
   is at most the segment of a set that was removed. */
static int
awaitLock(void)
{
    struct sembuf free = { .sem_num = LOCK, .sem_op = 0, .sem_flg = 0 };
    sigset_t before;
    int result;

    sigprocmask(SIG_SETMASK, &unheard, &before);
    result = semop(semid, &free, 1);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

/* DOC: xfr-lock */
/* The set of the pair, made if there is none, with its LOCK held. A process
   that dies gives LOCK back. */
static void
lockSet(key_t key)
{
    struct sembuf lock[] = {
        { .sem_num = LOCK, .sem_op = 0, .sem_flg = IPC_NOWAIT },
        { .sem_num = LOCK, .sem_op = +1, .sem_flg = SEM_UNDO },
    };
    struct semid_ds ds;

    for (;;) {
        semid = semget(key, NSEMS, IPC_CREAT | MODE);
        if (semid == -1 && errno != EACCES && errno != EINVAL)
            errExit("semget(0x%08x)", (unsigned) key);
        if (semid == -1 || statSet(semid, &ds) == -1) {
            if (semid == -1 || errno == EACCES) /* another user's; too small */
                strangers("set", key);
        } else if (ds.sem_nsems != NSEMS || !isOurs(&ds.sem_perm)) {
            strangers("set", key);
        } else if (semop(semid, lock, 2) == 0) {
            return;
        } else if (errno == EAGAIN && awaitLock() == 0) {
            continue;
        }
        /* removed meanwhile: once more */
        if (errno != EIDRM && errno != EINVAL && errno != EINTR)
            errExit("semop(%d)", semid);
    }
}

/* The segment that is there under the key, or -1 (ENOENT). */
static int
findSegment(key_t key)
{
    struct shmid_ds ds;
    int shmid = shmget(key, 0, 0);

    if (shmid == -1 && errno == ENOENT)
        return -1;
    if (shmid == -1)
        strangers("segment", key);
    if (shmctl(shmid, IPC_STAT, &ds) == -1) {
        if (errno == EINVAL || errno == EIDRM)
            return -1; /* removed meanwhile */
        strangers("segment", key);
    }
    if (ds.shm_segsz != sizeof(struct shmseg) || !isOurs(&ds.shm_perm))
        strangers("segment", key);
    return shmid;
}

/* A new segment. One that is there under the key was left by a dead pair: it
   has no set any more, or nobody alive. */
static int
makeSegment(key_t key)
{
    int shmid;

    while ((shmid = OWN_SHM(shmget(key, sizeof(struct shmseg),
                                   IPC_CREAT | IPC_EXCL | MODE))) == -1) {
        if (errno != EEXIST)
            errExit("shmget(0x%08x)", (unsigned) key);
        shmctl(findSegment(key), IPC_RMID, NULL);
    }
    return shmid;
}

/* DOC: xfr-enter */
/* In one call: the buffers (if first), "I have come", the last will, and LOCK
   given back. */
static bool
enter(unsigned short side, int shmid, bool first)
{
    unsigned short will = (unsigned short) (side + 1);
    struct sembuf sops[] = {
        { .sem_num = side, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = will, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = will, .sem_op = -1, .sem_flg = SEM_UNDO },
        { .sem_num = LOCK, .sem_op = -1, .sem_flg = SEM_UNDO },
        { .sem_num = SLOTS, .sem_op = +NBUFS, .sem_flg = 0 },
    };

    seg = shmat(shmid, NULL, 0);
    if ((intptr_t) seg == -1) {
        if (errno != EINVAL && errno != EIDRM)
            errExit("shmat(%d)", shmid);
        return false;
    }
    if (semop(semid, sops, first ? 5 : 4) == 0)
        return true;
    if (errno != EINVAL && errno != EIDRM)
        errExit("semop(%d)", semid);
    shmdt(seg);
    return false;
}

/* Becomes one side of the pair that meets at `key`; a dead pair's set is
   removed first. Ends with an error if another of this side is there, or the
   key is a stranger's. The peer need not have come yet. */
static void
joinPair(key_t key, unsigned short side)
{
    unsigned short value[NSEMS] = { 0 };
    union semun arg = { .array = value };
    int shmid;

    for (;;) {
        lockSet(key);
        if (semctl(semid, 0, GETALL, arg) == -1) {
            if (errno != EINVAL && errno != EIDRM)
                errExit("semctl(%d, GETALL)", semid);
            continue; /* removed meanwhile */
        }
        if (value[WRITER] == 0 && value[READER] == 0) {
            OWN_SET(semid);
            if (enter(side, makeSegment(key), true))
                return;
        } else if (value[WRITER] == value[WRITER_WILL] &&
                   value[READER] == value[READER_WILL]) {
            semctl(semid, 0, IPC_RMID); /* each side has died or never came */
        } else if (value[side] != 0) {
            fatal("key 0x%08x has a %s already%s", (unsigned) key,
                  sideName(side),
                  value[side + 1] != 0 ? ", and died; its peer is about to end"
                                       : "");
        } else if (enter(side, shmid = findSegment(key), false)) {
            OWN_SET(semid);
            OWN_SHM(shmid);
            return;
        } else if (semctl(semid, 0, GETALL, arg) != -1) {
            fatal("the segment of key 0x%08x was removed", (unsigned) key);
        }
    }
}

/* One semop() of the thread that moves the data. If the set is gone, so is the
   peer, and watch() says so and ends us. */
static void
operate(struct sembuf *sops, size_t nsops)
{
    while (semop(semid, sops, nsops) == -1) {
        if (errno == EIDRM || errno == EINVAL)
            pause();
        else if (errno != EINTR)
            errExit("semop(%d)", semid);
    }
}

static void
nowEnding(void)
{
    ending = true;
}

/* DOC: xfr-watch */
/* Sleeps until the peer's will comes, or the set is removed: by the peer that
   ends, or by our own exit. */
static int
watch(unsigned short peer)
{
    struct sembuf sops[] = {
        { .sem_num = (unsigned short) (peer + 1), .sem_op = -1, .sem_flg = 0 },
        { .sem_num = (unsigned short) (peer + 1),
          .sem_op = +1,
          .sem_flg = 0 }, /* for others to see, too */
    };

    while (semop(semid, sops, 2) == -1 && errno == EINTR)
        continue;
    if (seg->done)
        return EXIT_SUCCESS;
    while (ending)
        pause();
    fprintf(stderr, "ERROR: the %s is gone before the end of the data\n",
            sideName(peer));
    removeOwned(false);
    _exit(EXIT_FAILURE);
}

/* Joins as `side`, has a thread move the data, and watches meanwhile. Only this
   thread takes signals: their handlers remove the set, and a watch() on another
   thread would take that for the peer's doing. Returns what main() is to. */
static int
transfer(key_t key, unsigned short side, void *(*move)(void *) )
{
    sigset_t all;
    pthread_t mover;
    int err;

    sigfillset(&all);
    if (sigprocmask(SIG_BLOCK, &all, &unheard) == -1)
        errExit("sigprocmask");
    joinPair(key, side);
    /* It runs before the handler of own_ipc.c, which was registered earlier. */
    if (atexit(nowEnding) != 0)
        fatal("atexit");
    if ((err = pthread_create(&mover, NULL, move, NULL)) != 0)
        errExitEN(err, "pthread_create");
    if (sigprocmask(SIG_SETMASK, &unheard, NULL) == -1)
        errExit("sigprocmask");
    return watch(WRITER + READER - side);
}

/* The key of option -k, or the user's own. */
static key_t
keyOption(int argc, char *argv[], const char *operands)
{
    key_t key = (key_t) (0x53560000U + geteuid());
    int opt;

    checkArgs(argc, argv, 0, argc, operands);
    while ((opt = getopt(argc, argv, "k:")) != -1) {
        if (opt != 'k')
            misuse(argv, operands);
        key = (key_t) getRange(optarg, GN_ANY_BASE, 1, KEY_MAX, "key");
    }
    if (optind != argc)
        misuse(argv, operands);
    return key;
}
