/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of grants, read with privilege: bytes are believed only when every
 * length, count, tag and number in them has been checked.  Nothing is copied,
 * allocated or repaired; one thing wrong and there are no grants at all.
 */
#include "grant/rule.h"

#include <string.h>

static bool
ids_are_right(struct wire_reader ids)
{
	uint64_t id = 0, least = 0;

	for (; ids.left > 0; least = id + 1)
		if (!wire_read_u64(&ids, &id) || id < least ||
		    id > GRANT_ID_MAX)
			return false;
	return least > 0;
}

bool
grant_next_item(struct wire_reader *items, struct grant_item *out)
{
	return wire_read_u64(items, &out->number) &&
	       wire_read_bytes(items, GRANT_TEXT_MAX, &out->text, &out->len) &&
	       wire_read_bytes(items, GRANT_FILTER_MAX, &out->data,
			       &out->data_len);
}

/* Below a directory is what goes on after its slash. */
static bool
items_are_right(unsigned field, struct wire_reader items)
{
	struct grant_item item;
	size_t n = 0;

	for (; items.left > 0; n++) {
		if (!grant_next_item(&items, &item) || item.len == 0 ||
		    item.number > GRANT_ITEM_ALL || item.data_len % 8 != 0 ||
		    (field == GRANT_FLOORS) != (item.data_len > 0))
			return false;
		if (field == GRANT_PROGRAMS &&
		    (item.text[item.len - 1] == '/') !=
			((item.number & GRANT_PREFIX) != 0))
			return false;
	}
	return n > 0 && (field != GRANT_FLOORS || n <= GRANT_FLOORS_MAX);
}

static bool
field_is_right(unsigned field, struct wire_reader bytes)
{
	if (field == GRANT_FILE)
		return true;
	if (field < GRANT_PROGRAMS)
		return ids_are_right(bytes);
	if (field < GRANT_LINE)
		return items_are_right(field, bytes);
	return bytes.left == WIRE_U64;
}

/* It says as whom; and as root, or in its group, only by the word for it. */
static bool
target_is_right(const struct grant_rule *rule)
{
	uint64_t uid = grant_number(rule, GRANT_UID, UINT64_MAX);
	uint64_t gid = grant_number(rule, GRANT_GID, UINT64_MAX);
	uint64_t group = grant_number(rule, GRANT_GROUPS, GRANT_ID_MAX);
	uint64_t flags = grant_number(rule, GRANT_FLAGS, 0);

	if (uid > GRANT_ID_MAX || gid > GRANT_ID_MAX || flags > GRANT_FLAGS_ALL)
		return false;
	return (uid > 0 && gid > 0 && group > 0) || (flags & GRANT_ROOT) != 0;
}

bool
grant_next_rule(struct wire_reader *rules, struct grant_rule *out)
{
	uint64_t tag, least = GRANT_FILE;
	struct wire_reader r;

	memset(out, 0, sizeof(*out));
	if (!wire_read_bytes(rules, GRANT_SIZE_MAX, &r.data, &r.left))
		return false;
	for (; r.left > 0; least = tag + 1)
		if (!wire_read_u64(&r, &tag) || tag < least ||
		    tag >= GRANT_FIELDS ||
		    !wire_read_bytes(&r, GRANT_SIZE_MAX, &out->field[tag].data,
				     &out->field[tag].left) ||
		    !field_is_right((unsigned)tag, out->field[tag]))
			return false;
	return target_is_right(out);
}

bool
grant_take(const uint8_t *data, size_t len, struct grant_set *out)
{
	const uint64_t head[] = { GRANT_MAGIC, GRANT_VERSION, len };
	struct wire_reader r = { data, len };
	struct grant_set set;
	struct grant_rule rule;
	uint64_t n;

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (!wire_read_u64(&r, &n) || n != head[i])
			return false;
	if (!wire_read_u64(&r, &n) || n > GRANT_RULES_MAX)
		return false;
	set = (struct grant_set){ r, (size_t)n };
	while (n-- > 0)
		if (!grant_next_rule(&r, &rule))
			return false;
	if (r.left > 0 || len > GRANT_SIZE_MAX)
		return false;
	*out = set;
	return true;
}
