/* alone.c - which lines of a command have one writer?
 *
 * Such lines keep their order, whatever they say. Where nothing but one program was typed, and no
 * process that was there before has run meanwhile, a line that names no process is taken to be
 * that program's (docs/style.md), whose PID is the number of its job; and all are its, if it
 * cannot start another process. bash itself writes before the program runs or after it.
 */

#include "replay.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A program that starts a process or a thread, or executes another program, calls one of these. */
static const char *const starters[] = { "fork",   "clone",   "posix_spawn",    "posix_spawnp",
                                        "system", "popen",   "pthread_create", "thrd_create",
                                        "execl",  "execlp",  "execle",         "execv",
                                        "execvp", "execve",  "execvpe",        "fexecve",
                                        "daemon", "forkpty", "dlopen" };

/* A name that a program is linked by ends in it with a null byte. */
static bool
hasStarter(const char *program, size_t size)
{
    for (size_t i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
        if (memmem(program, size, starters[i], strlen(starters[i]) + 1) != NULL)
            return true;
    return false;
}

static bool
staysOneProcess(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t size = fd != -1 && fstat(fd, &st) == 0 ? (size_t) st.st_size : 0;
    char *program = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    bool is = program != MAP_FAILED && size > 4 && memcmp(program, "\177ELF", 4) == 0 &&
              !hasStarter(program, size);

    if (program != MAP_FAILED)
        munmap(program, size);
    if (fd != -1)
        close(fd);
    return is;
}

char *
onlyProgram(const struct run *run, const struct line *l)
{
    size_t n = 0;

    while (isWord(l->want[n]) || (l->want[n] != '\0' && strchr("./-", l->want[n]) != NULL))
        n++;
    if (l->want[0] != '.' || memchr(l->want, '/', n) == NULL ||
        (l->want[n] != '\0' && l->want[n] != ' ') || strpbrk(l->want, "|&;()`") != NULL)
        return NULL;
    return format("/proc/%d/cwd/%.*s", (int) run->term[l->tty].bash, (int) n, l->want);
}

/* All other processes of the session have slept since the command was typed. */
static bool
othersSlept(const struct run *run)
{
    const struct look *look = &run->look;

    for (int i = 0; i < run->atTyping.n; i++) {
        const struct process *p = &run->atTyping.p[i];
        int k = 0;

        if (isOurs(run, p->t.pid) || p->level == ENDED)
            continue;
        while (k < look->n && look->p[k].t.tid != p->t.tid)
            k++;
        if (k == look->n || look->p[k].t.switches != p->t.switches || look->p[k].level == ENDED)
            return false;
    }
    return haveProc();
}

void
noteWriter(struct run *run)
{
    const struct line *l = &run->s->lines[run->typed];
    struct step *step = &run->steps[run->seg];
    bool some[2] = { false, false }; /* lines of no process, of one */
    char *path;

    step->alone = false;
    step->writer = 0;
    for (int i = 0; i < run->nouts; i++)
        if (run->outs[i].seg == run->seg && run->outs[i].tty == l->tty)
            some[keyOf(run->s, &run->outs[i]) > 0] = true;
    if (!some[0] || !some[1] || !othersSlept(run))
        return;
    path = onlyProgram(run, l);
    if (path != NULL) {
        step->alone = staysOneProcess(path);
        step->writer = run->term[l->tty].job;
        run->unseen |= !step->alone && step->writer == 0;
    }
    free(path);
}
