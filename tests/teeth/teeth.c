/* teeth.c - loaded before libc, makes semop() and semtimedop() wrong in the way that TEETH in the environment names.

   What rests on the kernel's doing it right must then be seen to fail: tests/stress/teeth. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

enum { DEADLINE = 2 };      /* seconds, for what now sleeps for ever */

static bool
mode(const char *name)
{
    const char *teeth = getenv("TEETH");

    return teeth != NULL && strcmp(teeth, name) == 0;
}

static int
real(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    static int (*next)(int, struct sembuf *, size_t, const struct timespec *);

    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "semtimedop");
    return next(semid, sops, nsops, timeout);
}

/* Each operation by itself: others see what is in between, and what was done before a failure stays done. */
static int
split(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    for (size_t i = 0; i < nsops; i++)
        if (real(semid, &sops[i], 1, timeout) == -1)
            return -1;
    return 0;
}

/* What would sleep says that it succeeded, and has done nothing. */
static int
neverSleep(int semid, struct sembuf *sops, size_t nsops)
{
    bool mayFail = false;

    for (size_t i = 0; i < nsops; i++) {
        mayFail = mayFail || (sops[i].sem_flg & IPC_NOWAIT);
        sops[i].sem_flg |= IPC_NOWAIT;
    }
    if (real(semid, sops, nsops, NULL) == 0)
        return 0;
    return errno == EAGAIN && !mayFail ? 0 : -1;
}

int
semtimedop(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
    struct sembuf copy[nsops == 0 || nsops > 500 ? 1 : nsops];

    if (nsops == 0 || nsops > 500)
        return real(semid, sops, nsops, timeout);
    memcpy(copy, sops, sizeof(copy));
    for (size_t i = 0; i < nsops; i++) {
        if (mode("no-undo"))
            copy[i].sem_flg &= ~SEM_UNDO;
        if (mode("undo"))
            copy[i].sem_flg |= SEM_UNDO;
    }
    if (mode("split"))
        return split(semid, copy, nsops, timeout);
    if (mode("no-sleep"))
        return neverSleep(semid, copy, nsops);
    return real(semid, copy, nsops, timeout);
}

int
semop(int semid, struct sembuf *sops, size_t nsops)
{
    return semtimedop(semid, sops, nsops, NULL);
}

/* The frame of the claim programs sets a deadline of its own (lib/claim.c): it is to come sooner, but where nothing is
   altered nothing sleeps for ever, and may be slow. */
unsigned int
alarm(unsigned int seconds)
{
    static unsigned int (*next)(unsigned int);

    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "alarm");
    return next(seconds > DEADLINE && !mode("nothing") ? DEADLINE : seconds);
}
