/* step.c - see step.h */

#include <poll.h>

#include "choose.h"
#include "draw.h"
#include "judge.h"
#include "schedule.h"
#include "step.h"
#include "wait.h"
#include "words.h"

enum { MOST_LETTERS = 64, LOOK_EVERY = 20 }; /* of a line; ms, at signals */

static void
showSets(const struct run *r)
{
    for (int s = 0; s < r->model.nset; s++) {
        const struct set *set = &r->model.set[s];
        int n, z;

        for (int k = 0; k < set->nsems && !set->gone; k++) {
            modelCount(set, k, &n, &z);
            printf("   %s.%d = %d", setName(s), k, set->sem[k].value);
            if (n > 0 || z > 0)
                printf("  waiters %d/%d", n, z);
        }
        if (set->gone)
            printf("   %s removed", setName(s));
        putchar('\n');
    }
}

/* What a living task does. */
static void
showDoing(const struct run *r, const struct task *t)
{
    static const char *const does[] = {
        [RUNNING] = "runs",       [READY] = "runs",       [VFORKED] = "runs",
        [DYING] = "runs",         [AT_GATE] = "at ",      [ASLEEP] = "asleep in ",
        [WOKEN] = "woken in ",    [ELSEWHERE] = "in ",    [LEAVING] = "at its end",
        [NAPPED] = "takes a nap", [HALTED] = "is stopped"
    };

    fputs(does[t->state], stdout);
    if (t->state == ELSEWHERE)
        fputs(sleepText(t), stdout);
    if (t->state == AT_GATE || t->state == ASLEEP || t->state == WOKEN)
        fputs(callText(r, &t->call), stdout);
}

static void
showTasks(const struct run *r, const struct choice *list, int n)
{
    for (int i = 0; i < r->ntask; i++) {
        const struct task *t = r->task[i];
        const char *adj = lastEvent(r)->semadj[i];
        char number[16] = "";

        if (t->state == DEAD)
            continue;
        if (isOffered(list, n, (struct choice){ t->number, STEP }))
            snprintf(number, sizeof(number), "%d", t->number);
        else if (isOffered(list, n, (struct choice){ t->number, EXPIRE }))
            snprintf(number, sizeof(number), "%dt", t->number);
        printf("%5s  %-18s ", number, taskName(t));
        showDoing(r, t);
        printf("%s%s\n", adj == NULL ? "" : "   semadj ", adj == NULL ? "" : adj);
    }
}

static void
show(const struct run *r, const struct choice *list, int n)
{
    printf("\nstep %d\n", r->nevent);
    showSets(r);
    showTasks(r, list, n);
    if (r->verdict == DEADLOCK || r->verdict == STUCK)
        printf("%s%s\n", verdictText(r->verdict), r->message);
    if (n > 0 && r->spare)
        printf("no process can go but those whose last try changed nothing\n");
}

/* The next line of standard input without its end. False at the end of the input, or when a signal
   asks the scope to end. */
static bool
readLine(char line[MOST_LETTERS])
{
    struct pollfd input = { .fd = 0, .events = POLLIN };
    size_t n = 0;
    char c = '\0';

    while (c != '\n' && endingSignal == 0) {
        if (poll(&input, 1, LOOK_EVERY) < 1)
            signalsWait(0);
        else if (read(0, &c, 1) != 1)
            break;
        else if (c != '\n' && n < MOST_LETTERS - 1)
            line[n++] = c;
    }
    line[n] = '\0';
    return c == '\n' && endingSignal == 0;
}

enum answer { GO, BACK, QUIT };

static enum answer
ask(const struct run *r, const struct choice *list, int n, struct choice *c)
{
    char line[MOST_LETTERS];

    for (;;) {
        printf("%s k N, u or q> ", n > 0 ? "process to go next," : "no process can go:");
        fflush(stdout);
        if (!readLine(line) || strcmp(line, "q") == 0)
            return QUIT;
        if (strcmp(line, "u") == 0)
            return BACK;
        bool kills = strncmp(line, "k ", 2) == 0;
        const char *at = line + (kills ? 2 : 0);
        bool one = choiceRead(&at, c) && *at == '\0';

        if (kills)
            c->how = KILL;
        if (one && mayGo(r, list, n, *c))
            return GO;
        printf(
            "type a number that stands before a process, k N to kill process N, u to take the "
            "last choice back, q to end\n");
    }
}

/* One run, from the schedule on. True if it is to start over without its last choice. */
static bool
walk(struct run *r, const struct options *opt, const char *schedule)
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

/* Tells how the run ended. Returns the exit status. */
static int
sayRun(const struct run *r)
{
    int status = r->verdict == GOING ? 0 : verdictStatus(r->verdict);

    if (r->verdict == WELL)
        printf("all have ended, and well\n");
    else if (status > 1)
        sayVerdict(r);
    else if (r->verdict > STUCK)
        printf("%s\n", r->message);
    if (r->verdict != REFUSED && !draw(r, NULL))
        status = 3;
    if (r->verdict != REFUSED) {
        putchar('\n');
        printReplay(r);
    }
    return status;
}

int
stepThrough(const struct options *opt)
{
    struct run r;
    char *schedule = copyOf("");
    int status = 3;

    while (walk(&r, opt, schedule)) {
        free(schedule);
        schedule = scheduleText(&r, max(r.nevent - 2, 0));
        runDrop(&r);
    }
    free(schedule);
    if (endingSignal == 0)
        status = sayRun(&r);
    runDrop(&r);
    return status;
}
