/* event_line.h - one event of one process on one line, in one write(). */

#ifndef EVENT_LINE_H
#define EVENT_LINE_H

#include "error_functions.h"

/* Writes "PID: text at HH:MM:SS" to standard output; `format` and what follows give the text (of more than 4000
   characters the end is cut off, and "..." stands there). One write(), after flushing stdout: the line appears at once and
   whole, on a terminal, in a pipe and in a file alike, also while the process goes to sleep in the next call. A write that
   fails ends the program (errExit). */
void eventLine(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
