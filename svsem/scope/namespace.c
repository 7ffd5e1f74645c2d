/* namespace.c - see namespace.h */

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>

#include "namespace.h"
#include "tlpi_hdr.h"

static void
write1(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1 || write(fd, text, strlen(text)) == -1)
        errMsg("write(%s)", path);
    if (fd != -1)
        close(fd);
}

void
mapIds(unsigned uid, unsigned gid)
{
    char map[32];

    write1("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "%u %u 1", uid, uid);
    write1("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "%u %u 1", gid, gid);
    write1("/proc/self/gid_map", map);
}

bool
newIpcNamespace(void)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWIPC) == 0)
        return true;
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) == -1)
        return false;
    mapIds(uid, gid);
    return true;
}
