/* skip.c - sessions that run svsem_scope, where it is not possible: they are skipped */

#include "replay.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PATIENCE = 60, NOT_POSSIBLE = 2 }; /* in seconds; svsem_scope's exit status */

/* Runs the least that svsem_scope can be asked for; its exit status, -1 if it has none. */
static int
tryScope(const char *root, int errors)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        setpgid(0, 0);
        dup2(null, 0);
        dup2(null, 1);
        dup2(errors, 2);
        alarm(PATIENCE);
        if (chdir(root) == 0 && chdir("svsem") == 0)
            execl("./svsem_scope", "svsem_scope", "replay", "--schedule=", "--", "true", NULL);
        _exit(127);
    }
    while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
        if (interrupted)
            kill(pid, interrupted);
    if (pid != -1)
        kill(-pid, SIGKILL); /* what it may have left */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What svsem_scope says against itself, "" if nothing. Asked once. */
static const char *
objection(const char *root)
{
    static const char name[] = "svsem_scope: ";
    static char says[200];
    static bool asked;
    ssize_t n = 0;
    int fd = asked ? -1 : memfd_create("errors", MFD_CLOEXEC);

    asked = true;
    if (fd != -1 && tryScope(root, fd) == NOT_POSSIBLE)
        n = pread(fd, says, sizeof(says) - 1, 0);
    if (n > 0)
        says[strcspn(says, "\n")] = '\0';
    if (fd != -1)
        close(fd);
    return strncmp(says, name, strlen(name)) == 0 ? says + strlen(name) : says;
}

bool
runsScope(const struct line *l)
{
    return l->kind == PROMPT && strstr(l->want, "/svsem_scope ") != NULL;
}

const char *
whySkipped(const struct session *s, const char *root)
{
    for (int i = 0; i < s->nlines; i++)
        if (runsScope(&s->lines[i]))
            return objection(root);
    return "";
}
