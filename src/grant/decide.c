/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this caller launch this, like this?  Pure: the same set and request give
 * the same answer.  Nothing is permitted but at the end of grant_decide, after
 * every ceiling has been compared.
 */
#include "grant/rule.h"

#include <string.h>

/* From the root, and no component is nothing, "." or "..". */
static bool
is_canonical(const char *path)
{
	const char *p = path;

	while (*p == '/') {
		size_t n = strcspn(++p, "/");

		if (n <= 2 && strncmp(p, "..", n) == 0)
			return false;
		p += n;
	}
	return p != path;
}

static bool
has_any(struct wire_reader ids, const uint32_t *v, size_t n)
{
	uint64_t id;

	while (wire_read_u64(&ids, &id))
		for (size_t i = 0; i < n; i++)
			if (id == v[i])
				return true;
	return false;
}

/* All of them and no others: a group may be what keeps a user out. */
static bool
has_all(struct wire_reader ids, const uint32_t *v, size_t n)
{
	uint64_t id;

	for (size_t i = 0; i < n; i++)
		if (!wire_read_u64(&ids, &id) || id != v[i])
			return false;
	return ids.left == 0;
}

/*
 * The flags of the item that fits the text up to its end, of several the
 * longest; -1: none fits.
 */
static int
find(struct wire_reader items, const char *text, const char *end)
{
	struct grant_item item;
	size_t longest = 0, len = strcspn(text, end);
	int found = -1;

	while (grant_next_item(&items, &item)) {
		size_t n = item.len;

		if (n < longest || n > len ||
		    (n < len && (item.number & GRANT_PREFIX) == 0) ||
		    memcmp(text, item.text, n) != 0)
			continue;
		longest = n;
		found = (int)item.number;
	}
	return found;
}

/* What the rule is not for, as far as it goes; its end: it decides. */
static const unsigned whom[] = { GRANT_CALLER_UIDS, GRANT_UID, GRANT_PROGRAMS,
				 GRANT_NONE };

static size_t
match(const struct grant_rule *rule, const struct grant_request *asked,
      int *program)
{
	uint64_t flags = grant_number(rule, GRANT_FLAGS, 0);

	if ((flags & GRANT_EVERYBODY) == 0 &&
	    !has_any(rule->field[GRANT_CALLER_UIDS], &asked->caller_uid, 1) &&
	    !has_any(rule->field[GRANT_CALLER_GIDS], asked->caller_gids,
		     asked->n_caller_gids))
		return 0;
	if (grant_number(rule, GRANT_UID, UINT64_MAX) != asked->uid)
		return 1;
	if (asked->signal)
		return (flags & GRANT_SIGNAL) != 0 ? 3 : 2;
	if (grant_number(rule, GRANT_GID, UINT64_MAX) != asked->gid)
		return 1;
	*program = find(rule->field[GRANT_PROGRAMS], asked->path, "");
	return *program < 0 ? 2 : 3;
}

/* What exceeds the rule, of what is not a number; GRANT_NONE: nothing. */
static unsigned
names_exceed(const struct grant_rule *rule, const struct grant_request *asked,
	     size_t *index)
{
	if (!has_all(rule->field[GRANT_GROUPS], asked->groups, asked->n_groups))
		return GRANT_GROUPS;
	if (rule->field[GRANT_FLOORS].left > 0 && !asked->filtered)
		return GRANT_FLOORS;
	if (asked->chroot != NULL &&
	    find(rule->field[GRANT_CHROOTS], asked->chroot, "") < 0)
		return GRANT_CHROOTS;
	for (*index = 0; *index < asked->n_env; ++*index) {
		const char *env = asked->env[*index];

		if (strchr(env, '=') == NULL ||
		    find(rule->field[GRANT_ENV], env, "=") < 0)
			return GRANT_ENV;
	}
	return GRANT_NONE;
}

/* The same of numbers; flags and capabilities are sets. */
static unsigned
numbers_exceed(const struct grant_request *asked, struct grant_answer *out)
{
	for (unsigned i = GRANT_FLAGS; i < GRANT_FIELDS; i++) {
		bool is_set = i <= GRANT_CAPABILITIES;

		out->allowed = grant_number(&out->rule, i, asked->own[i]);
		out->asked = asked->asked[i] & ~(is_set ? out->allowed : 0);
		if (out->asked > (is_set ? 0 : out->allowed))
			return i;
	}
	return GRANT_NONE;
}

int
grant_decide(const struct grant_set *set, const struct grant_request *asked,
	     struct grant_answer *out)
{
	struct wire_reader rules = set->rules;
	size_t far, farthest = 0;
	int program = 0;

	memset(out, 0, sizeof(*out));
	out->verdict = GRANT_DENY;
	out->field = GRANT_PROGRAMS;
	if (!asked->signal &&
	    (asked->path == NULL || !is_canonical(asked->path)))
		return out->verdict;
	while (farthest < 3 && grant_next_rule(&rules, &out->rule)) {
		far = match(&out->rule, asked, &program);
		farthest = far > farthest ? far : farthest;
	}
	out->field = whom[farthest];
	out->has_rule = farthest == 3;
	if (out->has_rule && !asked->signal) {
		out->field = names_exceed(&out->rule, asked, &out->index);
		if (asked->script && (program & GRANT_SCRIPTS) == 0)
			out->field = GRANT_PROGRAMS;
		if (out->field == GRANT_NONE)
			out->field = numbers_exceed(asked, out);
	}
	if (out->has_rule && out->field == GRANT_NONE)
		out->verdict = GRANT_PERMIT;
	return out->verdict;
}
