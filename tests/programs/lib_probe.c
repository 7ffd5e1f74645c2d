/* lib_probe.c - does one thing with lib/, as the first argument says: lib.bats looks at what comes
   of it. */

#include <signal.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "claim.h"
#include "event_flags.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "tlpi_hdr.h"

static void
number(char *argv[])
{
    const char *kind = argv[2], *arg = argv[3];

    if (strcmp(kind, "int") == 0)
        printf("%d\n", getInt(arg, 0, "num"));
    else if (strcmp(kind, "nonneg") == 0)
        printf("%ld\n", getLong(arg, GN_NONNEG, "num"));
    else if (strcmp(kind, "positive") == 0)
        printf("%d\n", getInt(arg, GN_GT_0, "num"));
    else if (strcmp(kind, "any") == 0)
        printf("%ld\n", getLong(arg, GN_ANY_BASE, "num"));
    else if (strcmp(kind, "hex") == 0)
        printf("%ld\n", getLong(arg, GN_BASE_16, NULL));
    else if (strcmp(kind, "mode") == 0)
        printf("%o\n", (unsigned int) getInt(arg, GN_BASE_8, "mode"));
    else if (strcmp(kind, "octal") == 0)
        printf("%lo\n", (unsigned long) getRange(arg, GN_BASE_8, 0, 0777, "perms"));
    else
        printf("%ld\n", getRange(arg, 0, -32768, 32767, "operation"));
}

static void
failing(const char *how)
{
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* musl would flush the first line */
    printf("before\n");                    /* stdout must be flushed before the error line */
    errno = EINVAL;
    if (strcmp(how, "errMsg") == 0) {
        errMsg("call(%d)", 7);
        printf("%s\n", errno == EINVAL ? "errno kept" : "errno lost");
    } else if (strcmp(how, "errExit") == 0) {
        errExit("call(%d)", 7);
    } else if (strcmp(how, "err_exit") == 0) {
        err_exit("call(%d)", 7);
    } else if (strcmp(how, "errExitEN") == 0) {
        errExitEN(EAGAIN, "call(%d)", 7);
    } else if (strcmp(how, "fatal") == 0) {
        fatal("text %d", 7);
    } else if (strcmp(how, "usageErr") == 0) {
        usageErr("%s text\n", "prog");
    } else if (strcmp(how, "cmdLineErr") == 0) {
        cmdLineErr("text %d\n", 7);
    }
}

/* Makes a set and a segment, prints their identifiers, and ends in the way asked for. */
static void
own(const char *how)
{
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600));
    int shmid = OWN_SHM(shmget(IPC_PRIVATE, 1, 0600));
    struct sembuf sop = { .sem_num = 0, .sem_op = -1, .sem_flg = 0 };

    if (semid == -1 || shmid == -1)
        errExit("semget, shmget");
    printf("%d %d\n", semid, shmid);
    fflush(stdout);
    if (strcmp(how, "errExit") == 0)
        errExit("asked for");
    if (strcmp(how, "disown") == 0)
        disownSet(semid);
    if (strcmp(how, "child") ==
        0) { /* a child that runs the inherited exit handler removes nothing */
        if (fork() == 0)
            exit(EXIT_SUCCESS);
        wait(NULL);
        puts(semctl(semid, 0, GETVAL) == 0 ? "still there" : "gone");
    }
    if (strcmp(how, "sleep") == 0 && semop(semid, &sop, 1) == -1)
        errExit("semop(%d)", semid);
}

/* A set whose identifier is printed. */
static int
makeSet(void)
{
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600));

    if (semid == -1)
        errExit("semget");
    printf("%d\n", semid);
    fflush(stdout);
    return semid;
}

static void
take(int semid)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = -1, .sem_flg = 0 };

    semopRetry(semid, &sop, 1);
    puts("taken");
}

/* One child sleeps, another cannot go on, by an error or by a broken pipe. */
static void
giveUp(const char *how)
{
    int semid = makeSet();

    errExitStatus = COULD_NOT_RUN;
    if (fork() == 0) {
        take(semid);
        _exit(EXIT_SUCCESS);
    }
    if (fork() == 0) {
        while (semctl(semid, 0, GETNCNT) == 0)
            continue;
        if (strcmp(how, "pipe") == 0)
            raise(SIGPIPE);
        err_exit("asked for");
    }
    printf("%d\n", reapAll());
}

