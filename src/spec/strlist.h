/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of strings that own what they hold. */
#ifndef SPEC_STRLIST_H
#define SPEC_STRLIST_H

#include "spec/spec.h"

#define STRLIST_NONE ((size_t)-1)

/* A copy of text is appended: 0, or -1 when memory is out. */
int strlist_push(struct spec_strings *list, const char *text);

/* An empty list that is there: v is not NULL.  0, or -1 without memory. */
int strlist_init_empty(struct spec_strings *list);

/* The index of text, or STRLIST_NONE. */
size_t strlist_find(const struct spec_strings *list, const char *text);

void strlist_remove(struct spec_strings *list, size_t index);
void strlist_done(struct spec_strings *list);

/*
 * A map in two lists of equal length.  Setting a key again replaces its value;
 * 0, or -1 without memory and with the map unchanged.
 */
int strlist_map_set(struct spec_strings *keys, struct spec_strings *values,
		    const char *key, const char *value);

/* Like strlist_map_set for a key that is known to be new. */
int strlist_map_push(struct spec_strings *keys, struct spec_strings *values,
		     const char *key, const char *value);

#endif
