/* svsem_ls.c - lists all sets with a mark on those that may be forgotten.
   Chapter: docs/02-tools.md

   "forgotten?": of the processes that last operated on its semaphores none is
   alive, and nobody sleeps on it. A guess: whoever wants to use the set next
   leaves no trace in it. Source: TLPI, Listing 46-6; semctl(2), SEM_STAT_ANY */

#define _GNU_SOURCE /* SEM_STAT_ANY */
#include <signal.h>
#include <sys/sem.h>
#include <time.h>

#include "semun.h"
#include "tlpi_hdr.h"
#include "ugid_functions.h"

static const char operands[] =
    "\n"
    "Lists the sets of this IPC namespace: identifier, key, owner,\n"
    "permissions, number of semaphores, age of the last change (made, SETVAL,\n"
    "SETALL, IPC_SET) and of the last semop(), sleepers; ? needs read\n"
    "permission.\n"
    "Example: ./svsem_ls";

static const char *
age(time_t since, char text[24])
{
    long long seconds = (long long) time(NULL) - since;

    if (since == 0)
        return "never";
    if (seconds < 60)
        return "<1m";
    if (seconds < 60 * 60)
        snprintf(text, 24, "%lldm", seconds / 60);
    else if (seconds < 24 * 60 * 60)
        snprintf(text, 24, "%lldh", seconds / (60 * 60));
    else
        snprintf(text, 24, "%lldd", seconds / (24 * 60 * 60));
    return text;
}

/* How many sleep on the set, or -1 if that may not be read. *callers: how many
   of its sempids are known, *alive: how many of these processes are there. A
   sempid is 0 when nobody has operated yet, or a process out of this PID
   namespace has. */
static int
sleepers(int semid, int nsems, int *callers, int *alive)
{
    int count = 0, ncnt, zcnt, pid;

    *callers = *alive = 0;
    for (int semnum = 0; semnum < nsems; semnum++) {
        ncnt = semctl(semid, semnum, GETNCNT);
        zcnt = semctl(semid, semnum, GETZCNT);
        pid = semctl(semid, semnum, GETPID);
        if (ncnt == -1 || zcnt == -1 || pid == -1)
            return -1;
        count += ncnt + zcnt;
        *callers += pid > 0;
        *alive += pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
    }
    return count;
}

static void
printSet(int semid, const struct semid_ds *ds)
{
    char changed[24], used[24], uid[16], waiting[16] = "?";
    const char *owner = userNameFromId(ds->sem_perm.uid);
    int callers, alive,
        count = sleepers(semid, (int) ds->sem_nsems, &callers, &alive);

    snprintf(uid, sizeof(uid), "%u", ds->sem_perm.uid);
    if (count != -1)
        snprintf(waiting, sizeof(waiting), "%d", count);
    printf("%8d  0x%08lx  %-10s  0%03o  %5lu  %7s  %5s  %8s%s\n", semid,
           (unsigned long) ds->sem_perm.__key & 0xffffffffUL,
           owner != NULL ? owner : uid, (unsigned int) ds->sem_perm.mode & 0777,
           (unsigned long) ds->sem_nsems, age(ds->sem_ctime, changed),
           age(ds->sem_otime, used), waiting,
           count == 0 && callers > 0 && alive == 0 ? "  forgotten?" : "");
}

/* DOC: by-index */
static void
listSets(void)
{
    struct semid_ds ds;
    struct seminfo info;
    union semun arg = { .__buf = &info };
    int semid, last = semctl(0, 0, SEM_INFO, arg);

    if (last == -1)
        errExit("semctl(SEM_INFO)");
    printf(
        "   SEMID  KEY         OWNER       PERMS  NSEMS  CHANGED  SEMOP  "
        "SLEEPERS\n");
    arg.buf = &ds;
    for (int i = 0; i <= last; i++) {
        semid = semctl(i, 0, SEM_STAT_ANY, arg);
        if (semid == -1) /* no set, or an older kernel, which shows fewer */
            semid = semctl(i, 0, SEM_STAT, arg);
        if (semid != -1)
            printSet(semid, &ds);
    }
}

int
main(int argc, char *argv[])
{
    checkArgs(argc, argv, 0, 0, operands);
    listSets();
    endOutput();
    exit(EXIT_SUCCESS);
}
