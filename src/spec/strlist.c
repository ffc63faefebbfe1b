/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of strings, and maps made of two.  Pure memory: knows nothing of what
 * the strings mean, and reports nothing but that memory is out.
 */
#include "spec/strlist.h"

#include "spec/edit.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 4

/*
 * The slots follow from n, so that the list needs no capacity of its own:
 * they grow whenever n + 1 (the terminator counts) reaches a power of two.
 */
static int
reserve_one(struct spec_strings *list)
{
	size_t used = list->n + 1, slots;
	char **v;

	if (list->v != NULL && (used < SLOTS_MIN || (used & list->n) != 0))
		return 0;
	slots = used < SLOTS_MIN ? SLOTS_MIN : used * 2;
	v = realloc(list->v, slots * sizeof(*v));
	if (v == NULL)
		return -1;
	list->v = v;
	list->v[list->n] = NULL;
	return 0;
}

int
strlist_init_empty(struct spec_strings *list)
{
	struct spec_strings empty = { NULL, 0 };

	if (reserve_one(&empty) < 0)
		return -1;
	*list = empty;
	return 0;
}

int
strlist_push(struct spec_strings *list, const char *text)
{
	if (reserve_one(list) < 0 ||
	    edit_text(&list->v[list->n], text, "text", NULL) < 0)
		return -1;
	list->v[++list->n] = NULL;
	return 0;
}

size_t
strlist_find(const struct spec_strings *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], text) == 0)
			return i;
	return STRLIST_NONE;
}

void
strlist_remove(struct spec_strings *list, size_t index)
{
	free(list->v[index]);
	memmove(&list->v[index], &list->v[index + 1],
		(list->n - index) * sizeof(*list->v));
	list->n--;
}

void
strlist_done(struct spec_strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	list->v = NULL;
	list->n = 0;
}

int
strlist_map_push(struct spec_strings *keys, struct spec_strings *values,
		 const char *key, const char *value)
{
	if (strlist_push(keys, key) < 0)
		return -1;
	if (strlist_push(values, value) < 0) {
		strlist_remove(keys, keys->n - 1);
		return -1;
	}
	return 0;
}

int
strlist_map_set(struct spec_strings *keys, struct spec_strings *values,
		const char *key, const char *value)
{
	size_t at = strlist_find(keys, key);

	if (at == STRLIST_NONE)
		return strlist_map_push(keys, values, key, value);
	return edit_text(&values->v[at], value, "value", NULL) < 0 ? -1 : 0;
}
