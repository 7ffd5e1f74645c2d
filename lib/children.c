#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "children.h"
#include "tlpi_hdr.h"

pid_t
forkChild(void)
{
    pid_t pid = fork();

    if (pid == -1)
        errExit("fork");
    return pid;
}

void *
shareMemory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        errExit("mmap");
    return memory;
}

int
reap(pid_t pid)
{
    pid_t child;
    int status;

    while ((child = waitpid(pid, &status, 0)) == -1) {
        if (errno == ECHILD)
            return -1;
        if (errno != EINTR)
            errExit("waitpid(%ld)", (long) pid);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == COULD_NOT_RUN)
        fatal("child %ld exited with 3: see the error above", (long) child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
        fatal("child %ld was killed by SIGPIPE", (long) child);
    return status;
}

int
reapAll(void)
{
    int status, failed = 0;

    while ((status = reap(-1)) != -1)
        failed += status != 0;
    return failed;
}

const char *
howEnded(int status)
{
    static char text[48];

    if (WIFEXITED(status))
        snprintf(text, sizeof(text), "exited with %d", WEXITSTATUS(status));
    else
        snprintf(text, sizeof(text), "was killed by %s",
                 signalName(WTERMSIG(status)));
    return text;
}
