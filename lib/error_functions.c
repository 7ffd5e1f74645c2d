#include <stdarg.h>

#include "error_functions.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

int errExitStatus = EXIT_FAILURE;

/* The limit that a call has met, if its error can mean nothing else. */
static const char *
limitMet(int errnum, const char *call)
{
    return errnum == E2BIG && strncmp(call, "semop", 5) == 0
               ? ": SEMOPM is exceeded, see svsem_info"
           : errnum == ENOSPC && strncmp(call, "semget", 6) == 0
               ? ": SEMMNI or SEMMNS is reached, see svsem_info"
           : errnum == EINVAL && strncmp(call, "semget(IPC_P", 12) == 0
               ? ": SEMMSL is exceeded, see svsem_info"
               : "";
}

/* One line in one write: the lines of several processes do not mix. */
static void
outputError(int errnum, bool flushStdout, const char *format, va_list ap)
{
    char text[512];

    vsnprintf(text, sizeof(text), format, ap);
    if (flushStdout)
        fflush(stdout);
    if (errnum == 0)
        fprintf(stderr, "ERROR: %s\n", text);
    else
        fprintf(stderr, "ERROR [%s %s] %s%s\n", errorName(errnum),
                strerror(errnum), text, limitMet(errnum, text));
    errno = errnum; /* errMsg() returns */
}

static _Noreturn void
outputMisuse(const char *what, const char *format, va_list ap)
{
    fflush(stdout);
    fputs(what, stderr);
    vfprintf(stderr, format, ap);
    exit(2);
}

/* In a function that takes a format and what follows it: `call` with `ap`. */
#define WITH_ARGS(call)       \
    do {                      \
        va_list ap;           \
        va_start(ap, format); \
        call;                 \
        va_end(ap);           \
    } while (0)

static _Noreturn void
terminate(int errnum, bool isChild, const char *format, va_list ap)
{
    const char *dump = getenv("EF_DUMPCORE");

    outputError(errnum, !isChild, format, ap);
    removeOwned(errExitStatus == COULD_NOT_RUN);
    if (dump != NULL && *dump != '\0')
        abort();
    if (isChild)
        _exit(errExitStatus);
    exit(errExitStatus);
}

void
errMsg(const char *format, ...)
{
    WITH_ARGS(outputError(errno, true, format, ap));
}

void
errExit(const char *format, ...)
{
    WITH_ARGS(terminate(errno, false, format, ap));
}

void
err_exit(const char *format, ...)
{
    WITH_ARGS(terminate(errno, true, format, ap));
}

void
errExitEN(int errnum, const char *format, ...)
{
    WITH_ARGS(terminate(errnum, false, format, ap));
}

void
usageErr(const char *format, ...)
{
    WITH_ARGS(outputMisuse("Usage: ", format, ap));
}

void
cmdLineErr(const char *format, ...)
{
    WITH_ARGS(outputMisuse("Command-line usage error: ", format, ap));
}

/* The programs of the example stand where this one does: "./", or in PATH. */
static _Noreturn void
usage(FILE *out, int status, const char *program, const char *operands)
{
    const char *slash = strrchr(program, '/'), *at;
    int dir = slash == NULL ? 0 : (int) (slash + 1 - program);

    fprintf(out, "Usage: %s ", program);
    for (; (at = strstr(operands, "./svsem_")) != NULL; operands = at + 2)
        fprintf(out, "%.*s%.*s", (int) (at - operands), operands, dir, program);
    fprintf(out, "%s\n", operands);
    endOutput();
    exit(status);
}

void
checkArgs(int argc, char *argv[], int fewest, int most, const char *operands)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        usage(stdout, EXIT_SUCCESS, argv[0], operands);
    if (argc - 1 < fewest || argc - 1 > most)
        misuse(argv, operands);
}

void
misuse(char *argv[], const char *operands)
{
    usage(stderr, 2, argv[0], operands);
}

void
endOutput(void)
{
    if (fflush(stdout) == EOF || ferror(stdout))
        errExit("write(standard output)");
}
