/* skip.c - sessions that need what this machine forbids are skipped: tests/doctor is asked */

#include "replay.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PATIENCE = 60, FORBIDDEN = 1 }; /* in seconds; the doctor's exit status */

/* Runs the doctor of this tree; its exit status, -1 if it has none. */
static int
runDoctor(const char *root, const char *what, int answer)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        setpgid(0, 0);
        dup2(null, 0);
        dup2(answer, 1);
        dup2(null, 2);
        alarm(PATIENCE * (unsigned) patience());
        if (chdir(root) == 0)
            execl("tests/doctor", "doctor", "-q", what, NULL);
        _exit(127);
    }
    while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
        if (interrupted)
            kill(pid, interrupted);
    if (pid != -1)
        kill(-pid, SIGKILL); /* what it may have left */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
runsScope(const struct line *l)
{
    return l->kind == PROMPT && strstr(l->want, "/svsem_scope ") != NULL;
}

static bool
isNeeded(const struct session *s, const char *what)
{
    for (int i = 0; i < s->nlines; i++) {
        const char *command = s->lines[i].kind == PROMPT ? s->lines[i].want : "";
        const char *output = s->lines[i].kind == OUTPUT ? s->lines[i].want : "";

        if (strcmp(what, "ptrace") == 0 && runsScope(&s->lines[i]))
            return true;
        /* That a sleep in semop() will end by itself, too, only the call tells. */
        if (strcmp(what, "calls") == 0 && (strstr(output, "Sleeps in semop()") != NULL ||
                                           strstr(command, "/svsem_timedwait") != NULL))
            return true;
    }
    return strcmp(what, "terminals") == 0;
}

const char *
whySkipped(const struct session *s, const char *root)
{
    static struct {
        const char *what;
        char why[300]; /* "" if it is allowed */
        bool asked;
    } needs[] = { { "terminals", "", false }, { "ptrace", "", false }, { "calls", "", false } };

    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        char *why = needs[i].why;
        int fd;

        if (!isNeeded(s, needs[i].what))
            continue;
        fd = needs[i].asked ? -1 : memfd_create("answer", MFD_CLOEXEC);
        needs[i].asked = true;
        if (fd != -1 && runDoctor(root, needs[i].what, fd) == FORBIDDEN &&
            pread(fd, why, sizeof(needs[i].why) - 1, 0) > 0)
            why[strcspn(why, "\n")] = '\0';
        if (fd != -1)
            close(fd);
        if (*why != '\0')
            return why;
    }
    return "";
}
