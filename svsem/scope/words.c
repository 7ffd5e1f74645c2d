/* words.c - see words.h */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "numbers.h"
#include "semops.h"
#include "words.h"

enum { MOST_OPS = 6, MOST_ADJ = 4 }; /* shown of one call; of one process on one set */

const char *
setName(int set)
{
    static char name[16];

    if (set < 0)
        return "?";
    snprintf(name, sizeof(name), "%c%.0d", 'A' + set % 26, set / 26);
    return name;
}

const char *
errorWord(int errnum)
{
    static char word[32];

    snprintf(word, sizeof(word), "%.*s", (int) strcspn(errorName(errnum), "/"), errorName(errnum));
    return word;
}

const char *
signalWord(int sig)
{
    static char word[32];

    if (signalName(sig)[0] != '?')
        return signalName(sig);
    snprintf(word, sizeof(word), "signal %d", sig);
    return word;
}

/* ---- names of numbers ---- */

#define COMMAND(name) [name] = #name
#define CALL(name) [SYS_##name] = #name

static const char *const commands[] = { COMMAND(GETVAL),   COMMAND(GETPID),      COMMAND(GETNCNT),
                                        COMMAND(GETZCNT),  COMMAND(SETVAL),      COMMAND(SETALL),
                                        COMMAND(GETALL),   COMMAND(IPC_RMID),    COMMAND(IPC_SET),
                                        COMMAND(IPC_STAT), COMMAND(IPC_INFO),    COMMAND(SEM_INFO),
                                        COMMAND(SEM_STAT), COMMAND(SEM_STAT_ANY) };
static const char *const calls[] = {
    CALL(wait4),           CALL(waitid),          CALL(read),
    CALL(write),           CALL(futex),           CALL(rt_sigsuspend),
    CALL(rt_sigtimedwait), CALL(pause),           CALL(poll),
    CALL(ppoll),           CALL(select),          CALL(pselect6),
    CALL(epoll_wait),      CALL(epoll_pwait),     CALL(nanosleep),
    CALL(clock_nanosleep), CALL(restart_syscall), CALL(accept4),
    CALL(recvfrom),        CALL(recvmsg),         CALL(connect),
    CALL(fcntl),           CALL(flock),           CALL(openat),
    CALL(msgrcv),          CALL(msgsnd)
};

/* "semctl 99" where there is no name. */
static const char *
nameOf(const char *const *names, size_t n, long number, const char *kind)
{
    static char other[40];

    if (number >= 0 && (size_t) number < n && names[number] != NULL)
        return names[number];
    snprintf(other, sizeof(other), "%s %ld", kind, number);
    return other;
}

static const char *
commandText(int cmd)
{
    return nameOf(commands, sizeof(commands) / sizeof(commands[0]), cmd, "semctl");
}

const char *
sleepText(const struct task *t)
{
    size_t n = sizeof(calls) / sizeof(calls[0]);

    return nameOf(calls, n, t->tracee.asleep.call, "system call");
}

/* ---- calls ---- */

const char *
callText(const struct run *r, const struct call *c)
{
    static char text[120];
    const char *set = r->model.nset > 1 ? setName(c->set) : "", *colon = *set == '\0' ? "" : ":";
    int used = snprintf(text, sizeof(text), "%s%s", set, colon);
    size_t rest = sizeof(text) - (size_t) used;

    if (c->kind == SEMOP)
        snprintf(text + used, rest, "%s", formatOps(c->op.sops, c->op.nsops, MOST_OPS));
    else if (c->kind != SEMCTL)
        return c->kind == SEMGET ? "semget" : c->kind == YIELD ? "yield" : "call";
    else if (c->cmd == SETVAL)
        snprintf(text + used, rest, "SETVAL %d=%d", c->semnum, c->value);
    else
        used += snprintf(text + used, rest, "%s", commandText(c->cmd));
    if (callNamesSemaphore(c) && c->cmd != SETVAL)
        snprintf(text + used, sizeof(text) - (size_t) used, " %d", c->semnum);
    return text;
}

const char *
resultText(const struct run *r, const struct call *c, long result)
{
    static char text[32];
    const struct task *t;

    *text = '\0';
    if (result < 0)
        return errorWord((int) -result);
    if (c->kind == SEMGET)
        snprintf(text, sizeof(text), "->%s", setName(modelFind(&r->model, (int) result)));
    else if (callNamesSemaphore(c) && c->cmd == GETPID && result != 0) {
        t = taskByTid(r, (pid_t) result);
        if (t == NULL)
            return "->?";
        snprintf(text, sizeof(text), "->P%d", t->number);
    } else if (callNamesSemaphore(c) && c->cmd != SETVAL)
        snprintf(text, sizeof(text), "->%ld", result);
    return text;
}

const char *
choiceText(const struct run *r, struct choice c)
{
    const struct task *t = r->task[c.task - 1];

    if (c.how == KILL)
        return "SIGKILL";
    if (c.how == EXPIRE)
        return "timeout";
    if (t->state == LEAVING)
        return "exit";
    if (t->state == WOKEN)
        return t->result == 0 ? "ok" : "woken";
    return callText(r, &t->call);
}

/* ---- tasks ---- */

char *
semadjText(const struct run *r, const struct task *t)
{
    char text[96] = "";
    size_t used = 0;

    if (isOver(t) || t->group != t->number)
        return NULL;
    for (int s = 0; s < r->model.nset && used < sizeof(text); s++) {
        const int *adj = modelAdj(&r->model, t->group, s);
        struct sembuf shown[MOST_ADJ + 1];
        size_t n = 0;

        for (int k = 0; adj != NULL && k < r->model.set[s].nsems && n <= MOST_ADJ; k++)
            if (adj[k] != 0)
                shown[n++] =
                    (struct sembuf){ .sem_num = (unsigned short) k, .sem_op = (short) adj[k] };
        if (n > 0)
            used += (size_t) snprintf(text + used, sizeof(text) - used, "%s%s%s%s",
                                      used > 0 ? " " : "", r->model.nset > 1 ? setName(s) : "",
                                      r->model.nset > 1 ? ":" : "", formatOps(shown, n, MOST_ADJ));
    }
    return used > 0 ? copyOf(text) : NULL;
}

const char *
taskName(const struct task *t)
{
    static char name[32];

    snprintf(name, sizeof(name), "P%d %.15s", t->number, t->program);
    return name;
}

const char *
endText(const struct task *t)
{
    static char text[16];

    snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(t->status));
    return WIFSIGNALED(t->status) ? signalWord(WTERMSIG(t->status)) : text;
}
