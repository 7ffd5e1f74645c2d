#include <ctype.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>

#include "ugid_functions.h"

/* The number that `text` is; -1, to the kernel "no ID", if it can be no ID. */
static unsigned int
asNumber(const char *text)
{
    bool is = text != NULL && isdigit((unsigned char) *text);
    char *end = "?";
    unsigned long num = is ? strtoul(text, &end, 10) : UINT_MAX;

    return *end == '\0' && num < UINT_MAX ? (unsigned int) num : UINT_MAX;
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

    return pwd != NULL ? pwd->pw_uid : asNumber(name);
}

gid_t
groupIdFromName(const char *name)
{
    struct group *grp = name == NULL ? NULL : getgrnam(name);

    return grp != NULL ? grp->gr_gid : asNumber(name);
}
