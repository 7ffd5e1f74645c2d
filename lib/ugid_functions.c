/* ugid_functions.c - see ugid_functions.h */

#include <ctype.h>
#include <grp.h>
#include <pwd.h>

#include "ugid_functions.h"

/* -1 unless all of `text` is a number that an ID can have: the last of 32 bits means "no ID" to the kernel. */
static long long
asNumber(const char *text)
{
    char *end;
    unsigned long long num;

    if (!isdigit((unsigned char) text[0]))
        return -1;
    num = strtoull(text, &end, 10);
    return *end == '\0' && num < 0xffffffffULL ? (long long) num : -1;
}

char *
userNameFromId(uid_t uid)
{
    struct passwd *pwd = getpwuid(uid);

    return pwd == NULL ? NULL : pwd->pw_name;
}

char *
groupNameFromId(gid_t gid)
{
    struct group *grp = getgrgid(gid);

    return grp == NULL ? NULL : grp->gr_name;
}

uid_t
userIdFromName(const char *name)
{
    struct passwd *pwd = name == NULL ? NULL : getpwnam(name);

    if (pwd != NULL)
        return pwd->pw_uid;
    return name == NULL ? (uid_t) -1 : (uid_t) asNumber(name);
}

gid_t
groupIdFromName(const char *name)
{
    struct group *grp = name == NULL ? NULL : getgrnam(name);

    if (grp != NULL)
        return grp->gr_gid;
    return name == NULL ? (gid_t) -1 : (gid_t) asNumber(name);
}
