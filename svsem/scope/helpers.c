/* helpers.c - see helpers.h */

#include <time.h>

#include "helpers.h"

void *
allocate(size_t count, size_t size)
{
    void *memory = calloc(max(count, 1), size);

    if (memory == NULL)
        errExit("calloc");
    return memory;
}

char *
copyOf(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(allocate(size, 1), text, size);
}

/* Room is doubled when the count is 0, 1, 2, 4, 8 ... */
void *
room(void *array, int count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    array = realloc(array, (size_t) max(2 * count, 1) * size);
    if (array == NULL)
        errExit("realloc");
    return array;
}

double
readSeconds(const char *text, const char *name, double most)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= 0.001 && value <= most))
        cmdLineErr("%s must be a number of seconds from 0.001 to %g, not \"%s\"\n", name, most,
                   text);
    return value * patience();
}

double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}
