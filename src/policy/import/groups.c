/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups in place of names, where that says the same: never a group with a
 * call in it that is answered otherwise, or only on some architectures.
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
	return call != NULL && call->n == 1 && call->clauses[0].n_atoms == 0 &&
	       call->clauses[0].origin.file == 0;
}

/* One action for all; its label is that of the first. */
static bool
is_uniform(const struct rules *rules, const struct members *members)
{
	uint32_t action = 0;

	for (size_t i = 0; i < members->n; i++) {
		const struct rules_call *call =
		    rules_find(rules, members->v[i]);

		if (!is_plain(call))
			return false;
		if (i > 0 && call->clauses[0].action != action)
			return false;
		action = call->clauses[0].action;
	}
	return members->n >= MEMBERS_MIN;
}

static void
write_one(struct rules *rules, const char *group, const struct members *members,
	  struct buffer *out)
{
	const struct rules_call *call = rules_find(rules, members->v[0]);
	char text[32];

	buffer_add(out, "\n# %s: %s\n%s: %s\n",
		   rules->labels[call->clauses[0].origin.line],
		   calls_group_summary(group), group,
		   policy_action_text(call->clauses[0].action, text));
	for (size_t i = 0; i < members->n; i++)
		rules_clear(rules, members->v[i]);
}

/* The largest group that is left: what it has, smaller ones do not need. */
static int
write_largest(struct rules *rules, struct buffer *out, bool *found)
{
	struct members best = { 0 };
	const char *best_group = NULL, *group;

	for (size_t i = 0; (group = calls_group_at(i)) != NULL; i++) {
		struct members members = { 0 };

		if (strcmp(group, "@known") != 0)
			flatten(rules, group, 0, &members);
		if (members.failed || best.failed) {
			free(members.v);
			free(best.v);
			return -1;
		}
		if (is_uniform(rules, &members) && members.n > best.n) {
			free(best.v);
			best = members;
			best_group = group;
			continue;
		}
		free(members.v);
	}
	*found = best_group != NULL;
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
