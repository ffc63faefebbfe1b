/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the kernel writes in /proc. */
#ifndef CLI_PROC_H
#define CLI_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* The whole file, terminated; NULL: cannot.  free() it. */
char *proc_read(const char *path);

/* Blanks, an optional minus and digits; *p moves behind them. */
bool proc_number(const char **p, int64_t *out);

/* Field n (from 1, as in proc(5); 4 or more) of the text of a stat file. */
bool proc_stat_field(const char *stat, unsigned n, int64_t *out);

#endif
