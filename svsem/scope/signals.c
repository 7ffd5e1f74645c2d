/* signals.c - see signals.h */

#include <sys/time.h>

#include "numbers.h"
#include "signals.h"

/* The 64th timer has the bit of the first: a process that has as many may be taken to wait for one
   longer than it does. */
uint64_t
timerBit(int id)
{
    return id == NO_TIMER ? 0 : 1ull << (id == ITIMER ? 63 : (unsigned) id % 63);
}

void
timerSet(struct run *r, struct task *t, long number, const unsigned long arg[6])
{
    bool posix = number == SYS_timer_settime || number == SYS_timer_delete;
    uint64_t bit = timerBit(posix ? (int) arg[0] : ITIMER);
    long set[4] = { 0 }; /* the interval, then the value: seconds, and parts of one */
    struct task *process = processOf(r, t);

    if (number == SYS_setitimer && arg[0] != ITIMER_REAL)
        return; /* the others stand still while a process sleeps */
    if (number == SYS_setitimer || number == SYS_timer_settime)
        traceeRead(&t->tracee, arg[number == SYS_setitimer ? 1 : 2], set, sizeof(set));
    else if (number == SYS_alarm)
        set[2] = (long) arg[0];
    process->timers &= ~bit;
    process->rearmed &= ~bit;
    if (set[2] != 0 || set[3] != 0)
        process->timers |= bit;
    if (set[0] != 0 || set[1] != 0)
        process->rearmed |= bit;
}

void
timerRang(struct task *process, int id)
{
    process->timers &= ~timerBit(id) | process->rearmed;
}
