/* helpers.h - what every part of the scope and of the session engine uses: memory that is there or
   ends the program; seconds. */

#pragma once

#include "tlpi_hdr.h"

/* Memory for `count` elements of `size` bytes each, all zero; never NULL, also for a count of 0.
   Where there is none, the program ends by errExit(). Source: calloc(3) */
void *allocate(size_t count, size_t size);

/* A copy of `text`, for the caller to free. */
char *copyOf(const char *text);

/* Puts an element, which may be a compound literal, at the end of an array of `count` elements.
   Count and array begin as 0 and NULL. The element must not be looked for in the same array. */
#define APPEND(array, count, ...) \
    ((array) = room(array, count, sizeof((array)[0])), (array)[(count)++] = (__VA_ARGS__))

/* For the macro: the array, perhaps moved, with room for one element more. */
void *room(void *array, int count, size_t size);

/* The number, 0.001 ... `most`, that all of `text` stands for. Anything else is misuse of option
   `name`: cmdLineErr(). */
double readSeconds(const char *text, const char *name, double most);

/* Seconds by a clock that nobody sets. Source: clock_gettime(2), CLOCK_MONOTONIC */
double seconds(void);
