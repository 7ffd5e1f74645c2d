/* svsem_info.c - shows how much of each limit on semaphores is in use.
   Chapter: docs/02-tools.md

   Four of the limits are the administrator's: /proc/sys/kernel/sem, in the
   order SEMMSL SEMMNS SEMOPM SEMMNI. Source: semctl(2) on IPC_INFO and
   SEM_INFO, proc(5) */

#define _GNU_SOURCE /* IPC_INFO */
#include <sys/sem.h>

#include "semun.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "\n"
    "Prints the limits of System V semaphores, and how much is in use in this "
    "IPC\nnamespace.\n"
    "Example: ./svsem_info";

static void
printLimits(void)
{
    struct seminfo limits = { .semmsl = 0 }, used = { .semmsl = 0 };
    union semun arg = { .__buf = &limits };

    if (semctl(0, 0, IPC_INFO, arg) == -1)
        errExit("semctl(IPC_INFO)");
    arg.__buf = &used;
    if (semctl(0, 0, SEM_INFO, arg) == -1)
        errExit("semctl(SEM_INFO)");

    printf("Limit   In use        Most  Of what\n");
    /* SEM_INFO gives semusz and semaem a new meaning. */
    printf("SEMMNI  %6d  %10d  sets\n", used.semusz, limits.semmni);
    printf("SEMMNS  %6d  %10d  semaphores in all sets\n", used.semaem,
           limits.semmns);
    printf("SEMMSL       -  %10d  semaphores in one set\n", limits.semmsl);
    printf("SEMOPM       -  %10d  operations in one semop()\n", limits.semopm);
    printf("SEMVMX       -  %10d  a semaphore's value\n", limits.semvmx);
    printf(
        "SEMAEM       -  %10d  a process's undo adjustment of one semaphore\n",
        limits.semaem);
}

int
main(int argc, char *argv[])
{
    checkArgs(argc, argv, 0, 0, operands);
    printLimits();
    endOutput();
    exit(EXIT_SUCCESS);
}
