/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decided, taken in and compared, wrongly: by the linker's --wrap.
 */
#include "broken.h"

#include "grant/rule.h"
#include "plan/take.h"

#include <string.h>

#define HEADER (4 * WIRE_U64) /* of a file of grants */

int __real_grant_decide(const struct grant_set *set,
			const struct grant_request *asked,
			struct grant_answer *out);
int __wrap_grant_decide(const struct grant_set *set,
			const struct grant_request *asked,
			struct grant_answer *out);

/* Any rule that permits will do, not only the first for caller and target. */
static int
decide_any(const struct grant_set *set, const struct grant_request *asked,
	   struct grant_answer *out)
{
	struct grant_set rest = *set;
	struct grant_rule rule;

	while (__real_grant_decide(&rest, asked, out) != GRANT_PERMIT &&
	       grant_next_rule(&rest.rules, &rule))
		continue;
	return out->verdict;
}

int
__wrap_grant_decide(const struct grant_set *set,
		    const struct grant_request *asked, struct grant_answer *out)
{
	struct grant_request request = *asked;

	if (broken_says("effective-caller"))
		request.caller_uid = 0;
	if (broken_says("any-rule"))
		(void)decide_any(set, &request, out);
	else
		(void)__real_grant_decide(set, &request, out);
	if (broken_lists("overlook", out->field))
		out->verdict = GRANT_PERMIT;
	for (int bit = 0; bit < 32; bit++)
		if (broken_lists("flip", bit))
			out->verdict ^= (int)(1u << bit);
	if (broken_says("boolean") && out->verdict != GRANT_DENY)
		out->verdict = GRANT_PERMIT;
	return out->verdict;
}

bool __real_grant_next_item(struct wire_reader *items, struct grant_item *out);
bool __wrap_grant_next_item(struct wire_reader *items, struct grant_item *out);

bool
__wrap_grant_next_item(struct wire_reader *items, struct grant_item *out)
{
	bool is = __real_grant_next_item(items, out);

	if (is && broken_says("prefix"))
		out->number |= GRANT_PREFIX;
	if (is && broken_says("glob") && memchr(out->text, '*', out->len)) {
		out->number |= GRANT_PREFIX;
		out->len = strcspn((const char *)out->text, "*");
	}
	return is;
}

bool __real_grant_take(const uint8_t *data, size_t len, struct grant_set *out);
bool __wrap_grant_take(const uint8_t *data, size_t len, struct grant_set *out);

/* The header says what the rules are that are whole. */
static bool
take_whole_rules(uint8_t *data, size_t len, struct grant_set *out)
{
	const uint8_t *rule;
	size_t n, end = HEADER;
	uint64_t count = 0;
	struct wire_reader r;

	if (len < HEADER)
		return false;
	for (r = (struct wire_reader){ data + HEADER, len - HEADER };
	     wire_read_bytes(&r, len, &rule, &n); count++)
		end = len - r.left;
	wire_put_u64(data + 2 * WIRE_U64, end);
	wire_put_u64(data + 3 * WIRE_U64, count);
	return __real_grant_take(data, end, out);
}

/* What cannot be understood at the end is ignored. */
bool
__wrap_grant_take(const uint8_t *data, size_t len, struct grant_set *out)
{
	return __real_grant_take(data, len, out) ||
	       (broken_says("partial") &&
		take_whole_rules((uint8_t *)(uintptr_t)data, len, out));
}

enum plan_part __real_plan_take(const struct plan_input *in,
				struct plan_memory *memory, struct plan *out);
enum plan_part __wrap_plan_take(const struct plan_input *in,
				struct plan_memory *memory, struct plan *out);

/* An id that is out of range is cut down to 32 bits. */
enum plan_part
__wrap_plan_take(const struct plan_input *in, struct plan_memory *memory,
		 struct plan *out)
{
	enum plan_part part = __real_plan_take(in, memory, out);
	uint64_t id;

	if (!broken_says("any-id") || (part != PLAN_UID && part != PLAN_GID))
		return part;
	id = wire_get_u64(in->data + WIRE_U64 * part);
	wire_put_u64((uint8_t *)(uintptr_t)in->data + WIRE_U64 * part, 0);
	if (__wrap_plan_take(in, memory, out) != PLAN_TAKEN)
		return part;
	if (part == PLAN_UID)
		out->uid = (uint32_t)id;
	else
		out->gid = (uint32_t)id;
	return PLAN_TAKEN;
}
