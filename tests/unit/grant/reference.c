/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules mean, over drafts, slowly: sets are counted out, paths are cut
 * into components, and every field is judged, whatever came before.  Shares
 * no code with the decision.
 */
#include "random_grants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 8

struct components {
	char text[64];
	const char *v[DEPTH];
	size_t n;
	bool right;
};

static void
split(const char *path, struct components *out)
{
	char *save = NULL;

	*out = (struct components){ .right = path[0] == '/' };
	(void)snprintf(out->text, sizeof(out->text), "%s", path);
	for (char *c = strtok_r(out->text, "/", &save); c != NULL;
	     c = strtok_r(NULL, "/", &save)) {
		if (strcmp(c, ".") == 0 || strcmp(c, "..") == 0)
			out->right = false;
		out->v[out->n++] = c;
	}
}

/* How many components of the program's path the rule's item speaks of; 0: it
 * is about another one. */
static size_t
closeness(const struct grant_draft_item *item, const char *path)
{
	struct components rule, asked;

	split(item->text, &rule);
	split(path, &asked);
	if (rule.n > asked.n)
		return 0;
	for (size_t i = 0; i < rule.n; i++)
		if (strcmp(rule.v[i], asked.v[i]) != 0)
			return 0;
	if (item->text[strlen(item->text) - 1] == '/')
		return asked.n > rule.n ? 2 * rule.n : 0;
	return asked.n == rule.n ? 2 * rule.n + 1 : 0;
}

/* NULL: the rule is not about this program. */
static const struct grant_draft_item *
program_of(const struct grant_draft *draft, const char *path)
{
	const struct grant_draft_items *items = &draft->items[0];
	const struct grant_draft_item *best = NULL;
	struct components asked;

	if (path == NULL)
		return NULL;
	split(path, &asked);
	if (!asked.right || path[strlen(path) - 1] == '/')
		return NULL;
	for (size_t i = 0; i < items->n; i++)
		if (closeness(&items->v[i], path) > 0 &&
		    (best == NULL ||
		     closeness(&items->v[i], path) > closeness(best, path)))
			best = &items->v[i];
	return best;
}

static bool
contains(const struct grant_draft_ids *ids, uint32_t id)
{
	size_t times = 0;

	for (size_t i = 0; i < ids->n; i++)
		times += ids->v[i] == id ? 1 : 0;
	return times == 1;
}

static bool
is_caller(const struct grant_draft *draft, const struct grant_request *asked)
{
	bool is = draft->number[GRANT_FLAGS] % 2 == 1;

	is |= contains(&draft->ids[0], asked->caller_uid);
	for (size_t i = 0; i < asked->n_caller_gids; i++)
		is |= contains(&draft->ids[1], asked->caller_gids[i]);
	return is;
}

static bool
may_have_variable(const struct grant_draft *draft, const char *env)
{
	const struct grant_draft_items *items =
	    &draft->items[GRANT_ENV - GRANT_PROGRAMS];
	char name[32];

	(void)snprintf(name, sizeof(name), "%s", env);
	if (strchr(name, '=') == NULL)
		return false;
	*strchr(name, '=') = '\0';
	for (size_t i = 0; i < items->n; i++) {
		const char *text = items->v[i].text;

		if (strcmp(text, name) == 0)
			return true;
		if ((items->v[i].number & GRANT_PREFIX) != 0 &&
		    strstr(name, text) == name)
			return true;
	}
	return false;
}

static void
judge_names(const struct grant_draft *draft, const struct grant_request *asked,
	    bool exceeds[GRANT_FIELDS])
{
	const struct grant_draft_ids *groups = &draft->ids[2];
	const struct grant_draft_items *chroots =
	    &draft->items[GRANT_CHROOTS - GRANT_PROGRAMS];
	bool there = asked->chroot == NULL;

	exceeds[GRANT_PROGRAMS] =
	    asked->script &&
	    (program_of(draft, asked->path)->number & GRANT_SCRIPTS) == 0;
	exceeds[GRANT_GROUPS] = groups->n != asked->n_groups;
	for (size_t i = 0; i < asked->n_groups; i++)
		exceeds[GRANT_GROUPS] |= !contains(groups, asked->groups[i]);
	exceeds[GRANT_FLOORS] =
	    draft->items[GRANT_FLOORS - GRANT_PROGRAMS].n > 0 &&
	    !asked->filtered;
	for (size_t i = 0; i < asked->n_env; i++)
		exceeds[GRANT_ENV] |= !may_have_variable(draft, asked->env[i]);
	for (size_t i = 0; asked->chroot != NULL && i < chroots->n; i++)
		there |= strcmp(chroots->v[i].text, asked->chroot) == 0;
	exceeds[GRANT_CHROOTS] = !there;
}

static void
judge_numbers(const struct grant_draft *draft,
	      const struct grant_request *asked, bool exceeds[GRANT_FIELDS])
{
	for (unsigned f = GRANT_FLAGS; f < GRANT_FIELDS; f++) {
		uint64_t most =
		    draft->has[f] ? draft->number[f] : asked->own[f];

		if (f == GRANT_FLAGS || f == GRANT_CAPABILITIES) {
			for (unsigned bit = 0; bit < 64; bit++)
				exceeds[f] |= (asked->asked[f] >> bit) % 2 >
					      (most >> bit) % 2;
		} else {
			exceeds[f] = !(asked->asked[f] <= most);
		}
	}
}

static bool
is_about(const struct grant_draft *draft, const struct grant_request *asked)
{
	if (asked->signal)
		return draft->number[GRANT_FLAGS] / GRANT_SIGNAL % 2 == 1;
	return program_of(draft, asked->path) != NULL;
}

void
reference_decide(const struct grant_draft *drafts, size_t n,
		 const struct grant_request *asked, struct reference *out)
{
	*out = (struct reference){ .rule = n, .permit = true };
	for (size_t i = n; i-- > 0;) {
		bool caller = is_caller(&drafts[i], asked);
		bool target = drafts[i].number[GRANT_UID] == asked->uid &&
			      (asked->signal ||
			       drafts[i].number[GRANT_GID] == asked->gid);

		out->caller |= caller;
		out->target |= caller && target;
		if (caller && target && is_about(&drafts[i], asked))
			out->rule = i;
	}
	if (out->rule < n && !asked->signal) {
		judge_names(&drafts[out->rule], asked, out->exceeds);
		judge_numbers(&drafts[out->rule], asked, out->exceeds);
	}
	for (unsigned f = 0; f < GRANT_FIELDS; f++)
		out->permit &= !out->exceeds[f];
	out->permit &= out->rule < n;
}
