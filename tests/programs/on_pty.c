/* on_pty.c - runs a command on a terminal of ROWS x 40, copies what it shows, ends as it ended.
   SIGINT types Ctrl-C there, SIGQUIT Ctrl-\; once this program is dead, the terminal is closed. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "tlpi_hdr.h"

static int master;

static void
typeKey(int sig)
{
    if (write(master, sig == SIGINT ? "\003" : "\034", 1) != 1)
        _exit(EXIT_FAILURE);
}

static _Noreturn void
child(char *argv[])
{
    struct winsize window = { .ws_row = (unsigned short) getInt(argv[1], GN_GT_0, "rows"),
                              .ws_col = 40 };
    int slave;

    if (setsid() == -1)
        err_exit("setsid");
    slave = open(ptsname(master), O_RDWR); /* becomes the controlling terminal */
    if (slave == -1 || ioctl(slave, TIOCSWINSZ, &window) == -1)
        err_exit("terminal");
    close(master);
    for (int fd = 0; fd <= 2; fd++)
        dup2(slave, fd);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    execvp(argv[2], argv + 2);
    err_exit("execvp(%s)", argv[2]);
}

int
main(int argc, char *argv[])
{
    struct sigaction sa = { .sa_handler = typeKey, .sa_flags = SA_RESTART };
    char text[4096];
    int status;
    pid_t pid;
    ssize_t n;

    if (argc < 3)
        misuse(argv, "rows command...");
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
        errExit("posix_openpt");
    if (sigaction(SIGINT, &sa, NULL) == -1 || sigaction(SIGQUIT, &sa, NULL) == -1)
        errExit("sigaction");
    pid = fork();
    if (pid == -1)
        errExit("fork");
    if (pid == 0)
        child(argv);
    while ((n = read(master, text, sizeof(text))) >
           0) /* EIO when the last process has closed the other end */
        if (write(STDOUT_FILENO, text, (size_t) n) != n)
            errExit("write");
    if (waitpid(pid, &status, 0) == -1)
        errExit("waitpid");
    exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
