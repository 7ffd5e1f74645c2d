/* numbers.h - the system calls' numbers; where a processor has another call in place of one, a
   number that no call has. */

#pragma once

#include <sys/syscall.h>

#ifndef SYS_semop
#define SYS_semop 1000
#endif
#ifndef SYS_semtimedop
#define SYS_semtimedop 1007
#endif
#ifndef SYS_poll
#define SYS_alarm 1001
#define SYS_epoll_wait 1002
#define SYS_pause 1003
#define SYS_poll 1004
#define SYS_select 1005
#endif
