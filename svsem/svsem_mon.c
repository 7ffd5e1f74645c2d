/* svsem_mon.c - shows a set beside the operations of its sleepers.
   Chapter: docs/02-tools.md

   A snapshot, and old at once: GETALL takes all values at one instant, but the
   other columns, and the sleepers from /proc, are asked for one by one. With -w
   a new snapshot twenty times a second, shown if it differs, until a signal or
   the removal of the set. Source: TLPI, Listing 47-3; for the sleepers,
   lib/asleep.h */

#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <time.h>

#include "asleep.h"
#include "semops.h"
#include "semun.h"
#include "tlpi_hdr.h"

enum { TICK = 50 };       /* ms */
enum { PID_MAX = 32768 }; /* of most systems, or more; see byAge() */

static const char operands[] =
    "[-w] semid\n"
    "  -w  watch: show the set again when it has changed, in place on a\n"
    "      terminal, until Ctrl-C or its removal\n"
    "Example: ./svsem_mon $(./svsem_create -p 2)";

static void
printTimes(FILE *out, const struct semid_ds *ds)
{
    fprintf(out, "Semaphore changed: %s", ctime(&ds->sem_ctime));
    fprintf(out, "Last semop():      %s",
            ds->sem_otime == 0 ? "never\n" : ctime(&ds->sem_otime));
}

/* Prints a row for each value. Returns how many sleep on the set by the
   kernel's count, or -1. */
static int
printRows(FILE *out, int semid, int nsems, const unsigned short values[])
{
    int pid, ncnt, zcnt, sleepers = 0;

    fprintf(out, "Sem #  Value  SEMPID  SEMNCNT  SEMZCNT\n");
    for (int semnum = 0; semnum < nsems; semnum++) {
        pid = semctl(semid, semnum, GETPID);
        ncnt = semctl(semid, semnum, GETNCNT);
        zcnt = semctl(semid, semnum, GETZCNT);
        if (pid == -1 || ncnt == -1 || zcnt == -1)
            return -1;
        fprintf(out, "%3d    %5d  %6d  %7d  %7d\n", semnum, values[semnum], pid,
                ncnt, zcnt);
        sleepers += ncnt + zcnt;
    }
    return sleepers;
}

static int
printSet(FILE *out, int semid)
{
    struct semid_ds ds = { .sem_nsems = 1 };
    union semun arg = { .buf = &ds };
    int sleepers = -1, savedErrno;

    if (semctl(semid, 0, IPC_STAT, arg) == -1)
        return -1;
    printTimes(out, &ds);
    arg.array = calloc(ds.sem_nsems, sizeof(arg.array[0]));
    if (arg.array == NULL)
        errExit("calloc");
    if (semctl(semid, 0, GETALL, arg) != -1)
        sleepers = printRows(out, semid, (int) ds.sem_nsems, arg.array);
    savedErrno = errno;
    free(arg.array);
    errno = savedErrno;
    return sleepers;
}

struct sleepers {
    int semid;
    bool hidden; /* now those are listed whose set may not be known */
    struct sleeper {
        struct thread thread;
        unsigned long long began; /* in ticks after boot */
        char *ops;
    } * sleeper;
    size_t n;
};

/* In another IPC namespace, the same identifier means another set. */
static bool
sharesSets(pid_t pid)
{
    char ours[64] = "", theirs[64];

    if (readlink("/proc/self/ns/ipc", ours, sizeof(ours) - 1) == -1)
        return true; /* a kernel without namespaces */
    readProc(pid, pid, "ns/ipc", theirs, sizeof(theirs));
    return strcmp(ours, theirs) == 0;
}

/* Field 22 of `stat`; the second one is a name, which may hold anything.
   Source: proc_pid_stat(5) */
