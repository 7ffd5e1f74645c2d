/* svsem_undo_setval.c - SETVAL and SETALL wipe every process's adjustments.
   Chapter: docs/06-undo.md

   SETVAL for its semaphore alone, SETALL for the whole set. Source: semctl(2)
 */

#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "claim.h"
#include "event_line.h"
#include "own_ipc.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { APPLES, PEARS, NEVER, NSEMS }; /* NEVER stays 0 */
enum { HOLDERS = 2 };

static int semid;

/* Takes one of each, to be given back when it dies, and sleeps. */
static _Noreturn void
holder(void)
{
    struct sembuf take[] = {
        { .sem_num = APPLES, .sem_op = -1, .sem_flg = SEM_UNDO },
        { .sem_num = PEARS, .sem_op = -1, .sem_flg = SEM_UNDO },
    };
    struct sembuf sleep = { .sem_num = NEVER, .sem_op = -1, .sem_flg = 0 };

    semopRetry(semid, take, 2);
    semopRetry(semid, &sleep, 1);
    _exit(EXIT_FAILURE);
}

static void
setAll(unsigned short apples, unsigned short pears)
{
    unsigned short values[NSEMS] = { [APPLES] = apples, [PEARS] = pears };
    union semun arg = { .array = values };

    if (semctl(semid, 0, SETALL, arg) == -1)
        errExit("semctl(%d, SETALL)", semid);
}

static void
setApples(int apples)
{
    union semun arg = { .val = apples };

    if (semctl(semid, APPLES, SETVAL, arg) == -1)
        errExit("semctl(%d, SETVAL)", semid);
}

static void
expectValues(const char *when, int apples, int pears)
{
    unsigned short values[NSEMS] = { 0 };
    union semun arg = { .array = values };

    if (semctl(semid, 0, GETALL, arg) == -1)
        errExit("semctl(%d, GETALL)", semid);
    eventLine("%s: %d apples, %d pears", when, values[APPLES], values[PEARS]);
    claimThat(values[APPLES] == apples, "%d apples", apples);
    claimThat(values[PEARS] == pears, "%d pears", pears);
}

static void
startHolders(pid_t pids[])
{
    setAll(5, 5);
    for (int i = 0; i < HOLDERS; i++) {
        pids[i] = forkChild();
        if (pids[i] == 0)
            holder();
    }
    awaitNcnt(semid, NEVER, HOLDERS);
    expectValues("two holders took one of each", 3, 3);
}

static void
endHolders(const pid_t pids[], int apples, int pears)
{
    for (int i = 0; i < HOLDERS; i++)
        if (kill(pids[i], SIGKILL) == -1)
            errExit("kill");
    reapAll();
    expectValues("the holders are dead", apples, pears);
}

int
main(int argc, char *argv[])
{
    static const char operands[] = "\nExample: ./svsem_undo_setval";
    pid_t pids[HOLDERS];

    claimStart();
    checkArgs(argc, argv, 0, 0, operands);
    semid = OWN_SET(semget(IPC_PRIVATE, NSEMS, S_IRUSR | S_IWUSR));
    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");

    /* DOC: setval-wipes */
    startHolders(pids);
    endHolders(pids, 5, 5);

    startHolders(pids);
    setApples(3); /* the value does not even change */
    expectValues("SETVAL of the apples to 3", 3, 3);
    endHolders(pids, 3, 5);

    startHolders(pids);
    setAll(3, 3);
    expectValues("SETALL to 3 and 3", 3, 3);
    endHolders(pids, 3, 3);
    return claimVerdict();
}
