/* tlpi_hdr.h - what every program of this suite, and every listing of TLPI's
   chapters 45 to 48, includes. Source: TLPI 3.5.2 */

#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "error_functions.h"
#include "get_num.h"

typedef enum { FALSE, TRUE } Boolean;

/* The smaller, the larger of two values; each may be evaluated twice. */
#define min(m, n) ((m) < (n) ? (m) : (n))
#define max(m, n) ((m) > (n) ? (m) : (n))
