#define _GNU_SOURCE /* IPC_INFO, SEM_STAT_ANY */
#include <ctype.h>

#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

long
semLimit(bool ofSet)
{
    struct seminfo info = { .semmsl = 32000, .semopm = 500 }; /* Linux's own */

    semctl(0, 0, IPC_INFO, (union semun){ .__buf = &info });
    return ofSet ? info.semmsl : info.semopm;
}

void
semopRetry(int semid, struct sembuf *sops, size_t nsops)
{
    while (semop(semid, sops, nsops) == -1)
        if (errno != EINTR)
            err_exit("semop(%d)%s", semid, semReason(errno));
}

int
semRead(int semid, int semnum, int cmd)
{
    int number = semctl(semid, semnum, cmd);

    if (number == -1)
        err_exit("semctl(%d)%s", semid, semReason(errno));
    return number;
}

const char *
formatOps(const struct sembuf *sops, size_t nsops, size_t most)
{
    static char text[ALL_OPS * sizeof("65535-32768nu,") + sizeof("...")];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < nsops && i < most; i++) {
        const char *sign = sops[i].sem_op == 0 ? "=" : "+";

        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%u%s%d%s%s",
                                 i > 0 ? "," : "", sops[i].sem_num,
                                 sops[i].sem_op < 0 ? "" : sign, sops[i].sem_op,
                                 sops[i].sem_flg & IPC_NOWAIT ? "n" : "",
                                 sops[i].sem_flg & SEM_UNDO ? "u" : "");
    }
    if (nsops > most)
        snprintf(text + len, sizeof(text) - len, ",...");
    return text;
}

/* The digits at *text, moved past them; -1: there are none, or too large. */
static long
parseDigits(const char **text, long highest)
{
    char *end;
    long num;

    if (!isdigit((unsigned char) **text))
        return -1;
    num = strtol(*text, &end, 10);
    *text = end;
    return num > highest ? -1 : num;
}

/* One operation at *text, which is moved past it. Returns what is wrong with
   it, NULL if nothing is. */
static const char *
parseOp(const char **text, struct sembuf *sop)
{
    long semnum = parseDigits(text, 65535), value;
    char sign = **text;

    if (semnum == -1)
        return "the semaphore's number must be 0 to 65535";
    if (sign == '\0' || strchr("+-=", sign) == NULL)
        return "+, - or = must follow the semaphore's number";
    (*text)++;
    value = parseDigits(text, sign == '-' ? 32768 : 32767);
    if (sign == '=' && value != 0)
        return "= takes 0 alone: a process can wait for zero and for no other "
               "value";
    if (sign != '=' && value < 1)
        return sign == '+' ? "an increase must be 1 to 32767"
                           : "a decrease must be 1 to 32768";
    sop->sem_num = (unsigned short) semnum;
    sop->sem_op = (short) (sign == '-' ? -value : value);
    for (; **text != '\0' && **text != ','; (*text)++) {
        int flag = **text == 'n' ? IPC_NOWAIT : **text == 'u' ? SEM_UNDO : 0;

        if (flag == 0 || (sop->sem_flg & flag))
            return "only n and u, once each, may follow the value";
        sop->sem_flg = (short) (sop->sem_flg | flag);
    }
    return NULL;
}

struct sembuf *
parseOps(const char *arg, size_t *nsops)
{
    const char *text = arg, *wrong;
    size_t n = 1, most = (size_t) semLimit(false);
    struct sembuf *sops;

    for (const char *c = arg; *c != '\0'; c++)
        n += *c == ',';
    if (n > most)
        cmdLineErr("one call must have 1 to %zu operations (SEMOPM), not %zu\n",
                   most, n);
    sops = calloc(n, sizeof(sops[0]));
    if (sops == NULL)
        errExit("calloc");
    for (size_t i = 0; i < n; i++, text += *text == ',')
        if ((wrong = parseOp(&text, &sops[i])) != NULL)
            cmdLineErr("operation %zu of \"%s\": %s\n", i + 1, arg, wrong);
    *nsops = n;
    return sops;
}

const char *
semReason(int errnum)
{
    return errnum == EIDRM    ? ": the set was removed meanwhile"
           : errnum == EINVAL ? ": there is no such set"
           : errnum == EFBIG  ? ": the set has no semaphore of that number"
                              : "";
}

int
statSet(int semid, struct semid_ds *ds)
{
    union semun arg = { .buf = ds };

    if (semctl(semid, 0, IPC_STAT, arg) != -1)
        return 0; /* SEM_STAT_ANY takes an index and returns an identifier */
    return errno == EACCES && semctl(semid, 0, SEM_STAT_ANY, arg) == semid ? 0
                                                                           : -1;
}
