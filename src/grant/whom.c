/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may call, and as whom programs run: names become numbers here.  A name
 * is said to be one of a user or of a group, a number to be a uid or a gid;
 * neither is ever taken for the other.
 */
#include "grant/reader.h"

#include <string.h>

/* What the system said about a name, and which one is near. */
static int
refuse_name(struct grant_reader *r, const struct grant_word *word, bool group,
	    const struct caisson_error *why)
{
	const struct grant_system *system = r->options->system;
	char name[GRANT_NAME_SIZE], near[GRANT_NAME_SIZE] = "";
	const char *said = why->msg;

	if (why->code == CAISSON_E_NO_MEMORY)
		return grant_no_memory(r->err);
	if (strncmp(said, "identity: ", 10) == 0)
		said += 10;
	grant_lex_copy(word, name, sizeof(name));
	if (why->sys_errno == 0)
		system->nearest(system->arg, group, name, near);
	return grant_wrong(r, word, "%s%s%s%s", said,
			   near[0] != '\0' ? "; did you mean " : "", near,
			   near[0] != '\0' ? "?" : "");
}

/* "uid" is followed by a number, "user" by what is none. */
static int
take_name(struct grant_reader *r, bool group, char out[GRANT_NAME_SIZE],
	  const struct grant_word **at)
{
	int result = grant_lex_take(r,
				    group ? "the name of a group"
					  : "the name of a "
					    "user",
				    out, GRANT_NAME_SIZE, at);

	if (result == 0 && out[strspn(out, "0123456789")] == '\0')
		return grant_wrong(r, *at,
				   "%s is a number and no name: write %s %s",
				   out, group ? "gid" : "uid", out);
	return result;
}

static int
take_id(struct grant_reader *r, bool group, uint32_t *out)
{
	const struct grant_word *at = NULL;
	char text[GRANT_NAME_SIZE];
	int result = grant_lex_take(r,
				    group ? "the number of a group"
					  : "the number of a user",
				    text, sizeof(text), &at);

	if (result < 0 || user_parse_id(text, out))
		return result;
	if (strpbrk(text, "0123456789") == text || text[0] == '-' ||
	    text[0] == '+')
		return grant_wrong(r, at,
				   "an id is a decimal number from 0 to %u, "
				   "without leading zeros",
				   GRANT_ID_MAX);
	return grant_wrong(r, at, "%s is no number: for a name write %s %s",
			   text, group ? "group" : "user", text);
}

static int
take_group(struct grant_reader *r, uint32_t *out)
{
	const struct grant_system *system = r->options->system;
	const struct grant_word *at = NULL;
	char name[GRANT_NAME_SIZE];
	struct caisson_error why = { 0 };
	int result = take_name(r, true, name, &at);

	if (result < 0)
		return result;
	if (system->group(system->arg, name, out, &why) < 0)
		return refuse_name(r, at, true, &why);
	return 0;
}

static int
take_user(struct grant_reader *r, struct user_ids *out)
{
	const struct grant_system *system = r->options->system;
	const struct grant_word *at = NULL;
	char name[GRANT_NAME_SIZE];
	struct caisson_error why = { 0 };
	int result = take_name(r, false, name, &at);

	if (result < 0)
		return result;
	if (system->user(system->arg, name, NULL, out, &why) < 0)
		return refuse_name(r, at, false, &why);
	return 0;
}

/* "group builders" or "gid 1000". */
static int
take_any_group(struct grant_reader *r, uint32_t *out)
{
	if (grant_lex_accept(r, "group"))
		return take_group(r, out);
	if (grant_lex_accept(r, "gid"))
		return take_id(r, true, out);
	return grant_expected(r, "group NAME or gid NUMBER");
}

static int
add_id(struct grant_reader *r, const struct grant_word *word,
       struct grant_draft_ids *ids, uint32_t id)
{
	int added = grant_draft_add_id(ids, id);

	if (added < 0)
		return grant_no_memory(r->err);
	if (added == 0)
		return grant_wrong(r, word, "this id, %u, is there already",
				   id);
	return 0;
}

static int
read_user_caller(struct grant_reader *r, struct grant_draft *draft,
		 bool with_groups)
{
	const struct grant_word *word = grant_lex_look(r);
	struct user_ids ids = USER_NONE;
	int result = take_user(r, &ids);

	if (result < 0)
		return result;
	result =
	    add_id(r, word, grant_draft_ids(draft, GRANT_CALLER_UIDS), ids.uid);
	for (size_t i = 0; with_groups && result == 0 && i < ids.n_groups; i++)
		result =
		    add_id(r, word, grant_draft_ids(draft, GRANT_CALLER_GIDS),
			   ids.groups[i]);
	user_ids_done(&ids);
	return result;
}

/* A name alone does not say what it is one of. */
static int
refuse_kind(struct grant_reader *r, bool target)
{
	const struct grant_word *word = grant_lex_look(r);
	char name[44];

	if (word == NULL || grant_lex_ended(r) || grant_lex_is(r, "as") ||
	    (target && grant_lex_is(r, "group")))
		return target ? grant_expected(r, "user NAME, or uid NUMBER "
						  "gid NUMBER")
			      : grant_expected(r, "user NAME, group NAME, uid "
						  "NUMBER, gid NUMBER or "
						  "everybody");
	grant_lex_copy(word, name, sizeof(name));
	return grant_syntax(r, word,
			    target ? "say what it is: user %s, or uid NUMBER "
				     "gid NUMBER"
				   : "say what it is: user %s, or group, uid, "
				     "gid, everybody",
			    name);
}

