#include <time.h>

#include "curr_time.h"
#include "tlpi_hdr.h"

char *
currTime(const char *format)
{
    static char text[1001];
    struct tm *tm = localtime(&(time_t){ time(NULL) });

    if (tm != NULL && strftime(text, sizeof(text), format ? format : "%c", tm))
        return text;
    return NULL;
}
