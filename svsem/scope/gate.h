/* gate.h - the calls before which a tracee stops, by a filter that lets all others run at full
   speed. Source: seccomp(2) */

#pragma once

#include "helpers.h"

/* What a call asks for. OTHER: of no interest. TIMER: sets a timer that sends a signal. SEND: sends
   one. CLONE: makes a task, perhaps with CLONE_UNTRACED. FOREIGN: of another architecture, nothing
   is known of it. Those after it are read; those before it are let go, noted or not. */
enum kind { OTHER, TIMER, SEND, EXEC, CLONE, FOREIGN, SEMGET, SEMCTL, SEMOP, YIELD, SHMGET, NAP };

/* Does the scope know the calls of the processor that it was built for? */
bool gatesKnown(void);

/* Installs the filter in the calling process, for good, and for all that it will make. Returns 0,
   or -1 with errno. */
int gatesInstall(void);

/* Of a call that stopped at a gate. `arch`: an AUDIT_ARCH_. */
enum kind gateKind(unsigned arch, unsigned long number, const unsigned long arg[6]);
