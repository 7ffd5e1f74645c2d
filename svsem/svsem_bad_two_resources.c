/* svsem_bad_two_resources.c - two resources taken one after the other can deadlock. Chapter: docs/10-sharing.md

   Its twin svsem_two_resources takes both in one semop(). */

#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { PRINTER, SCANNER, NSEMS };   /* 1: available, 0: in use */

static int times = 1;
static int semid;

static void
operate(struct sembuf sops[], size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)", semid);
}

/* DOC: take */
static void
take(unsigned short first, unsigned short second)
{
    struct sembuf sops[] = {
        { .sem_num = first, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = second, .sem_op = -1, .sem_flg = 0 },
    };

    operate(&sops[0], 1);
    operate(&sops[1], 1);           /* if it sleeps here, it holds the first */
}

static void
giveBack(void)
{
    struct sembuf sops[] = {
        { .sem_num = PRINTER, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = SCANNER, .sem_op = +1, .sem_flg = 0 },
    };

    operate(sops, 2);
}

static pid_t
startUser(const char *wants, unsigned short first, unsigned short second)
{
    pid_t pid = claimFork();

    if (pid != 0)
        return pid;
    for (int i = 0; i < times; i++) {
        eventLine("wants %s", wants);
        take(first, second);
        eventLine("has both");
        giveBack();
    }
    _exit(0);
}

static int
body(void)
{
    unsigned short available[NSEMS] = { [PRINTER] = 1, [SCANNER] = 1 };
    union semun arg = { .array = available };
    pid_t copier, archivist;

    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    copier = startUser("printer and scanner", PRINTER, SCANNER);
    archivist = startUser("scanner and printer", SCANNER, PRINTER);
    if (claimReap(copier) != 0 || claimReap(archivist) != 0)
        fatal("a child failed");
    claimThat(semctl(semid, PRINTER, GETVAL) == 1 && semctl(semid, SCANNER, GETVAL) == 1, "each was one user's, and is back");
    return 0;
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "[-r] [times]\n"
        "  times  that each takes both: 1 ... 10000 (default: 1)\n"
        "  -r     the bare run: nothing forced, nobody watches\n"
        "Example: ./svsem_bad_two_resources -r 10000";
    static const struct claimTwin twin = {
        .body = body, .property = "nobody is stuck", .holds = false, .mayHang = true, .ownArguments = true,
        .order = "1 1 2 3 2 3"          /* each makes a first call before either makes a second */
    };
    bool bare = argc > 1 && strcmp(argv[1], "-r") == 0;

    helpIfAsked(argc, argv, operands);
    if (argc - bare > 2)
        misuse(argv, operands);
    if (argc - bare > 1)
        times = (int) getRange(argv[1 + bare], 0, 1, 10000, "times");
    return claimTwin(argc, argv, &twin);
}
