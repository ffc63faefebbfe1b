/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups in place of names, where that says the same: all calls of a group
 * have the same action in the end.  Those that have conditions before it keep
 * a line of their own, which counts more than the group's.
 */
#include "policy/import/groups.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS_MIN 3 /* below that names say more */

/* The names of a group, with those of its groups. */
struct members {
	const char **v; /* heap */
	size_t n, room;
	bool failed;
};

static void
add_member(struct members *members, const char *name)
{
	size_t room = members->room == 0 ? 64 : 2 * members->room;
	const char **v;

	if (members->n == members->room) {
		v = reallocarray(members->v, room, sizeof(*v));
		if (v == NULL) {
			members->failed = true;
			return;
		}
		members->v = v;
		members->room = room;
	}
	members->v[members->n++] = name;
}

/* Groups do not contain themselves: the tables are made from files without. */
static void
flatten(const struct rules *rules, const char *group, unsigned depth,
	struct members *out)
{
	const char *const *v = calls_group(group);

	for (; v != NULL && *v != NULL && depth < 8; v++) {
		if ((*v)[0] == '@')
			flatten(rules, *v, depth + 1, out);
		else if (rules_has(rules, *v))
			add_member(out, *v);
	}
}

static bool
is_plain(const struct rules_call *call)
{
	return call->n == 1 && call->clauses[0].n_atoms == 0;
}

/* The clause that a call comes to in the end; NULL: not for all arguments. */
static const struct policy_clause *
find_last(const struct rules *rules, const char *name)
{
	const struct rules_call *call = rules_find(rules, name);
	const struct policy_clause *last;

	if (call == NULL || call->n == 0)
		return NULL;
	last = &call->clauses[call->n - 1];
	return last->n_atoms == 0 && last->origin.file == 0 ? last : NULL;
}

/* How many calls are answered by their group's line alone; 0: it says other. */
static size_t
count_plain(const struct rules *rules, const struct members *members)
{
	uint32_t action = 0;
	size_t n = 0;

	for (size_t i = 0; i < members->n; i++) {
		const struct policy_clause *last =
		    find_last(rules, members->v[i]);

		if (last == NULL || (i > 0 && last->action != action))
			return 0;
		action = last->action;
		n += is_plain(rules_find(rules, members->v[i]));
	}
	return action == rules->default_action ? 0 : n;
}

static void
write_one(struct rules *rules, const char *group, const struct members *members,
	  struct buffer *out)
{
	const struct policy_clause *last = find_last(rules, members->v[0]);
	char text[32];

	buffer_add(out, "\n# %s: %s\n%s: %s\n",
		   rules->labels[last->origin.line], calls_group_summary(group),
		   group, policy_action_text(last->action, text));
	for (size_t i = 0; i < members->n; i++) {
		const struct rules_call *call =
		    rules_find(rules, members->v[i]);

		if (call->n > 0 && is_plain(call))
			rules_clear(rules, members->v[i]);
	}
}

/* The largest group that is left: what it has, smaller ones do not need. */
static int
write_largest(struct rules *rules, struct buffer *out, bool *found)
{
	struct members best = { 0 };
	const char *best_group = NULL, *group;
	size_t best_n = MEMBERS_MIN - 1;

	for (size_t i = 0; (group = calls_group_at(i)) != NULL; i++) {
		struct members members = { 0 };

		if (strcmp(group, "@known") != 0)
			flatten(rules, group, 0, &members);
		if (members.failed || best.failed) {
			free(members.v);
			free(best.v);
			return -1;
		}
		if (count_plain(rules, &members) > best_n) {
			best_n = count_plain(rules, &members);
			free(best.v);
			best = members;
			best_group = group;
			continue;
		}
		free(members.v);
	}
	*found = best_group != NULL && best.v != NULL;
	if (*found)
		write_one(rules, best_group, &best, out);
	free(best.v);
	return 0;
}

int
groups_write(struct rules *rules, struct buffer *out)
{
	bool found;
	int r;

	do
		r = write_largest(rules, out, &found);
	while (r == 0 && found);
	return r;
}
