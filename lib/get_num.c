/* get_num.c - see get_num.h */

#include <ctype.h>
#include <limits.h>

#include "tlpi_hdr.h"

static int
baseOf(int flags)
{
    if (flags & GN_ANY_BASE)
        return 0;
    if (flags & GN_BASE_8)
        return 8;
    return (flags & GN_BASE_16) ? 16 : 10;
}

static const char *
inBase(int base, long num, char text[32])
{
    const char *sign = num < 0 ? "-" : "";
    unsigned long size = num < 0 ? 0 - (unsigned long) num : (unsigned long) num;

    snprintf(text, 32, base == 8 ? "%s%lo" : base == 16 ? "%s%lx" : "%s%lu", sign, size);
    return text;
}

static _Noreturn void
refuse(const char *arg, int base, long lowest, long highest, const char *name)
{
    const char *kind = base == 8 ? "an octal" : base == 16 ? "a hexadecimal" : "a whole";
    char from[32], to[32];

    fflush(stdout);
    fprintf(stderr, "ERROR: %s must be %s number from %s to %s, not \"%s\"\n", name != NULL ? name : "argument", kind,
            inBase(base, lowest, from), inBase(base, highest, to), arg);
    exit(2);
}

long
getRange(const char *arg, int flags, long lowest, long highest, const char *name)
{
    char *end;
    long num;

    if (flags & GN_NONNEG)
        lowest = max(lowest, 0);
    if (flags & GN_GT_0)
        lowest = max(lowest, 1);
    if (arg == NULL)
        arg = "";

    errno = 0;
    num = strtol(arg, &end, baseOf(flags));
    if (end == arg || *end != '\0' || isspace((unsigned char) arg[0]) || errno != 0 || num < lowest || num > highest)
        refuse(arg, baseOf(flags), lowest, highest, name);
    return num;
}

long
getLong(const char *arg, int flags, const char *name)
{
    return getRange(arg, flags, LONG_MIN, LONG_MAX, name);
}

int
getInt(const char *arg, int flags, const char *name)
{
    return (int) getRange(arg, flags, INT_MIN, INT_MAX, name);
}
