/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that fail when a test says so.  The program is linked with
 * -Wl,--wrap= for malloc, calloc, realloc, reallocarray, strdup and strndup.
 */
#ifndef SUPPORT_NO_MEMORY_H
#define SUPPORT_NO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Allocations that succeed before one fails; negative: none fails. */
extern long no_memory_after;
/* One has failed. */
extern bool no_memory_failed;

/* Counts one allocation: is it the one that fails?  errno is ENOMEM then. */
bool no_memory_now(void);

/* What the linker puts in malloc's place, for libraries with hooks. */
void *__wrap_malloc(size_t size);

#endif
