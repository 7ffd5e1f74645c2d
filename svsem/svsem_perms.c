/* svsem_perms.c - shows or changes who may use a set.
   Chapter: docs/02-tools.md

   IPC_SET writes owner, group and permissions at once: what is not to change is
   read first, by SEM_STAT_ANY if IPC_STAT is refused: an owner may have taken
   read permission from itself. Source: TLPI 45.3, 47.3; semctl(2) */

#include <sys/sem.h>

#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"
#include "ugid_functions.h"

static const char operands[] =
    "semid [octal-perms [uid[:gid]]]\n"
    "  octal-perms  0 ... 777: 4 read, 2 alter; for owner, group, others;\n"
    "               shown if not given\n"
    "  uid, gid     the new owner and group, by name or number\n"
    "Example: ./svsem_perms $(./svsem_create -p 1) 640";

static void
printIds(const char *role, uid_t uid, gid_t gid)
{
    const char *user = userNameFromId(uid), *group;

    printf("%s  %s (%u)", role, user != NULL ? user : "?", uid);
    group = groupNameFromId(gid);
    printf(", group %s (%u)\n", group != NULL ? group : "?", gid);
}

static void
show(const struct ipc_perm *perm)
{
    static const char *const words[] = { "nothing", "alter", "read",
                                         "read and alter" };
    unsigned int mode = (unsigned int) perm->mode & 0777;

    printf("Perms:    0%03o: owner may %s, group %s, others %s\n", mode,
           words[mode >> 7 & 3], words[mode >> 4 & 3], words[mode >> 1 & 3]);
    printIds("Owner:  ", perm->uid, perm->gid);
    printIds("Creator:", perm->cuid, perm->cgid);
    endOutput();
}

static void
parseOwner(char *arg, uid_t *uid, gid_t *gid)
{
    char *colon = strchr(arg, ':');

    if (colon != NULL)
        *colon++ = '\0';
    *uid = userIdFromName(arg);
    if (*uid == (uid_t) -1)
        cmdLineErr("uid must be a user's name or number, not \"%s\"\n", arg);
    if (colon == NULL)
        return;
    *gid = groupIdFromName(colon);
    if (*gid == (gid_t) -1)
        cmdLineErr("gid must be a group's name or number, not \"%s\"\n", colon);
}

int
main(int argc, char *argv[])
{
    struct semid_ds ds;
    union semun arg = { .buf = &ds };
    unsigned short mode = 0;
    uid_t uid = (uid_t) -1;
    gid_t gid = (gid_t) -1;
    int semid;

    checkArgs(argc, argv, 1, 3, operands);
    semid = getInt(argv[1], GN_NONNEG, "semid");
    if (argc > 2)
        mode = (unsigned short) getRange(argv[2], GN_BASE_8, 0, 0777,
                                         "octal-perms");
    if (argc > 3)
        parseOwner(argv[3], &uid, &gid);

    /* DOC: stat-then-set */
    if (statSet(semid, &ds) == -1)
        errExit("semctl(%d)%s", semid, semReason(errno));
    if (argc == 2) {
        show(&ds.sem_perm);
        exit(EXIT_SUCCESS);
    }
    ds.sem_perm.mode = mode;
    if (uid != (uid_t) -1)
        ds.sem_perm.uid = uid;
    if (gid != (gid_t) -1)
        ds.sem_perm.gid = gid;
    if (semctl(semid, 0, IPC_SET, arg) == -1) {
        if (errno == EPERM)
            errExit(
                "semctl(%d): only the set's owner, its creator or root may "
                "change them",
                semid);
        errExit("semctl(%d)%s", semid, semReason(errno));
    }
    exit(EXIT_SUCCESS);
}
