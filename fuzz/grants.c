/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the file of grants.  The promises that are kept for every
 * input: nothing outside of it is read; what is taken can be walked to its
 * end, and is byte for byte what would be put for the rules that it has.
 */
#include "target.h"

#include "grant/draft.h"

#include <stdlib.h>
#include <string.h>

/* A text with a NUL in it cannot be put; no name or path has one. */
static char *
copy_text(const uint8_t *text, size_t len, bool *can_put)
{
	char *copy = malloc(len + 1);

	PROMISE(copy != NULL);
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	*can_put = *can_put && strlen(copy) == len;
	return copy;
}

static void
copy_ids(const struct grant_rule *rule, unsigned field,
	 struct grant_draft_ids *out)
{
	struct wire_reader ids = rule->field[field];
	uint64_t id, last = 0;

	while (wire_read_u64(&ids, &id)) {
		PROMISE(id <= GRANT_ID_MAX && (out->n == 0 || id > last));
		PROMISE(grant_draft_add_id(out, (uint32_t)id) == 1);
		last = id;
	}
	PROMISE(ids.left == 0);
}

static void
copy_items(const struct grant_rule *rule, unsigned field,
	   struct grant_draft_items *out, bool *can_put)
{
	struct wire_reader items = rule->field[field];
	struct grant_item item;

	while (items.left > 0) {
		struct grant_draft_item copy = { 0 };

		PROMISE(grant_next_item(&items, &item));
		PROMISE(item.len > 0 && item.number <= GRANT_ITEM_ALL);
		PROMISE((item.data_len > 0) == (field == GRANT_FLOORS));
		copy.text = copy_text(item.text, item.len, can_put);
		copy.number = item.number;
		copy.data_len = item.data_len;
		if (item.data_len > 0) {
			copy.data = malloc(item.data_len);
			PROMISE(copy.data != NULL);
			memcpy(copy.data, item.data, item.data_len);
		}
		PROMISE(grant_draft_add_item(out, &copy) == 0);
		free(copy.text);
	}
}

static void
copy_rule(const struct grant_rule *rule, struct grant_draft *out, bool *can_put)
{
	const struct wire_reader *file = &rule->field[GRANT_FILE];

	*can_put = *can_put && file->data != NULL;
	out->file = copy_text(file->data, file->left, can_put);
	for (unsigned i = GRANT_CALLER_UIDS; i < GRANT_PROGRAMS; i++)
		copy_ids(rule, i, grant_draft_ids(out, i));
	for (unsigned i = GRANT_PROGRAMS; i < GRANT_LINE; i++)
		copy_items(rule, i, grant_draft_items(out, i), can_put);
	for (unsigned i = GRANT_LINE; i < GRANT_FIELDS; i++)
		if (rule->field[i].data != NULL) {
			PROMISE(rule->field[i].left == WIRE_U64);
			grant_draft_set(out, i, grant_number(rule, i, 0));
		}
	PROMISE(out->has[GRANT_UID] && out->has[GRANT_GID]);
	PROMISE((out->number[GRANT_FLAGS] & GRANT_ROOT) != 0 ||
		(out->number[GRANT_UID] != 0 && out->number[GRANT_GID] != 0));
}

static void
check_taken(const struct grant_set *set, const uint8_t *data, size_t size)
{
	struct grant_draft *drafts = calloc(set->n + 1, sizeof(*drafts));
	struct wire_reader rules = set->rules;
	struct grant_rule rule;
	bool can_put = true;
	uint8_t *bytes = NULL;
	size_t len = 0;

	PROMISE(drafts != NULL);
	for (size_t i = 0; i < set->n; i++) {
		PROMISE(grant_next_rule(&rules, &rule));
		copy_rule(&rule, &drafts[i], &can_put);
	}
	PROMISE(rules.left == 0 && !grant_next_rule(&rules, &rule));
	if (can_put) {
		PROMISE(grant_put(drafts, set->n, &bytes, &len, NULL) == 0);
		PROMISE(len == size && memcmp(bytes, data, len) == 0);
		free(bytes);
	}
	for (size_t i = 0; i < set->n; i++)
		grant_draft_done(&drafts[i]);
	free(drafts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant_set set = { .n = 4711 };
	/* Of exactly this size, so that a byte too many is seen. */
	uint8_t *copy = malloc(size > 0 ? size : 1);

	PROMISE(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	if (grant_take(copy, size, &set))
		check_taken(&set, copy, size);
	else
		PROMISE(set.n == 4711);
	free(copy);
	return 0;
}
