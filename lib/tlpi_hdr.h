/* tlpi_hdr.h - what every program of this suite, and every listing of TLPI's chapters 45 to 48, includes. Source: TLPI 3.5.2 */

#ifndef TLPI_HDR_H
#define TLPI_HDR_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "error_functions.h"
#include "get_num.h"

#undef FALSE
#undef TRUE
typedef enum { FALSE, TRUE } Boolean;

/* The smaller and the larger of two values; each argument may be evaluated twice. */
#ifndef min
#define min(m, n) ((m) < (n) ? (m) : (n))
#endif
#ifndef max
#define max(m, n) ((m) > (n) ? (m) : (n))
#endif

#endif
