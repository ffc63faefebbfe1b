/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in the making: lists that grow, and what belongs to a rule's end. */
#include "grant/draft.h"

#include <stdlib.h>
#include <string.h>

void
grant_draft_done(struct grant_draft *draft)
{
	for (size_t i = 0; i < GRANT_IDS; i++)
		free(draft->ids[i].v);
	for (size_t i = 0; i < GRANT_ITEMS; i++) {
		struct grant_draft_items *items = &draft->items[i];

		for (size_t n = 0; n < items->n; n++) {
			free(items->v[n].text);
			free(items->v[n].data);
		}
		free(items->v);
	}
	free(draft->file);
	*draft = (struct grant_draft){ 0 };
}

int
grant_draft_add_id(struct grant_draft_ids *ids, uint32_t id)
{
	uint32_t *v;
	size_t at = ids->n;

	while (at > 0 && ids->v[at - 1] >= id)
		at--;
	if (at < ids->n && ids->v[at] == id)
		return 0;
	v = reallocarray(ids->v, ids->n + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	ids->v = v;
	memmove(v + at + 1, v + at, (ids->n - at) * sizeof(*v));
	v[at] = id;
	ids->n++;
	return 1;
}

int
grant_draft_add_item(struct grant_draft_items *items,
		     const struct grant_draft_item *item)
{
	struct grant_draft_item *v =
	    reallocarray(items->v, items->n + 1, sizeof(*v));
	char *text = strdup(item->text);

	if (v != NULL)
		items->v = v;
	if (v == NULL || text == NULL) {
		free(text);
		free(item->data);
		return -1;
	}
	v[items->n] = *item;
	v[items->n++].text = text;
	return 0;
}

const struct grant_draft_item *
grant_draft_find(const struct grant_draft_items *items, const char *text)
{
	for (size_t i = 0; i < items->n; i++)
		if (strcmp(items->v[i].text, text) == 0)
			return &items->v[i];
	return NULL;
}
