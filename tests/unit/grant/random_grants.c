/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and requests at random.  Deterministic: the state is the seed. */
#include "random_grants.h"

#include <stdlib.h>
#include <string.h>

static const char *const paths[] = { "/a",    "/a/b",  "/a/b/c",
				     "/ab",   "/a/bc", "/x/y",
				     "/x/yz", "/a/b/", "/a/../x" };
static const char *const rule_paths[] = { "/a",  "/a/b", "/a/b/c", "/ab",
					  "/a/", "/x/",  "/a/b/",  "/x/y" };
static const char *const variables[] = { "A=1", "AB=", "ABC=x", "B=2",
					 "A",   "=",   "LC_A=", "LC_=" };
static const char *const rule_variables[] = { "A", "AB", "B", "LC_", "LC_A" };

#define COUNT(v) ((uint32_t)(sizeof(v) / sizeof((v)[0])))

uint32_t
random_below(struct random_state *random, uint32_t n)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 32) % n;
}

static bool
once_in(struct random_state *random, uint32_t n)
{
	return random_below(random, n) == 0;
}

static void
add_ids(struct random_state *random, struct grant_draft_ids *ids, uint32_t most)
{
	for (uint32_t n = random_below(random, most + 1); n > 0; n--)
		if (grant_draft_add_id(ids, 1 + random_below(random, 4)) < 0)
			abort();
}

static void
add_item(struct grant_draft_items *items, const char *text, uint64_t number,
	 size_t data_len)
{
	struct grant_draft_item item = { .text = strdup(text),
					 .number = number,
					 .data_len = data_len };

	if (data_len > 0)
		item.data = calloc(1, data_len);
	if (grant_draft_find(items, text) != NULL)
		free(item.data);
	else if (grant_draft_add_item(items, &item) < 0)
		abort();
	free(item.text);
}

static void
add_names(struct random_state *random, struct grant_draft *draft)
{
	for (uint32_t n = 1 + random_below(random, 3); n > 0; n--) {
		const char *path =
		    rule_paths[random_below(random, COUNT(rule_paths))];
		uint64_t number =
		    path[strlen(path) - 1] == '/' ? GRANT_PREFIX : 0;

		if (once_in(random, 2))
			number |= GRANT_SCRIPTS;
		add_item(grant_draft_items(draft, GRANT_PROGRAMS), path, number,
			 0);
	}
	for (uint32_t n = random_below(random, 4); n > 0; n--)
		add_item(
		    grant_draft_items(draft, GRANT_ENV),
		    rule_variables[random_below(random, COUNT(rule_variables))],
		    once_in(random, 2) ? GRANT_PREFIX : 0, 0);
	if (once_in(random, 4))
		add_item(grant_draft_items(draft, GRANT_FLOORS), "floor", 0, 8);
	if (once_in(random, 3))
		add_item(grant_draft_items(draft, GRANT_CHROOTS), "/x/y", 0, 0);
}

/* Of any size, but most often small. */
static uint64_t
number(struct random_state *random)
{
	static const uint64_t edges[] = { 0, 1, UINT32_MAX, UINT64_MAX - 1,
					  UINT64_MAX };

	if (once_in(random, 3))
		return edges[random_below(random, COUNT(edges))];
	return random_below(random, 8);
}

static void
make_rule(struct random_state *random, struct grant_draft *draft, size_t i)
{
	*draft = (struct grant_draft){ .file = strdup("random") };
	grant_draft_set(draft, GRANT_LINE, i + 1);
	grant_draft_set(draft, GRANT_FLAGS,
			random_below(random, GRANT_FLAGS_ALL + 1));
	if (!once_in(random, 4))
		draft->number[GRANT_FLAGS] &= ~(uint64_t)GRANT_EVERYBODY;
	grant_draft_set(draft, GRANT_UID, random_below(random, 3));
	grant_draft_set(draft, GRANT_GID, random_below(random, 3));
	if (draft->number[GRANT_UID] == 0 || draft->number[GRANT_GID] == 0)
		draft->number[GRANT_FLAGS] |= GRANT_ROOT;
	add_ids(random, grant_draft_ids(draft, GRANT_CALLER_UIDS), 2);
	add_ids(random, grant_draft_ids(draft, GRANT_CALLER_GIDS), 2);
	add_ids(random, grant_draft_ids(draft, GRANT_GROUPS), 2);
	add_names(random, draft);
	for (unsigned f = GRANT_CAPABILITIES; f < GRANT_FIELDS; f++)
		if (once_in(random, 3))
			grant_draft_set(draft, f, number(random));
}

void
random_rules(struct random_state *random, struct grant_draft *drafts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		make_rule(random, &drafts[i], i);
}

static size_t
some_ids(struct random_state *random, uint32_t v[RANDOM_GROUPS])
{
	size_t n = 0;

	for (uint32_t id = 1; id < 5 && n < RANDOM_GROUPS; id++)
		if (once_in(random, 3))
			v[n++] = id;
	return n;
}

/* As the rule says, so that what is left to chance can decide. */
static void
follow(const struct grant_draft *draft, struct random_request *out)
{
	const struct grant_draft_ids *groups =
	    &draft->ids[GRANT_GROUPS - GRANT_CALLER_UIDS];
	const struct grant_draft_ids *uids = &draft->ids[0];

	if (uids->n > 0)
		out->asked.caller_uid = uids->v[0];
	out->asked.uid = (uint32_t)draft->number[GRANT_UID];
	out->asked.gid = (uint32_t)draft->number[GRANT_GID];
	out->asked.n_groups = groups->n;
	for (size_t i = 0; i < groups->n; i++)
		out->groups[i] = groups->v[i];
}

void
random_request(struct random_state *random, const struct grant_draft *drafts,
	       size_t n, struct random_request *out)
{
	struct grant_request *asked = &out->asked;

	*out = (struct random_request){ 0 };
	asked->caller_uid = 1 + random_below(random, 5);
	asked->n_caller_gids = some_ids(random, out->gids);
	asked->uid = random_below(random, 3);
	asked->gid = random_below(random, 3);
	asked->n_groups = some_ids(random, out->groups);
	if (!once_in(random, 4))
		follow(&drafts[random_below(random, (uint32_t)n)], out);
	asked->caller_gids = out->gids;
	asked->groups = out->groups;
	asked->signal = once_in(random, 16);
	if (!once_in(random, 16))
		asked->path = paths[random_below(random, COUNT(paths))];
	asked->script = once_in(random, 4);
	asked->filtered = !once_in(random, 4);
	if (once_in(random, 4))
		asked->chroot = once_in(random, 2) ? "/x/y" : "/x";
	for (; asked->n_env < RANDOM_ENV && once_in(random, 3); asked->n_env++)
		out->env[asked->n_env] =
		    variables[random_below(random, COUNT(variables))];
	asked->env = out->env;
	asked->own[GRANT_TIMEOUT] = asked->own[GRANT_LAUNCHES] = UINT64_MAX;
	if (once_in(random, 8))
		asked->asked[GRANT_FLAGS] =
		    once_in(random, 2) ? GRANT_DETACH : GRANT_TERMINAL;
	for (unsigned f = GRANT_CAPABILITIES; f < GRANT_FIELDS; f++) {
		if (once_in(random, 16))
			asked->asked[f] = number(random);
		if (f >= GRANT_NICE && f != GRANT_LAUNCHES)
			asked->own[f] = number(random);
	}
}
