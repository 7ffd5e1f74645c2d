/* step.c - a person, or a pipe, chooses who goes next. */

#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "scope.h"

enum { MOST_LETTERS = 64 };

static void showSets(const struct run *r)
{
    char name[8];

    for (int s = 0; s < r->model.nset; s++) {
        const struct set *set = &r->model.set[s];
        for (int k = 0; k < set->nsems && !set->gone; k++) {
            int n, z;
            modelCount(set, k, &n, &z);
            printf("   %s.%d = %d", setName(s, name), k, set->sem[k].value);
            if (n > 0 || z > 0)
                printf("  waiters %d/%d", n, z);
        }
        printf(set->gone ? "   %s removed\n" : "\n", setName(s, name));
    }
}

static const char *doing(const struct run *r, const struct task *t, char *text, size_t size)
{
    char call[120];

    callText(r, &t->call, call, sizeof call);
    switch (t->state) {
    case AT_GATE:   snprintf(text, size, "at %s", call); break;
    case ASLEEP:    snprintf(text, size, "asleep in %s", call); break;
    case WOKEN:     snprintf(text, size, "woken in %s", call); break;
    case LEAVING:   snprintf(text, size, "at its end"); break;
    case NAPPED:    snprintf(text, size, "takes a nap"); break;
    case HALTED:    snprintf(text, size, "is stopped"); break;
    case ELSEWHERE: snprintf(text, size, "in %s", sleepText(t)); break;
    default:        snprintf(text, size, "runs"); break;
    }
    return text;
}

static void showTasks(const struct run *r, const struct choice *list, int n)
{
    char text[160], who[32];

    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        const char *adj = r->event[r->nevent - 1].semadj[i];
        char number[16] = "";
        if (t->state == DEAD)
            continue;
        for (int k = 0; k < n; k++)
            if (list[k].task == i + 1 && (list[k].how == STEP || list[k].how == EXPIRE))
                snprintf(number, sizeof number, "%d%s", i + 1, list[k].how == STEP ? "" : "t");
        taskName(t, who, sizeof who);
        printf("%5s  %-18s %s%s%s\n", number, who, doing(r, t, text, sizeof text), adj == NULL ? "" : "   semadj ",
               adj == NULL ? "" : adj);
    }
}

/* The next line of standard input without its end.  Result: false at the end of the input, or when a signal ends it all. */
static bool readLine(char *line)
{
    sigset_t all;
    size_t n = 0;

    sigfillset(&all);
    struct pollfd fd[2] = { { .fd = 0, .events = POLLIN }, { .fd = signalfd(-1, &all, SFD_CLOEXEC), .events = POLLIN } };
    bool whole = false, over = false;
    while (!whole && !over && endingSignal == 0) {
        char c;
        poll(fd, 2, -1);
        if (fd[1].revents != 0)
            signalsWait(0);
        else if (read(0, &c, 1) != 1)
            over = true;
        else if (c == '\n')
            whole = true;
        else if (n < MOST_LETTERS - 1)
            line[n++] = c;
    }
    close(fd[1].fd);
    line[n] = '\0';
    return whole && endingSignal == 0;
}

enum answer { GO, BACK, QUIT };

static enum answer ask(const struct run *r, const struct choice *list, int n, struct choice *c)
{
    char line[MOST_LETTERS];

    for (;;) {
        printf("%s, k N, u or q> ", n > 0 ? "who goes" : "nobody can go");
        fflush(stdout);
        if (!readLine(line) || strcmp(line, "q") == 0)
            return QUIT;
        if (strcmp(line, "u") == 0)
            return BACK;
        const char *at = line + (strncmp(line, "k ", 2) == 0 ? 2 : 0);
        bool one = choiceRead(&at, c) && *at == '\0';
        if (at != line && line[0] == 'k')
            c->how = KILL;
        if (one && mayGo(r, list, n, *c))
            return GO;
        printf("type a number that stands before a process, k N to kill process N, u to take the last choice back, q to end\n");
    }
}

static void show(const struct run *r, const struct choice *list, int n)
{
    printf("\nstep %d\n", r->nevent);
    showSets(r);
    showTasks(r, list, n);
    if (r->verdict == DEADLOCK || r->verdict == STUCK)
        printf("%s%s\n", verdictText(r->verdict), r->message);
    if (n > 0 && r->spare)
        printf("nobody can go but for what has changed nothing before\n");
}

/* One run, from the schedule on.  Result: true when it is to start over without its last choice. */
static bool walk(struct run *r, const struct options *opt, const char *schedule)
{
    struct choice *list, c;
    enum answer answer = GO;

    runFollow(r, opt, schedule);
    while (answer == GO && endingSignal == 0) {
        int n = runChoices(r, &list);
        if (r->verdict != GOING && r->verdict != DEADLOCK && r->verdict != STUCK)
            break;
        show(r, list, n);
        answer = ask(r, list, n, &c);
        if (answer == GO) {
            r->verdict = GOING;
            runStep(r, c);
        }
        free(list);
    }
    runEnd(r);
    return answer == BACK && endingSignal == 0;
}

int stepThrough(struct options *opt)
{
    struct run r;
    char *schedule = strdup("");

    while (walk(&r, opt, schedule)) {
        free(schedule);
        schedule = scheduleText(&r, r.nevent > 1 ? r.nevent - 2 : 0);
        runDrop(&r);
    }
    free(schedule);
    if (endingSignal != 0)
        return 3;
    if (r.verdict > STUCK)
        printf("%s\n", r.message);
    else if (r.verdict == WELL)
        printf("all have ended, and well\n");
    if (opt->output != NULL)
        drawTo(&r, opt->output);
    if (r.verdict != REFUSED) {
        putchar('\n');
        printReplay(&r);
    }
    int status = verdictStatus(r.verdict);
    if (r.verdict == GOING)
        status = 0;
    runDrop(&r);
    return status;
}
