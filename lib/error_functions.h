/* error_functions.h - say which call failed and why, and end.
   Source: TLPI 3.5.2 */

#pragma once

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn)) /* C99 has no _Noreturn */

/* All take a printf() format, flush stdout, and write one line to stderr,
   "ERROR [EINVAL Invalid argument] semop" by errno (a limit that was met is
   added), or "ERROR: text". Those that end the process first remove what it
   owns (own_ipc.h); with EF_DUMPCORE in the environment it ends by abort(). */

/* By errno, which is left as it was; returns. */
void errMsg(const char *format, ...) PRINTF_LIKE(1, 2);
/* By errno; ends by exit(errExitStatus). */
NORETURN void errExit(const char *format, ...) PRINTF_LIKE(1, 2);
/* By errno; ends by _exit(errExitStatus) and does not flush stdout: for a
   child, which must not flush or run what it inherited. */
NORETURN void err_exit(const char *format, ...) PRINTF_LIKE(1, 2);
/* By `errnum`, which a call returned (the pthreads do); by none. */
NORETURN void errExitEN(int errnum, const char *format, ...) PRINTF_LIKE(2, 3);
#define fatal(...) errExitEN(0, __VA_ARGS__)

/* "Usage: text", "Command-line usage error: text"; exit(2). (TLPI's exit 1.) */
NORETURN void usageErr(const char *format, ...) PRINTF_LIKE(1, 2);
NORETURN void cmdLineErr(const char *format, ...) PRINTF_LIKE(1, 2);

/* ---- Beyond the book ---- */

/* EXIT_FAILURE. A program that proves something sets it to COULD_NOT_RUN as the
   first thing in main(), for its 1 means "it is not so". A child that then
   cannot go on removes what its parent owns, and so its siblings end, too. */
extern int errExitStatus;
enum { COULD_NOT_RUN = 3, NOT_SHOWN = 77 };

/* On --help: prints "Usage: PROGRAM `operands`" to stdout and ends by exit(0).
   `operands` ends with an example that can be typed: "./svsem_" in it becomes
   the path before PROGRAM's name. misuse() prints the same to stderr, exit(2);
   with fewer than `fewest` or more than `most` arguments it is called, too. */
void checkArgs(int argc, char *argv[], int fewest, int most,
               const char *operands);
NORETURN void misuse(char *argv[], const char *operands);

/* "EINVAL", "EAGAIN/EWOULDBLOCK"; "SIGKILL"; "?UNKNOWN?". From names.awk. */
const char *errorName(int errnum);
const char *signalName(int sig);

/* Flushes stdout, and ends the program (errExit) if any of its output could not
   be written: a full disk is not silence. */
void endOutput(void);
