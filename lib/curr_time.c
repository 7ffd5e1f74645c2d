#include <time.h>

#include "curr_time.h"
#include "tlpi_hdr.h"

char *
currTime(const char *format)
{
    static char text[1001];
    struct tm *tm = localtime(&(time_t){ time(NULL) });

    if (format == NULL)
        format = "%c";
    return tm != NULL && strftime(text, sizeof(text), format, tm) ? text : NULL;
}