static unsigned long long
whenBegun(const struct thread *t)
{
    char text[1024], *at;

    readProc(t->pid, t->tid, "stat", text, sizeof(text));
    at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static void
noteSleeper(struct thread *t, void *arg)
{
    struct sleepers *s = arg;
    struct sembuf sops[ALL_OPS];
    long nsops = opsOf(t, sops, ALL_OPS);
    struct sleeper new = { .thread = *t };

    if (!t->inSemop || (t->call == -1) != s->hidden || !sharesSets(t->pid) ||
        (!s->hidden && (int) t->arg[0] != s->semid))
        return;
    new.began = whenBegun(t);
    new.ops =
        strdup(nsops == -1 ? "?" : formatOps(sops, (size_t) nsops, ALL_OPS));
    s->sleeper = realloc(s->sleeper, (s->n + 1) * sizeof(new));
    if (new.ops == NULL || s->sleeper == NULL)
        errExit("realloc");
    s->sleeper[s->n++] = new;
}

/* The one that began first. In one tick it has the lower number, unless the
   numbers have begun anew meanwhile (not seen where PID_MAX is lower). */
static int
byAge(const void *one, const void *two)
{
    const struct sleeper *a = one, *b = two;
    bool lower = a->thread.tid < b->thread.tid;

    if (a->began != b->began)
        return a->began < b->began ? -1 : 1;
    if (labs((long) a->thread.tid - (long) b->thread.tid) > PID_MAX / 2)
        lower = !lower;
    return lower ? -1 : 1;
}

/* Prints a row for each; returns how many there are. With a ?: *unknown. */
static int
listSleepers(FILE *out, int semid, bool hidden, bool *unknown)
{
    struct sleepers s = { .semid = semid, .hidden = hidden };

    lookAtAll(0, noteSleeper, &s);
    if (s.n > 0)
        qsort(s.sleeper, s.n, sizeof(s.sleeper[0]), byAge);
    for (size_t i = 0; i < s.n; i++) {
        struct sleeper *p = &s.sleeper[i];

        fprintf(out, "%6ld  %-15s  %s%s\n", (long) p->thread.pid,
                p->thread.program, p->ops, p->thread.timed ? " (timed)" : "");
        *unknown |= strcmp(p->ops, "?") == 0;
        free(p->ops);
    }
    free(s.sleeper);
    return (int) s.n;
}

/* `total` sleep on the set, by the kernel's count. */
static void
printSleepers(FILE *out, int semid, int total)
{
    int known, listed;
    bool unknown = false;

    if (total == 0)
        return;
    fprintf(out, "\n   PID  Program          Sleeps in semop()\n");
    known = listed = listSleepers(out, semid, false, &unknown);
    if (known < total)
        listed += listSleepers(out, semid, true, &unknown);
    if (unknown)
        fprintf(out,
                "?: hidden by Yama from all but ancestors, by a "
                "container's filter, or in a 32-bit program\n");
    if (listed > known)
        fprintf(out, "Some may sleep on other sets: %d on this one\n", total);
    else if (known < total)
        fprintf(out, "%s%d that /proc does not show you\n",
                known > 0 ? "and " : "", total - known);
}

/* All of it as one text, which the caller frees; NULL when the kernel refuses
   to tell (errno). */
static char *
snapshot(int semid)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int sleepers, savedErrno;

    if (out == NULL)
        errExit("open_memstream");
    sleepers = printSet(out, semid);
    savedErrno = errno;
    if (sleepers != -1)
        printSleepers(out, semid, sleepers);
    if (fclose(out) == EOF)
        errExit("fclose");
    if (sleepers != -1)
        return text;
    free(text);
    errno = savedErrno;
    return NULL;
}

/* On a terminal it begins in the top left corner, and what does not fit is cut:
   or else its top would be out of sight, and each table would push another one
   into the history. */
static void
redraw(const char *text)
{
    struct winsize window = { .ws_row = 0 };
    const char *line = text, *end;
    int rows = 2; /* one for the dots, one for the cursor */

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == -1 || window.ws_row == 0 ||
        window.ws_col == 0)
        window.ws_row = window.ws_col = USHRT_MAX;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        rows +=
            max(1, ((int) (end - line) + window.ws_col - 1) / window.ws_col);
        if (rows > window.ws_row)
            break;
    }
    printf("\033[H\033[J%.*s%s", (int) (line - text), text,
           *line != '\0' ? "...\n" : ""); /* home, clear */
}

static void
watch(int semid)
{
    const char *term = getenv("TERM");
    bool inPlace =
        isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    char *text, *last = NULL;

    while ((text = snapshot(semid)) != NULL) {
        if (last == NULL || strcmp(text, last) != 0) {
            if (inPlace)
                redraw(text);
            else
                printf("%s%s", last != NULL ? "\n" : "", text);
        }
        endOutput();
        free(last);
        last = text;
        poll(NULL, 0, TICK); /* the kernel tells nobody of a change */
    }
    free(last);
    if (errno != EINVAL && errno != EIDRM)
        errExit("semctl(%d)%s", semid, semReason(errno));
    printf("Set %d was removed\n", semid);
}

int
main(int argc, char *argv[])
{
    bool live = argc > 1 && strcmp(argv[1], "-w") == 0;
    char *text;
    int semid;

    checkArgs(argc, argv, 0, argc, operands);
    if (argc != (live ? 3 : 2))
        misuse(argv, operands);
    semid = getInt(argv[argc - 1], GN_NONNEG, "semid");

    text = snapshot(semid);
    if (text == NULL)
        errExit("semctl(%d)%s", semid, semReason(errno));
    if (live)
        watch(semid);
    else
        fputs(text, stdout);
    free(text);
    endOutput();
    exit(EXIT_SUCCESS);
}
