/* pipe_copy.c - standard input to standard output through a pipe between two processes, 64 KiB a
   read() and write(): what svsem_shm_writer and svsem_shm_reader are measured against. */

#include <sys/wait.h>

#include "tlpi_hdr.h"

static void
copy(int from, int to)
{
    static char buf[65536];
    ssize_t len, written;

    while ((len = read(from, buf, sizeof(buf))) > 0)
        for (char *p = buf; len > 0; p += written, len -= written)
            if ((written = write(to, p, (size_t) len)) == -1)
                errExit("write");
    if (len == -1)
        errExit("read");
}

int
main(void)
{
    int fd[2];

    if (pipe(fd) == -1)
        errExit("pipe");
    switch (fork()) {
    case -1:
        errExit("fork");
    case 0:
        close(fd[0]);
        copy(STDIN_FILENO, fd[1]);
        _exit(EXIT_SUCCESS);
    default:
        close(fd[1]);
        copy(fd[0], STDOUT_FILENO);
        if (wait(NULL) == -1)
            errExit("wait");
        exit(EXIT_SUCCESS);
    }
}
