/* SPDX-License-Identifier: Apache-2.0 */
/* How the broken build is told to break: see broken.c. */
#ifndef BROKEN_BROKEN_H
#define BROKEN_BROKEN_H

#include <stdbool.h>

/* Does the recipe have this word, or "word:...,number,..."? */
bool broken_says(const char *word);
bool broken_lists(const char *word, long number);

/* A system call out of this file. */
long broken_call(const char *file, long nr, long a[6]);

#endif
