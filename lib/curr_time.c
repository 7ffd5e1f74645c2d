#include <time.h>

#include "curr_time.h"
#include "tlpi_hdr.h"

char *
currTime(const char *format)
{
    static char text[1001];
    time_t now = time(NULL);
    struct tm *tm = localtime(&now);

    if (tm == NULL ||
        strftime(text, sizeof(text), format != NULL ? format : "%c", tm) == 0)
        return NULL;
    return text;
}
