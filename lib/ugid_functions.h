/* ugid_functions.h - users and groups, from name to number and back.
   Source: TLPI 8.1 */

#pragma once

#include "tlpi_hdr.h"

/* The name of a user (a group), or NULL; in a buffer until the next call. */
char *userNameFromId(uid_t uid);
char *groupNameFromId(gid_t gid);

/* The number of a user (a group) by its name, or by the decimal number itself,
   known or not; -1 when there is none. */
uid_t userIdFromName(const char *name);
gid_t groupIdFromName(const char *name);
