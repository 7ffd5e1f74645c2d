/* curr_time.h - the time of day as text. Source: TLPI 10.2 */

#pragma once

/* The local time now, by a strftime(3) `format` (NULL: "%c"), in a static
   buffer; NULL when the text is empty or longer than 1000 characters. */
char *currTime(const char *format);
