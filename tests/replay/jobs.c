/* jobs.c - what bash says of its jobs, and to which command it counts
 *
 * bash reports the end of a job at its next prompt. While a command holds its terminal that can be
 * much later, but the job has ended during the command that let it end, and its line counts to that
 * one.
 */

#include "replay.h"
#include <ctype.h>

const char *
skipMark(const char *text)
{
    text += strcspn(text, "]");
    text += *text == ']';
    return text + (*text == '+' || *text == '-');
}

bool
isJobLine(const char *text)
{
    size_t n = text[0] == '[' ? strspn(text + 1, "0123456789") : 0;

    return n > 0 && text[n + 1] == ']' && strchr(" +-", text[n + 2]) != NULL;
}

bool
isJobEnd(const char *text)
{
    const char *status = skipMark(text);

    status += strspn(status, " \t");
    return isJobLine(text) && isupper((unsigned char) *status) &&
           strncmp(status, "Stopped", 7) != 0 && strncmp(status, "Running", 7) != 0;
}

/* Whether bash says once more, after an empty line, that a job is stopped, before it says that the
   job has been killed, is chance. */
static void
dropRepeat(struct run *run, struct job *job, int seg)
{
    int i = job->repeated;

    if (i == -1 || run->outs[i].seg != seg)
        return;
    while (--i >= 0 && run->outs[i].tty != job->tty)
        ;
    if (i >= 0 && run->outs[i].seg == seg && run->outs[i].text[0] == '\0')
        run->outs[i].seg = run->outs[job->repeated].seg = -1;
}

void
noteJobLine(struct run *run, struct out *o)
{
    int number, pid = 0, n = 0;
    struct job *job;

    if (!isJobLine(o->text) || sscanf(o->text, "[%d]", &number) != 1)
        return;
    while (n < run->njobs && (run->jobs[n].tty != o->tty || run->jobs[n].number != number))
        n++;
    if (n == run->njobs)
        APPEND(run->jobs, run->njobs, (struct job){ .reported = true });
    job = &run->jobs[n];
    if (sscanf(o->text, "[%*d] %d", &pid) == 1 || job->reported) {
        *job = (struct job){ .tty = o->tty, .number = number, .pid = pid };
        job->endedIn = job->repeated = -1;
    }
    if (isJobEnd(o->text)) {
        dropRepeat(run, job, o->seg);
        if (job->endedIn != -1)
            o->seg = job->endedIn;
        job->reported = true;
    } else {
        bool stopped = strstr(o->text, "Stopped") != NULL;

        job->repeated = job->stopped && stopped ? (int) (o - run->outs) : -1;
        job->stopped = stopped;
    }
}

static bool
isLive(const struct look *look, pid_t pid)
{
    if (!haveProc())
        return kill(pid, 0) == 0;
    for (int i = 0; i < look->n; i++)
        if (look->p[i].t.pid == pid && look->p[i].level != ENDED)
            return true;
    return false;
}

void
noteJobs(struct run *run)
{
    for (int i = 0; i < run->njobs; i++) {
        struct job *job = &run->jobs[i];

        if (job->endedIn == -1 && job->pid > 0 && !isLive(&run->look, job->pid))
            job->endedIn = run->seg;
    }
}

bool
isOwed(const struct run *run, const char *want, int seg)
{
    for (int i = 0; isJobEnd(want) && i < run->njobs; i++) {
        const struct job *job = &run->jobs[i];

        if (job->number == atoi(want + 1) && job->endedIn == seg && !job->reported)
            return !run->term[job->tty].prompt;
    }
    return false;
}
