/* curr_time.h - the time of day as text. Source: TLPI 10.2 */

#pragma once

/* The local time now, by a strftime(3) `format` (NULL: "%c"), such as "%T" for
   10:19:42. Returns a static buffer that the next call overwrites, or NULL when
   the text is empty or longer than 1000 characters. */
char *currTime(const char *format);
