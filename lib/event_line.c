#include <stdarg.h>

#include "curr_time.h"
#include "event_line.h"
#include "tlpi_hdr.h"

void
eventLine(const char *format, ...)
{
    char text[4001], line[4096]; /* a pipe keeps 4096 bytes together */
    char *rest = line;
    va_list ap;
    ssize_t n;

    va_start(ap, format);
    if (vsnprintf(text, sizeof(text), format, ap) >= (int) sizeof(text))
        memcpy(text + sizeof(text) - sizeof("..."), "...", sizeof("..."));
    va_end(ap);
    snprintf(line, sizeof(line), "%ld: %s at %s\n", (long) getpid(), text,
             currTime("%T"));
    fflush(stdout);
    while (*rest != '\0') { /* a disk that fills up takes a part of the line */
        n = write(STDOUT_FILENO, rest, strlen(rest));
        if (n == -1 && errno != EINTR)
            errExit("write(standard output)");
        rest += max(n, 0);
    }
}
