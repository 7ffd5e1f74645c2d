/* svsem_rm.c - removes sets at once, whoever sleeps on them.
   Chapter: docs/02-tools.md

   One failure does not stop the others; the exit status is 1 if there was any.
   Source: TLPI 47.3 */

#include <sys/sem.h>

#include "semops.h"
#include "tlpi_hdr.h"

static const char operands[] =
    "semid...\n"
    "  semid  of a set that you own or have made; its sleepers get EIDRM\n"
    "Example: ./svsem_rm $(./svsem_create -p 1)";

static bool
removeSet(int semid)
{
    if (semctl(semid, 0, IPC_RMID) != -1)
        return true;
    if (errno == EPERM)
        errMsg(
            "semctl(%d): only the set's owner, its creator or root may "
            "remove it",
            semid);
    else
        errMsg("semctl(%d)%s", semid, semReason(errno));
    return false;
}

int
main(int argc, char *argv[])
{
    bool failed = false;

    checkArgs(argc, argv, 1, argc, operands);
    for (int i = 1; i < argc; i++) /* checks all before it removes the first */
        getInt(argv[i], GN_NONNEG, "semid");
    for (int i = 1; i < argc; i++)
        failed |= !removeSet(getInt(argv[i], GN_NONNEG, "semid"));
    exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
