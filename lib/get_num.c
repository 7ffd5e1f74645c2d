/* get_num.c - see get_num.h */

#include <ctype.h>
#include <limits.h>

#include "get_num.h"
#include "tlpi_hdr.h"

/* As a user of that base writes it. */
static const char *
inBase(int base, long num, char text[32])
{
    static const char *const formats[] = { "%s%lu", "%s%lo", "%s%lx" };

    snprintf(text, 32, formats[base / 8], num < 0 ? "-" : "",
             num < 0 ? 0 - (unsigned long) num : (unsigned long) num);
    return text;
}

long
getRange(const char *arg, int flags, long lowest, long highest,
         const char *name)
{
    static const char *const kinds[] = { "a whole", "an octal",
                                         "a hexadecimal" };
    int base = flags & GN_BASE_8 ? 8 : flags & GN_BASE_16 ? 16 : 0;
    char *end, from[32], to[32];
    long num;

    if (flags & GN_NONNEG)
        lowest = max(lowest, 0);
    if (flags & GN_GT_0)
        lowest = max(lowest, 1);
    errno = 0;
    num = strtol(arg, &end, base == 0 && !(flags & GN_ANY_BASE) ? 10 : base);
    if (end != arg && *end == '\0' && !isspace((unsigned char) arg[0]) &&
        errno == 0 && num >= lowest && num <= highest)
        return num;
    fflush(stdout);
    fprintf(stderr, "ERROR: %s must be %s number from %s to %s, not \"%s\"\n",
            name != NULL ? name : "argument", kinds[base / 8],
            inBase(base, lowest, from), inBase(base, highest, to), arg);
    exit(2);
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
