/* svsem_access.c - a call that changes a set needs only alter permission.
   Chapter: docs/02-tools.md

   A call that looks needs only read permission. A wait for zero looks. An array
   with any other operation changes, also by the zeros in it. Source: semop(2)
   and semctl(2) on EACCES; TLPI 45.3 */

#include <sys/sem.h>
#include <sys/stat.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "claim.h"
#include "own_ipc.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { GETS, ZERO, INCREASE, BOTH, SETS, NCALLS };

static const struct {
    const char *name;
    bool changes;
} calls[NCALLS] = {
    [GETS] = { "semctl(GETVAL)", false },  [ZERO] = { "semop() {0}", false },
    [INCREASE] = { "semop() {+1}", true }, [BOTH] = { "semop() {-1, 0}", true },
    [SETS] = { "semctl(SETVAL)", true },
};

/* Root is refused nothing, for it has CAP_IPC_OWNER. Without that, root is an
   owner like any other. */
static void
giveUpPrivilege(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    if (syscall(SYS_capset, &header, none) == -1)
        errExit("capset");
}

/* Makes the call. Each can go through when its turn comes: the value is 0, 0,
   0, 1, 0. */
static int
make(int semid, int call)
{
    struct sembuf zero = { .sem_op = 0 }, increase = { .sem_op = 1 };
    struct sembuf both[] = { { .sem_op = -1 }, { .sem_op = 0 } };
    union semun arg = { .val = 0 };

    switch (call) {
    case GETS:
        return semctl(semid, 0, GETVAL);
    case ZERO:
        return semop(semid, &zero, 1);
    case INCREASE:
        return semop(semid, &increase, 1);
    case BOTH:
        return semop(semid, both, 2);
    default:
        return semctl(semid, 0, SETVAL, arg);
    }
}

static bool
allowed(int semid, int call)
{
    if (make(semid, call) != -1)
        return true;
    if (errno != EACCES)
        errExit("%s on %d", calls[call].name, semid);
    return false;
}

static int
makeSet(mode_t perms)
{
    int semid = OWN_SET(semget(IPC_PRIVATE, 1, (int) perms));

    if (semid == -1)
        errExit("semget(IPC_PRIVATE)");
    return semid;
}

int
main(int argc, char *argv[])
{
    int readOnly, alterOnly;
    bool withRead, withAlter;

    claimStart();
    checkArgs(argc, argv, 0, 0, "\nExample: ./svsem_access");
    readOnly = makeSet(S_IRUSR);
    alterOnly = makeSet(S_IWUSR);
    giveUpPrivilege();

    printf("%-16s  0400 (read)  0200 (alter)\n", "owner's call");
    for (int i = 0; i < NCALLS; i++) {
        withRead = allowed(readOnly, i);
        withAlter = allowed(alterOnly, i);
        printf("%-16s  %-11s  %s\n", calls[i].name, withRead ? "yes" : "EACCES",
               withAlter ? "yes" : "EACCES");
        claimThat(withRead != calls[i].changes, "%s to read", calls[i].name);
        claimThat(withAlter == calls[i].changes, "%s to alter", calls[i].name);
    }
    exit(claimVerdict());
}
