/* error_functions.h - say which call failed and why, and end. Source: TLPI 3.5.2 */

#ifndef ERROR_FUNCTIONS_H
#define ERROR_FUNCTIONS_H

#if defined(__GNUC__) || defined(__clang__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))      /* _Noreturn is no word of C99, by which the book's listings compile */
#else
#define PRINTF_LIKE(f, a)
#define NORETURN
#endif

/* All of these take a printf() format and its arguments, flush stdout, and write one line to stderr:
       ERROR [EINVAL Invalid argument] semop
   The bracket holds the symbolic name and the text of errno; fatal() has none: "ERROR: text". */

/* Prints the line for errno and returns; errno is left as it was. */
void errMsg(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the line for errno and ends by exit(errExitStatus); with EF_DUMPCORE set in the environment, by abort(). */
NORETURN void errExit(const char *format, ...) PRINTF_LIKE(1, 2);

/* As errExit(), but ends by _exit() without flushing stdout or running exit handlers: for a child that must not
   flush or run what it inherited. */
NORETURN void err_exit(const char *format, ...) PRINTF_LIKE(1, 2);

/* As errExit(), for the error number `errnum` that a call returned (the pthreads do) in place of errno. */
NORETURN void errExitEN(int errnum, const char *format, ...) PRINTF_LIKE(2, 3);

/* As errExit(), for an error that has no errno. */
NORETURN void fatal(const char *format, ...) PRINTF_LIKE(1, 2);

/* Misuse: prints "Usage: text", or "Command-line usage error: text", to stderr and ends by exit(2). (TLPI's exit 1.) */
NORETURN void usageErr(const char *format, ...) PRINTF_LIKE(1, 2);
NORETURN void cmdLineErr(const char *format, ...) PRINTF_LIKE(1, 2);

/* ---- Beyond the book ---- */

/* The status with which errExit() and its kin end: EXIT_FAILURE, unless a claim program sets another (claim.h). */
extern int errExitStatus;

/* If the first argument is --help: prints "Usage: PROGRAM `operands`" to stdout and ends by exit(0). Otherwise nothing.
   `operands` is what follows the program's name, and ends with an example that can be typed as it stands. */
void helpIfAsked(int argc, char *argv[], const char *operands);

/* Prints the usage that helpIfAsked() prints, but to stderr, and ends by exit(2). */
NORETURN void misuse(char *argv[], const char *operands);

/* As errExit("CALL(SEMID)"), and says in words what EIDRM and EINVAL mean there: the set was removed while the call
   slept or ran; there is no such set. For calls whose other arguments are known to be valid. Source: semop(2), semctl(2) */
NORETURN void errExitSem(const char *call, int semid);

/* The same without ending, as errMsg(). */
void errMsgSem(const char *call, int semid);

/* Flushes stdout, and ends the program (errExit) when any of its output could not be written: a full disk is not silence. */
void endOutput(void);

#endif
