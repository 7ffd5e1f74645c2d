/* svsem_demo.c - a decrease blocks until another process's increase lets it
   through.
   Chapter: docs/01-first-session.md

   With one argument, makes a set of one semaphore with that initial value,
   prints its identifier, and leaves the set behind for later commands: svsem_rm
   removes it. With two, performs one semop(). Source: TLPI, Listing 47-1 */

#include <limits.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "asleep.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "init-value\n"
    "   or: ./svsem_demo semid operation\n"
    "  init-value  0 ... 32767: make a set of one semaphore, print its ID\n"
    "  operation   -32768 ... 32767: decrease (may sleep), 0: wait for zero\n"
    "Example: ./svsem_demo 0";

static void
create(int initValue)
{
    union semun arg = { .val = initValue };
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, S_IRUSR | S_IWUSR));

    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    if (semctl(semid, 0, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
    printf("Semaphore ID = %d\n", semid);
    endOutput();
    disownSet(semid); /* its identifier is known: it stays */
}

static void
operate(int semid, short by)
{
    struct sembuf sop = { .sem_num = 0, .sem_op = by, .sem_flg = 0 };

    letOthersLook();
    eventLine("about to semop");
    /* EINTR is not retried: stop it with Ctrl-Z and see. */
    if (semop(semid, &sop, 1) == -1)
        errExit("semop(%d)%s", semid, semReason(errno));
    eventLine("semop completed");
}

int
main(int argc, char *argv[])
{
    checkArgs(argc, argv, 0, argc, operands);
    if (argc == 2)
        create((int) getRange(argv[1], 0, 0, SEMVMX, "init-value"));
    else if (argc == 3)
        operate(getInt(argv[1], GN_NONNEG, "semid"),
                (short) getRange(argv[2], 0, SHRT_MIN, SHRT_MAX, "operation"));
    else
        misuse(argv, operands);
    exit(EXIT_SUCCESS);
}
