/* SPDX-License-Identifier: Apache-2.0 */
/* The end of reading: slots become rules, and what was in vain is remarked. */
#include "policy/text/reader.h"

#include <stdlib.h>

static struct policy_origin
origin_of(const struct setting *setting)
{
	if (!setting->is_set)
		return (struct policy_origin){ 0 };
	return (struct policy_origin){ setting->at.source->file,
				       setting->at.line };
}

static void
set_defaults(const struct reader *r, struct policy_arch *arch)
{
	const struct setting *unknown =
	    r->unknown.is_set ? &r->unknown : &r->standard;

	if (r->standard.is_set)
		arch->default_action = r->standard.action;
	arch->default_origin = origin_of(&r->standard);
	if (unknown->is_set)
		arch->unknown_action = unknown->action;
	arch->unknown_origin = origin_of(unknown);
}

/* Would the call get the same if the last statement about it were not there? */
static bool
is_redundant(const struct reader *r, const struct policy_arch *arch,
	     const struct slot *slot)
{
	bool known = slot->n > 1 || calls_name(arch->calls, slot->nr) != NULL;
	uint32_t otherwise =
	    known ? arch->default_action : arch->unknown_action;

	if (slot->n == 0 || slot->overrides ||
	    !r->records[slot->owner - 1].plain)
		return false;
	return slot->clauses[slot->n - 1].action == otherwise;
}

static void
warn_redundant(struct reader *r)
{
	for (size_t i = 0; i < r->n_records; i++) {
		const struct text_record *record = &r->records[i];

		if (record->applied > 0 && record->applied == record->redundant)
			text_warn(r, &record->at,
				  "without this rule the answer would be the "
				  "same: it is the default");
	}
}

/* Numbers without a name and without clauses would lose @unknown. */
static bool
is_rule(const struct policy_arch *arch, const struct slot *slot)
{
	return slot->n > 0 || calls_name(arch->calls, slot->nr) != NULL;
}

static int
add_rule(struct reader *r, struct policy_arch *arch, struct slot *slot)
{
	struct policy_rule *rule;

	if (!is_rule(arch, slot))
		return 0;
	rule = policy_add_rule(arch, slot->nr);
	if (rule == NULL)
		return text_no_memory(r);
	rule->weight = slot->weight;
	rule->clauses = slot->clauses;
	rule->n_clauses = slot->n;
	slot->clauses = NULL;
	slot->n = slot->room = 0;
	return 0;
}

int
text_finish_policy(struct reader *r)
{
	int result = 0;

	for (size_t a = 0; a < r->policy->n_archs; a++) {
		struct policy_arch *arch = &r->policy->archs[a];
		struct slots *slots = &r->slots[a];

		set_defaults(r, arch);
		for (size_t i = 0; result == 0 && i < slots->n; i++) {
			if (is_redundant(r, arch, &slots->v[i]))
				r->records[slots->v[i].owner - 1].redundant++;
			result = add_rule(r, arch, &slots->v[i]);
		}
	}
	if (result == 0)
		warn_redundant(r);
	return result;
}
