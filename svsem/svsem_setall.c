/* svsem_setall.c - SETALL gives every semaphore of a set a value in one step.
   Chapter: docs/02-tools.md

   It wakes whoever can go on with the new values, and clears all undo
   adjustments of the set. Source: TLPI, Listing 47-4 */

#include <sys/sem.h>

#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "semid value...\n"
    "  value  0 ... 32767, one for each semaphore of the set\n"
    "Example: ./svsem_setall $(./svsem_create -p 2) 1 0";

int
main(int argc, char *argv[])
{
    struct semid_ds ds;
    union semun arg;
    int semid, nvalues = argc - 2;

    checkArgs(argc, argv, 2, argc, operands);
    semid = getInt(argv[1], GN_NONNEG, "semid");
    arg.array = calloc((size_t) nvalues, sizeof(arg.array[0]));
    if (arg.array == NULL)
        errExit("calloc");
    for (int i = 0; i < nvalues; i++)
        arg.array[i] =
            (unsigned short) getRange(argv[i + 2], 0, 0, SEMVMX, "value");

    /* DOC: setall-count */
    /* The kernel takes as many as the set has, and cannot see where the array
       ends. */
    if (statSet(semid, &ds) == -1)
        errExit("semctl(%d)%s", semid, semReason(errno));
    if ((unsigned long) ds.sem_nsems != (unsigned long) nvalues)
        cmdLineErr("set %d has %lu semaphores, and %d values were given\n",
                   semid, (unsigned long) ds.sem_nsems, nvalues);
    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d)%s", semid, semReason(errno));
    free(arg.array);
    printf("Semaphore values changed (PID=%ld)\n", (long) getpid());
    endOutput();
    exit(EXIT_SUCCESS);
}
