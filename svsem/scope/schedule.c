/* schedule.c - see schedule.h */

#include "choose.h"
#include "schedule.h"

static const char HOW[] = " txc"; /* a letter for each enum how; STEP has none */

char *
scheduleText(const struct run *r, int n)
{
    size_t used = 0, size = (size_t) n * sizeof("2147483647x,") + 1;
    char *text = allocate(size, 1);

    for (int i = 1; i <= n; i++) {
        struct choice c = r->event[i].choice;

        used += (size_t) snprintf(text + used, size - used, "%s%d%.1s", i > 1 ? "," : "", c.task,
                                  c.how == STEP ? "" : &HOW[c.how]);
    }
    return text;
}

bool
choiceRead(const char **at, struct choice *c)
{
    char *end;
    long task = strtol(*at, &end, 10);
    const char *how = *end == '\0' ? NULL : strchr(HOW + 1, *end);

    if (end == *at || task < 1 || task > 100000)
        return false;
    c->task = (int) task;
    c->how = how == NULL ? STEP : (enum how)(how - HOW);
    end += how != NULL;
    *at = end + strspn(end, ", ");
    return *end == '\0' || *at != end;
}

bool
scheduleIsGood(const char *schedule)
{
    struct choice c;

    while (*schedule != '\0')
        if (!choiceRead(&schedule, &c))
            return false;
    return true;
}

bool
mayGo(const struct run *r, const struct choice *list, int n, struct choice c)
{
    if (c.how == KILL)
        return c.task <= r->ntask && r->task[c.task - 1]->state != DEAD;
    return isOffered(list, n, c);
}

/* A person may go on after a deadlock, by killing a process. */
static bool
revive(struct run *r, struct choice c)
{
    if ((r->verdict != DEADLOCK && r->verdict != STUCK) || c.how != KILL)
        return false;
    r->verdict = GOING;
    return true;
}

void
runFollow(struct run *r, const struct options *opt, const char *schedule)
{
    struct choice *list, c;

    runBegin(r, opt);
    for (int step = 1; choiceRead(&schedule, &c); step++) {
        int n = runChoices(r, &list);

        if (n == 0 && !revive(r, c))
            return;
        if (mayGo(r, list, n, c))
            runStep(r, c);
        else
            fprintf(stderr, "svsem_scope: step %d passed over: P%d cannot go now\n", step, c.task);
        free(list);
    }
}

void
runSchedule(struct run *r, const struct options *opt)
{
    struct choice *list;

    runFollow(r, opt, opt->schedule == NULL ? "" : opt->schedule);
    for (int n; (n = runChoices(r, &list)) > 0; free(list))
        runStep(r, firstCome(r, list, n));
    runTrim(r);
    runEnd(r);
}

void
printReplay(const struct run *r)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
    char *schedule = scheduleText(r, r->nevent - 1);

    printf("%s replay --schedule=%s --", r->opt->self, schedule);
    free(schedule);
    for (char **word = r->opt->command; *word != NULL; word++) {
        bool quoted = **word == '\0' || (*word)[strspn(*word, plain)] != '\0';

        printf(quoted ? " '" : " ");
        for (const char *c = *word; *c != '\0'; c++)
            if (*c == '\'')
                printf("'\\''");
            else
                putchar(*c);
        printf(quoted ? "'" : "");
    }
    putchar('\n');
}
