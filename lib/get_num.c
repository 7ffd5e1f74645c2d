#include <ctype.h>
#include <limits.h>

#include "get_num.h"
#include "tlpi_hdr.h"

long
getRange(const char *arg, int flags, long lowest, long highest,
         const char *name)
{
    int base = flags & GN_BASE_8 ? 8 : flags & GN_BASE_16 ? 16 : 0;
    char *end;
    long num;

    if (base != 0 || (flags & (GN_NONNEG | GN_GT_0)))
        lowest = max(lowest, flags & GN_GT_0 ? 1 : 0);
    errno = 0;
    num = strtol(arg, &end, base == 0 && !(flags & GN_ANY_BASE) ? 10 : base);
    if (end != arg && *end == '\0' && !isspace((unsigned char) arg[0]) &&
        errno == 0 && num >= lowest && num <= highest)
        return num;
    fflush(stdout);
    fprintf(stderr, "ERROR: %s must be ", name != NULL ? name : "argument");
    fprintf(stderr,
            base == 8    ? "an octal number from %lo to %lo"
            : base == 16 ? "a hexadecimal number from %lx to %lx"
                         : "a whole number from %ld to %ld",
            lowest, highest);
    fprintf(stderr, ", not \"%s\"\n", arg);
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

int
patience(void)
{
    const char *n = getenv("SVSEM_PATIENCE");

    return n == NULL ? 1 : (int) getRange(n, 0, 1, 100, "SVSEM_PATIENCE");
}
