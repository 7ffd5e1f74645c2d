/* look.c - asks the library's reader of /proc about processes, for the tests.

   look asleep PID    status 0 if a thread of it sleeps in semop()
   look stopped PID   if it is stopped, and thus off the queue
   look gone PID...   if all have ended: a zombie has, once its last thread has
   look switches PID  prints how often it has left a processor */

#include "asleep.h"
#include "tlpi_hdr.h"

static void
sleeps(struct thread *t, void *arg)
{
    if (t->inSemop)
        *(bool *) arg = true;
}

static bool
isAsleep(pid_t pid)
{
    bool asleep = false;

    lookAtAll(pid, sleeps, &asleep);
    return asleep;
}

static bool
isGone(pid_t pid)
{
    struct thread t;

    return !lookAt(&t, pid, pid) || (t.state == 'Z' && t.nthreads == 1);
}

int
main(int argc, char *argv[])
{
    struct thread t;
    bool so = true;
    pid_t pid;

    if (argc < 3)
        usageErr("%s asleep|stopped|gone|switches PID...\n", argv[0]);
    for (int i = 2; i < argc; i++) {
        pid = getInt(argv[i], GN_GT_0, "PID");
        if (strcmp(argv[1], "asleep") == 0)
            so = so && isAsleep(pid);
        else if (strcmp(argv[1], "gone") == 0)
            so = so && isGone(pid);
        else if (strcmp(argv[1], "stopped") == 0)
            so = so && lookAt(&t, pid, pid) && t.state == 'T';
        else if (lookAt(&t, pid, pid))
            printf("%ld\n", t.switches);
    }
    return so ? 0 : 1;
}