/* A child makes the set of the key only when it reads something. */
static void
key(void)
{
    key_t itsKey = ownKey();
    char byte;

    if (fork() == 0) {
        if (read(STDIN_FILENO, &byte, 1) != 1 || semget(itsKey, 1, IPC_CREAT | 0600) == -1)
            err_exit("read, semget");
        _exit(EXIT_SUCCESS);
    }
    printf("%d\n", (int) itsKey);
    fflush(stdout);
    pause();
}

/* Makes a segment under `ofKey`, and gives it to another user. */
static void
give(const char *ofKey, const char *size, const char *uid)
{
    struct shmid_ds ds;
    int shmid = shmget(getInt(ofKey, 0, "key"), (size_t) getLong(size, 0, "size"),
                       IPC_CREAT | IPC_EXCL | 0700);

    if (shmid == -1 || shmctl(shmid, IPC_STAT, &ds) == -1)
        errExit("shmget, shmctl");
    ds.shm_perm.uid = (uid_t) getInt(uid, 0, "uid");
    if (shmctl(shmid, IPC_SET, &ds) == -1)
        errExit("shmctl(IPC_SET)");
}

/* Prints the seconds that a claim has. */
static void
claimTime(void)
{
    claimStart();
    printf("%u\n", alarm(0));
}

/* The libc that the programs are built with: musl has no macro of its own. */
static void
libc(void)
{
#if defined(__GLIBC__)
    printf("glibc %s", gnu_get_libc_version());
#elif __has_include(<bits/alltypes.h>)
    printf("musl");
#else
    printf("another libc");
#endif
    puts(sizeof(long) == 4 ? ", 32 bits" : "");
}

/* Waits for an event flag that is clear, and prints the identifier of its set before, the flag's
   state after. */
static void
flag(void)
{
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, 0600));
    Boolean isSet = FALSE;

    if (semid == -1 || clearEventFlag(semid, 0) == -1)
        errExit("semget, clearEventFlag");
    printf("%d\n", semid);
    fflush(stdout);
    if (waitForEventFlag(semid, 0) == -1 || getFlagState(semid, 0, &isSet) == -1)
        errExit("waitForEventFlag, getFlagState");
    puts(isSet ? "set" : "clear");
}

/* Four processes, a thousand event lines each, on one file: none may be cut by another. */
static void
events(void)
{
    for (int child = 0; child < 4; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 1000; i++)
                eventLine("event %d with a text that is long enough to be cut in two", i);
            _exit(EXIT_SUCCESS);
        }
    }
    while (wait(NULL) != -1)
        continue;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "what\nExample: lib_probe own errExit";

    checkArgs(argc, argv, 0, argc, operands);
    if (argc == 4 && strcmp(argv[1], "number") == 0)
        number(argv);
    else if (argc == 3 && strcmp(argv[1], "error") == 0)
        failing(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "own") == 0)
        own(argv[2]);
    else if (argc == 2 && strcmp(argv[1], "take") == 0)
        take(makeSet());
    else if (argc == 3 && strcmp(argv[1], "giveUp") == 0)
        giveUp(argv[2]);
    else if (argc == 2 && strcmp(argv[1], "key") == 0)
        key();
    else if (argc == 4 && strcmp(argv[1], "name") == 0)
        printf("%s %s\n", errorName(getInt(argv[2], 0, "errnum")),
               signalName(getInt(argv[3], 0, "sig")));
    else if (argc == 5 && strcmp(argv[1], "give") == 0)
        give(argv[2], argv[3], argv[4]);
    else if (argc == 2 && strcmp(argv[1], "flag") == 0)
        flag();
    else if (argc == 2 && strcmp(argv[1], "claimTime") == 0)
        claimTime();
    else if (argc == 2 && strcmp(argv[1], "libc") == 0)
        libc();
    else if (argc == 2 && strcmp(argv[1], "events") == 0)
        events();
    else if (argc == 2 && strcmp(argv[1], "event") == 0)
        eventLine("one event");
    else
        misuse(argv, operands);
    return 0;
}
