/* namespace.c - see namespace.h */

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "namespace.h"
#include "tlpi_hdr.h"

static bool
write1(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd != -1 && write(fd, text, strlen(text)) != -1;

    if (fd != -1)
        close(fd);
    return written;
}

bool
mapIds(unsigned uid, unsigned gid)
{
    char user[32], group[32];

    snprintf(user, sizeof(user), "%u %u 1", uid, uid);
    snprintf(group, sizeof(group), "%u %u 1", gid, gid);
    return write1("/proc/self/setgroups", "deny") && write1("/proc/self/uid_map", user) &&
           write1("/proc/self/gid_map", group);
}

static bool
newUserAndIpc(void)
{
    unsigned uid = geteuid(), gid = getegid();

    return unshare(CLONE_NEWUSER | CLONE_NEWIPC) == 0 && mapIds(uid, gid);
}

/* Some systems allow a user namespace, but no IDs in it. A child tries: there is no way back. */
bool
newIpcNamespace(void)
{
    int status;
    pid_t pid;

    if (unshare(CLONE_NEWIPC) == 0)
        return true;
    pid = fork();
    if (pid == 0)
        _exit(newUserAndIpc() ? 0 : errno);
    if (pid == -1 || waitpid(pid, &status, 0) == -1)
        return false;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    return errno == 0 && newUserAndIpc();
}
