/* svsem_op.c - each argument is one semop() call: all its operations at once, or none yet. Chapter: docs/02-tools.md

   EINTR is not retried, so that it can be seen. Source: TLPI, Listing 47-8 */

#include <ctype.h>
#include <sys/sem.h>

#include "blocked.h"
#include "event_line.h"
#include "ipc_limits.h"
#include "tlpi_hdr.h"

enum { SEMNUM_MAX = 65535, DECREASE_MAX = 32768, INCREASE_MAX = 32767 };    /* what struct sembuf holds */

static const char operands[] = "semid op[,op...] ...\n"
    "  op  semnum{+|-|=}value[n][u]: increase, decrease (may sleep), or =0, wait for zero;\n"
    "      n: do not sleep (IPC_NOWAIT), u: undo when this process ends (SEM_UNDO)\n"
    "Example: ./svsem_op $(./svsem_create -p 2) 0+1,1+1 0-1,1-1";

static _Noreturn void
badOp(const char *arg, int number, const char *why)
{
    cmdLineErr("operation %d of \"%s\": %s\n", number, arg, why);
}

/* The digits at *text, which is moved past them; -1 if there are none, or the number is above `highest`. */
static long
parseDigits(const char **text, long highest)
{
    long num = 0;
    bool none = !isdigit((unsigned char) **text);

    for (; isdigit((unsigned char) **text); (*text)++)
        if (num <= highest)
            num = num * 10 + (**text - '0');
    return none || num > highest ? -1 : num;
}

/* One operation at *text, up to a comma or the end; `arg` and `number` are for the message. */
static struct sembuf
parseOp(const char **text, const char *arg, int number)
{
    long semnum = parseDigits(text, SEMNUM_MAX), value;
    struct sembuf sop = { .sem_num = (unsigned short) semnum };
    char sign = **text;

    if (semnum == -1)
        badOp(arg, number, "the semaphore's number must be 0 to 65535");
    if (sign != '+' && sign != '-' && sign != '=')
        badOp(arg, number, "+, - or = must follow the semaphore's number");
    (*text)++;
    value = parseDigits(text, sign == '-' ? DECREASE_MAX : INCREASE_MAX);
    if (sign == '=' && value != 0)
        badOp(arg, number, "= takes 0 alone: a process can wait for zero and for no other value");
    if (sign != '=' && value < 1)
        badOp(arg, number, sign == '+' ? "an increase must be 1 to 32767" : "a decrease must be 1 to 32768");
    sop.sem_op = (short) (sign == '-' ? -value : value);

    for (; **text != '\0' && **text != ','; (*text)++) {
        int flag = **text == 'n' ? IPC_NOWAIT : **text == 'u' ? SEM_UNDO : 0;

        if (flag == 0 || (sop.sem_flg & flag))
            badOp(arg, number, "only n and u, once each, may follow the value");
        sop.sem_flg = (short) (sop.sem_flg | flag);
    }
    return sop;
}

/* Fills sops, which the caller frees; returns how many. */
static int
parseOps(const char *arg, struct sembuf **sops)
{
    const char *text = arg;
    long nsops = 1, most = maxOpsInCall();

    for (const char *c = arg; *c != '\0'; c++)
        nsops += *c == ',';
    if (nsops > most)
        cmdLineErr("one call must have 1 to %ld operations (SEMOPM), not %ld\n", most, nsops);
    *sops = calloc((size_t) nsops, sizeof(**sops));
    if (*sops == NULL)
        errExit("calloc");
    for (int i = 0; i < nsops; i++) {
        (*sops)[i] = parseOp(&text, arg, i + 1);
        text += *text == ',';
    }
    return (int) nsops;
}

static void
operate(int semid, const char *arg)
{
    struct sembuf *sops;
    int nsops = parseOps(arg, &sops);

    eventLine("about to semop [%s]", formatOps(sops, nsops));
    if (semop(semid, sops, (size_t) nsops) == -1) {
        if (errno == EFBIG)
            errExit("semop(%d): the set has no semaphore of that number", semid);
        errExitSem("semop", semid);
    }
    eventLine("semop completed [%s]", formatOps(sops, nsops));
    free(sops);
}

int
main(int argc, char *argv[])
{
    struct sembuf *sops;
    int semid;

    helpIfAsked(argc, argv, operands);
    if (argc < 3)
        misuse(argv, operands);
    semid = getInt(argv[1], GN_NONNEG, "semid");
    letOthersLook();
    for (int i = 2; i < argc; i++) {    /* all are checked before the first call is made */
        parseOps(argv[i], &sops);
        free(sops);
    }
    for (int i = 2; i < argc; i++)
        operate(semid, argv[i]);
    exit(EXIT_SUCCESS);
}
