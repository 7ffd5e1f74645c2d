/* error_functions.c - see error_functions.h */

#include <stdarg.h>

#include "ename.h"
#include "error_functions.h"
#include "own_ipc.h"
#include "tlpi_hdr.h"

int errExitStatus = EXIT_FAILURE;

/* One line in one write, so that the lines of several processes do not mix. `errnum` below 0: no errno to name. */
static void
outputError(int errnum, bool flushStdout, const char *format, va_list ap)
{
    char line[1024], text[512];
    const char *name = "?UNKNOWN?";

    vsnprintf(text, sizeof(text), format, ap);
    if (errnum >= 0 && errnum < (int) (sizeof(ename) / sizeof(ename[0])) && ename[errnum] != NULL)
        name = ename[errnum];
    if (errnum >= 0)
        snprintf(line, sizeof(line), "ERROR [%s %s] %s\n", name, strerror(errnum), text);
    else
        snprintf(line, sizeof(line), "ERROR: %s\n", text);
    if (flushStdout)
        fflush(stdout);
    fputs(line, stderr);
    fflush(stderr);
}

static _Noreturn void
terminate(bool runExitHandlers)
{
    const char *dump = getenv("EF_DUMPCORE");

    if (dump != NULL && *dump != '\0') {
        removeOwned();          /* abort() runs no exit handler */
        abort();
    }
    if (runExitHandlers)
        exit(errExitStatus);
    _exit(errExitStatus);
}

void
errMsg(const char *format, ...)
{
    int savedErrno = errno;
    va_list ap;

    va_start(ap, format);
    outputError(savedErrno, true, format, ap);
    va_end(ap);
    errno = savedErrno;
}

void
errExit(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    outputError(errno, true, format, ap);
    va_end(ap);
    terminate(true);
}

void
err_exit(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    outputError(errno, false, format, ap);
    va_end(ap);
    terminate(false);
}

void
errExitEN(int errnum, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    outputError(errnum, true, format, ap);
    va_end(ap);
    terminate(true);
}

void
fatal(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    outputError(-1, true, format, ap);
    va_end(ap);
    terminate(true);
}

void
usageErr(const char *format, ...)
{
    va_list ap;

    fflush(stdout);
    fputs("Usage: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    exit(2);
}

void
cmdLineErr(const char *format, ...)
{
    va_list ap;

    fflush(stdout);
    fputs("Command-line usage error: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    exit(2);
}

void
helpIfAsked(int argc, char *argv[], const char *operands)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: %s %s\n", argv[0], operands);
        endOutput();
        exit(EXIT_SUCCESS);
    }
}

void
misuse(char *argv[], const char *operands)
{
    usageErr("%s %s\n", argv[0], operands);
}

static const char *
inWords(int errnum)
{
    if (errnum == EIDRM)
        return ": the set was removed meanwhile";
    return errnum == EINVAL ? ": there is no such set" : "";
}

void
errMsgSem(const char *call, int semid)
{
    errMsg("%s(%d)%s", call, semid, inWords(errno));
}

void
errExitSem(const char *call, int semid)
{
    errExit("%s(%d)%s", call, semid, inWords(errno));
}

void
endOutput(void)
{
    if (fflush(stdout) == EOF || ferror(stdout))
        errExit("write(standard output)");
}