/* One; a user of a case is in all of the user's groups. */
static int
read_caller(struct grant_reader *r, struct grant_draft *draft, bool with_groups)
{
	const struct grant_word *word = grant_lex_look(r);
	unsigned field = GRANT_CALLER_GIDS;
	uint32_t id = 0;
	int result;

	if (grant_lex_accept(r, "user"))
		return read_user_caller(r, draft, with_groups);
	if (grant_lex_accept(r, "everybody")) {
		draft->number[GRANT_FLAGS] |= GRANT_EVERYBODY;
		return 0;
	}
	if (grant_lex_is(r, "group") || grant_lex_is(r, "gid")) {
		result = take_any_group(r, &id);
	} else if (grant_lex_accept(r, "uid")) {
		field = GRANT_CALLER_UIDS;
		result = take_id(r, false, &id);
	} else {
		result = refuse_kind(r, false);
	}
	if (result < 0)
		return result;
	return add_id(r, word, grant_draft_ids(draft, field), id);
}

int
grant_read_caller_of_case(struct grant_reader *r, struct grant_draft *draft)
{
	return read_caller(r, draft, true);
}

int
grant_read_callers(struct grant_reader *r, struct grant_draft *draft)
{
	const struct grant_word *first = grant_lex_look(r);
	size_t n = 0;
	int result;

	do {
		result = read_caller(r, draft, false);
		n++;
	} while (result == 0 && grant_lex_accept(r, ","));
	if (result == 0 && n > 1 &&
	    (draft->number[GRANT_FLAGS] & GRANT_EVERYBODY) != 0)
		return grant_wrong(r, first,
				   "everybody is everybody: name no others "
				   "beside it");
	return result;
}

static int
copy_groups(struct grant_reader *r, const struct user_ids *ids,
	    struct grant_draft *draft)
{
	struct grant_draft_ids *groups = grant_draft_ids(draft, GRANT_GROUPS);

	for (size_t i = 0; i < ids->n_groups; i++)
		if (grant_draft_add_id(groups, ids->groups[i]) < 0)
			return grant_no_memory(r->err);
	return 0;
}

/* "user builder", "user builder group staff": with the groups of both. */
static int
read_user_target(struct grant_reader *r, struct grant_draft *draft)
{
	const struct grant_system *system = r->options->system;
	const struct grant_word *at = NULL, *group_at = NULL;
	char name[GRANT_NAME_SIZE], group[GRANT_NAME_SIZE];
	struct user_ids ids = USER_NONE;
	struct caisson_error why = { 0 };
	uint32_t gid;
	int result = take_name(r, false, name, &at);

	if (result == 0 && grant_lex_accept(r, "group"))
		result = take_name(r, true, group, &group_at);
	if (result < 0)
		return result;
	if (group_at != NULL &&
	    system->group(system->arg, group, &gid, &why) < 0)
		return refuse_name(r, group_at, true, &why);
	if (system->user(system->arg, name, group_at != NULL ? group : NULL,
			 &ids, &why) < 0)
		return refuse_name(r, at, false, &why);
	grant_draft_set(draft, GRANT_UID, ids.uid);
	grant_draft_set(draft, GRANT_GID, ids.gid);
	result = copy_groups(r, &ids, draft);
	user_ids_done(&ids);
	return result;
}

/* "uid 1000 gid 1000 groups gid 27 group audio": these, and no others. */
static int
read_numeric_target(struct grant_reader *r, struct grant_draft *draft)
{
	uint32_t uid = 0, gid = 0, group = 0;
	int result = take_id(r, false, &uid);

	if (result < 0)
		return result;
	if (!grant_lex_accept(r, "gid"))
		return grant_expected(r, "gid NUMBER: a uid does not say which "
					 "group");
	result = take_id(r, true, &gid);
	grant_draft_set(draft, GRANT_UID, uid);
	grant_draft_set(draft, GRANT_GID, gid);
	if (result < 0 || !grant_lex_accept(r, "groups"))
		return result;
	do {
		const struct grant_word *word = grant_lex_look(r);

		result = take_any_group(r, &group);
		if (result == 0)
			result =
			    add_id(r, word,
				   grant_draft_ids(draft, GRANT_GROUPS), group);
	} while (result == 0 &&
		 (grant_lex_is(r, "group") || grant_lex_is(r, "gid")));
	return result;
}

int
grant_read_target(struct grant_reader *r, struct grant_draft *draft)
{
	if (!grant_lex_accept(r, "as"))
		return grant_expected(r, "as, and then whom the program runs "
					 "as");
	if (grant_lex_accept(r, "user"))
		return read_user_target(r, draft);
	if (grant_lex_accept(r, "uid"))
		return read_numeric_target(r, draft);
	return refuse_kind(r, true);
}
