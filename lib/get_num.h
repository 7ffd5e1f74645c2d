/* get_num.h - numbers from the command line: the whole string or an error,
   never a guess. Source: TLPI 3.5.3 */

#pragma once

#define GN_NONNEG 01 /* at least 0 */
#define GN_GT_0 02   /* at least 1 */

/* Decimal, unless one of these says otherwise. */
#define GN_ANY_BASE 0100 /* as in C: 0x for 16, a leading 0 for 8, else 10 */
#define GN_BASE_8 0200   /* octal, at least 0 */
#define GN_BASE_16 0400  /* hexadecimal, with or without 0x, at least 0 */

/* The number that all of `arg` stands for. `flags` is 0 or GN_ values joined by
   |; `name` tells which argument is meant (NULL: "argument"). Anything else
   (also blanks, or a number out of range) is misuse: one line that names the
   argument, the range and the text, and exit(2) (TLPI's exit 1). The range is a
   long's, or an int's, cut by GN_NONNEG or GN_GT_0. Source: strtol(3) */
long getLong(const char *arg, int flags, const char *name);
int getInt(const char *arg, int flags, const char *name);

/* Beyond the book: the same for a range of the caller's, inclusive. */
long getRange(const char *arg, int flags, long lowest, long highest,
              const char *name);

/* N of SVSEM_PATIENCE=N in the environment, 1 ... 100 (1): each deadline is N
   times as long, for slow machines. Another value is misuse. */
int patience(void);
