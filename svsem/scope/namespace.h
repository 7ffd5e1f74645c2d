/* namespace.h - an IPC namespace of one's own, for the scope and the session engine. */

#pragma once

#include <stdbool.h>

/* From here on this process, and its children, are in a new IPC namespace, in which there is no
   set and nobody else. Without privilege through a user namespace in which the IDs are as before.
   False, with errno, where the system allows neither. Source: ipc_namespaces(7),
   user_namespaces(7) */
bool newIpcNamespace(void);

/* In a user namespace just made: this user and group are what they were outside. False where the
   system forbids it, with errno: then they have the numbers of nobody. */
bool mapIds(unsigned uid, unsigned gid);
