/* svsem_op.c - each argument is one semop() call: all its operations at once,
   or none yet.
   Chapter: docs/02-tools.md

   EINTR is not retried, so that it can be seen. Source: TLPI, Listing 47-8 */

#include <sys/sem.h>

#include "asleep.h"
#include "event_line.h"
#include "semops.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "semid op[,op...] ...\n"
    "  op  semnum{+|-|=}value[n][u]: increase, decrease (may sleep), =0: wait\n"
    "      for zero; n: do not sleep (IPC_NOWAIT), u: undo at exit (SEM_UNDO)\n"
    "Example: ./svsem_op $(./svsem_create -p 2) 0+1,1+1 0-1,1-1";

static void
operate(int semid, const char *arg)
{
    size_t nsops;
    struct sembuf *sops = parseOps(arg, &nsops);

    eventLine("about to semop [%s]", formatOps(sops, nsops, ALL_OPS));
    if (semop(semid, sops, nsops) == -1)
        errExit("semop(%d)%s", semid, semReason(errno));
    eventLine("semop completed [%s]", formatOps(sops, nsops, ALL_OPS));
    free(sops);
}

int
main(int argc, char *argv[])
{
    size_t nsops;
    int semid;

    checkArgs(argc, argv, 2, argc, operands);
    semid = getInt(argv[1], GN_NONNEG, "semid");
    letOthersLook();
    for (int i = 2; i < argc; i++) /* all are checked before the first call */
        free(parseOps(argv[i], &nsops));
    for (int i = 2; i < argc; i++)
        operate(semid, argv[i]);
    exit(EXIT_SUCCESS);
}
