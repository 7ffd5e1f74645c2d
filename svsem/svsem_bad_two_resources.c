/* svsem_bad_two_resources.c - two resources taken one after the other can
   deadlock.
   Chapter: docs/10-sharing.md
   Proof: ./svsem_scope explore -- ./svsem_bad_two_resources
          # status 1: deadlock

   Its twin svsem_two_resources takes both in one semop(). */

#include <sys/sem.h>
#include <sys/stat.h>

#include "children.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { PRINTER, SCANNER, NSEMS }; /* 1: available, 0: in use */

static const char operands[] =
    "[times]\n"
    "  times  that each takes both: 1 ... 10000 (default: 1)\n"
    "Example: ./svsem_bad_two_resources 10000";

static int semid, times = 1;

/* DOC: take */
static void
take(unsigned short first, unsigned short second)
{
    struct sembuf sops[] = {
        { .sem_num = first, .sem_op = -1, .sem_flg = 0 },
        { .sem_num = second, .sem_op = -1, .sem_flg = 0 },
    };

    semopRetry(semid, &sops[0], 1);
    semopRetry(semid, &sops[1], 1); /* asleep here, it holds the first */
}

static void
giveBack(void)
{
    struct sembuf sops[] = {
        { .sem_num = PRINTER, .sem_op = +1, .sem_flg = 0 },
        { .sem_num = SCANNER, .sem_op = +1, .sem_flg = 0 },
    };

    semopRetry(semid, sops, 2);
}

static void
startUser(const char *wants, unsigned short first, unsigned short second)
{
    if (forkChild() == 0) {
        for (int i = 0; i < times; i++) {
            eventLine("wants %s", wants);
            take(first, second);
            eventLine("has both");
            giveBack();
        }
        _exit(EXIT_SUCCESS);
    }
}

int
main(int argc, char *argv[])
{
    unsigned short values[NSEMS] = { [PRINTER] = 1, [SCANNER] = 1 };
    union semun arg = { .array = values };

    errExitStatus = COULD_NOT_RUN;
    checkArgs(argc, argv, 0, 1, operands);
    if (argc > 1)
        times = (int) getRange(argv[1], 0, 1, 10000, "times");

    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
    startUser("printer and scanner", PRINTER, SCANNER);
    startUser("scanner and printer", SCANNER, PRINTER);
    reapAll();
    if (semctl(semid, 0, GETALL, arg) == -1)
        errExit("semctl(%d, GETALL)", semid);
    eventLine("all have ended: printer %d, scanner %d", values[PRINTER],
              values[SCANNER]);
    return values[PRINTER] == 1 && values[SCANNER] == 1 ? 0 : 1;
}
