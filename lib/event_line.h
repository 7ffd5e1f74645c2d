/* event_line.h - one event of one process on one line, in one write(). */

#pragma once

#include "error_functions.h"

/* Writes "PID: text at HH:MM:SS" to standard output. A text of more than 4000
   characters ends in "...". One write(), after flushing stdout: the line
   appears at once and whole, on a terminal, in a pipe and in a file alike. A
   write that fails ends the program (errExit). */
void eventLine(const char *format, ...) PRINTF_LIKE(1, 2);
