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
}

/* In a function that takes a format and what follows it. */
#define OUTPUT_ERROR(errnum, flushStdout)             \
    do {                                              \
        va_list ap;                                   \
        va_start(ap, format);                         \
        outputError(errnum, flushStdout, format, ap); \
        va_end(ap);                                   \
    } while (0)

static _Noreturn void
terminate(bool runExitHandlers)
{
    const char *dump = getenv("EF_DUMPCORE");

    removeOwned(errExitStatus == COULD_NOT_RUN);
    if (dump != NULL && *dump != '\0')
        abort();
    if (runExitHandlers)
        exit(errExitStatus);
    _exit(errExitStatus);
}

void
errMsg(const char *format, ...)
{
    int savedErrno = errno;

    OUTPUT_ERROR(savedErrno, true);
    errno = savedErrno;
}

void
errExit(const char *format, ...)
{
    OUTPUT_ERROR(errno, true);
    terminate(true);
}

void
err_exit(const char *format, ...)
{
    OUTPUT_ERROR(errno, false);
    terminate(false);
}

void
errExitEN(int errnum, const char *format, ...)
{
    OUTPUT_ERROR(errnum, true);
    terminate(true);
}

void
fatal(const char *format, ...)
{
    OUTPUT_ERROR(0, true);
    terminate(true);
}

/* The same for misuse, which has no error number. */
#define OUTPUT_MISUSE(what, format)   \
    do {                              \
        va_list ap;                   \
        va_start(ap, format);         \
        fflush(stdout);               \
        fputs(what, stderr);          \
        vfprintf(stderr, format, ap); \
        va_end(ap);                   \
        exit(2);                      \
    } while (0)

void
usageErr(const char *format, ...)
{
    OUTPUT_MISUSE("Usage: ", format);
}

void
cmdLineErr(const char *format, ...)
{
    OUTPUT_MISUSE("Command-line usage error: ", format);
}

void
checkArgs(int argc, char *argv[], int fewest, int most, const char *operands)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: %s %s\n", argv[0], operands);
        endOutput();
        exit(EXIT_SUCCESS);
    }
    if (argc - 1 < fewest || argc - 1 > most)
        misuse(argv, operands);
}

void
misuse(char *argv[], const char *operands)
{
    usageErr("%s %s\n", argv[0], operands);
}

void
endOutput(void)
{
    if (fflush(stdout) == EOF || ferror(stdout))
        errExit("write(standard output)");
}
