/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user behind sudo, doas or pkexec, from the variables that these set.
 * The variables are believed only when the real uid is 0, for then nobody but
 * root can have set them.  Nothing is guessed: a variable that is malformed,
 * set twice, or at odds with another one is an error, never a reason to go on.
 */
#include "base/err.h"
#include "confine/user_lookup.h"

#include <string.h>

#define STAGE CAISSON_STAGE_IDENTITY

enum variable {
	SUDO_UID,
	SUDO_GID,
	DOAS_USER,
	PKEXEC_UID,
	N_VARIABLES,
};

static const char *const names[N_VARIABLES] = {
	[SUDO_UID] = "SUDO_UID",
	[SUDO_GID] = "SUDO_GID",
	[DOAS_USER] = "DOAS_USER",
	[PKEXEC_UID] = "PKEXEC_UID",
};

bool
user_is_sudo_variable(const char *name)
{
	return strncmp(name, "SUDO_", 5) == 0 ||
	       strcmp(name, names[DOAS_USER]) == 0 ||
	       strcmp(name, names[PKEXEC_UID]) == 0;
}

static int
find_variables(const char *const *env, const char *values[N_VARIABLES],
	       struct caisson_error *err)
{
	for (int v = 0; v < N_VARIABLES; v++) {
		size_t len = strlen(names[v]);

		values[v] = NULL;
		for (const char *const *e = env; e != NULL && *e != NULL; e++) {
			if (strncmp(*e, names[v], len) != 0 || (*e)[len] != '=')
				continue;
			if (values[v] != NULL)
				return err_set(err, CAISSON_E_IDENTITY, STAGE,
					       0, "%s is set twice: unset one",
					       names[v]);
			values[v] = *e + len + 1;
		}
	}
	return 0;
}

static int
parse_variable(enum variable v, const char *value, uint32_t *out,
	       struct caisson_error *err)
{
	if (!user_parse_id(value, out))
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "%s is \"%.40s\", not an id: unset it, or run "
			       "under sudo, doas or pkexec",
			       names[v], value);
	return 0;
}

static int
refuse_root(enum variable v, uint32_t uid, struct caisson_error *err)
{
	if (uid == 0)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "%s names root: nothing would be dropped; log "
			       "in as another user, or give credentials",
			       names[v]);
	return 0;
}

/* The user that one variable names. */
static int
look_up(enum variable v, const char *value, struct user_entry *out,
	struct caisson_error *err)
{
	struct user_entry entry;
	uint32_t uid = USER_INVALID;
	int r;

	if (v == DOAS_USER) {
		r = user_lookup_name(value, &entry, err);
	} else {
		r = parse_variable(v, value, &uid, err);
		if (r == 0)
			r = refuse_root(v, uid, err);
		if (r == 0)
			r = user_lookup_uid(uid, &entry, err);
	}
	if (r < 0)
		return r;
	r = refuse_root(v, entry.uid, err);
	if (r < 0) {
		user_entry_done(&entry);
		return r;
	}
	*out = entry;
	return 0;
}

/* All variables that name a user must name the same one. */
static int
agree(const char *const values[N_VARIABLES], struct user_entry *out,
      struct caisson_error *err)
{
	static const enum variable order[] = { SUDO_UID, DOAS_USER,
					       PKEXEC_UID };
	struct user_entry found = { NULL, USER_INVALID, USER_INVALID }, other;
	enum variable first = N_VARIABLES;
	bool same;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(order) / sizeof(*order); i++) {
		if (values[order[i]] == NULL)
			continue;
		r = look_up(order[i], values[order[i]], &other, err);
		if (r < 0)
			break;
		if (found.name == NULL) {
			found = other;
			first = order[i];
			continue;
		}
		same = found.uid == other.uid;
		user_entry_done(&other);
		if (!same)
			r = err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
				    "%s and %s name different users: unset "
				    "one of them",
				    names[first], names[order[i]]);
	}
	if (r < 0) {
		user_entry_done(&found);
		return r;
	}
	*out = found;
	return 0;
}

/* SUDO_GID if it is set, else the user's primary group; never the uid. */
static int
choose_gid(const char *value, const struct user_entry *entry, uint32_t *out,
	   struct caisson_error *err)
{
	uint32_t gid = entry->gid;
	int r;

	if (value != NULL) {
		r = parse_variable(SUDO_GID, value, &gid, err);
		if (r < 0)
			return r;
	}
	if (gid == 0 && entry->gid != 0)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "SUDO_GID is 0, which is not the primary group "
			       "of user \"%s\": unset it, or give credentials",
			       entry->name);
	*out = gid;
	return 0;
}

static bool
is_any_set(const char *const values[N_VARIABLES])
{
	for (int v = 0; v < N_VARIABLES; v++)
		if (values[v] != NULL)
			return true;
	return false;
}

static int
become(const char *const values[N_VARIABLES], struct user_ids *out,
       struct caisson_error *err)
{
	struct user_entry entry;
	uint32_t gid = USER_INVALID;
	int r;

	if (values[SUDO_GID] != NULL && values[SUDO_UID] == NULL)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "SUDO_GID is set without SUDO_UID: set both or "
			       "none");
	r = agree(values, &entry, err);
	if (r < 0)
		return r;
	r = choose_gid(values[SUDO_GID], &entry, &gid, err);
	if (r == 0)
		r = user_ids_fill(&entry, gid, out, err);
	user_entry_done(&entry);
	return r;
}

int
user_from_sudo(const char *const *env, uint32_t mode, uint32_t real_uid,
	       struct user_ids *out, struct caisson_error *err)
{
	struct user_ids none = USER_NONE;
	const char *values[N_VARIABLES];
	bool required = mode == CAISSON_DROP_SUDO_REQUIRE;
	int r;

	if (mode > CAISSON_DROP_SUDO_REQUIRE)
		return err_usage(err, "no such mode of drop_sudo: %u", mode);
	if (required && real_uid != 0)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "the real uid is %u, not 0: run under sudo, "
			       "doas or pkexec, or drop if-set",
			       real_uid);
	if (mode == CAISSON_DROP_SUDO_NO || real_uid != 0) {
		*out = none;
		return 0;
	}
	r = find_variables(env, values, err);
	if (r < 0)
		return r;
	if (is_any_set(values))
		return become(values, out, err);
	if (required)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "none of SUDO_UID, DOAS_USER and PKEXEC_UID is "
			       "set: run under sudo, doas or pkexec, or give "
			       "credentials");
	*out = none;
	return 0;
}
