/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups, from names to numbers, by NSS.  NSS loads modules, opens
 * files and talks to daemons, so this belongs into the caller's process before
 * a launch: never into the child, never into a setuid program.  It reads; the
 * only thing that it makes is the list of groups.
 */
#include "confine/user.h"
#include "base/err.h"
#include "base/ids.h"
#include "confine/user_lookup.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#define STAGE CAISSON_STAGE_IDENTITY

/* The kernel's NGROUPS_MAX. */
#define GROUPS_MAX 65536

void
user_ids_done(struct user_ids *ids)
{
	struct user_ids none = USER_NONE;

	free(ids->groups);
	*ids = none;
}

bool
user_parse_id(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
		if (value >= USER_INVALID)
			return false;
	}
	*out = (uint32_t)value;
	return true;
}

static size_t
sort_unique(uint32_t *ids, size_t n)
{
	size_t kept = 0;

	ids_sort(ids, n);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

/*
 * One call of getgrouplist: 1 and the groups, 0 and a larger *size to try
 * with, or an error.  It has no word for "could not look" and answers with the
 * given group alone; losing groups must not pass for having none.
 */
static int
try_grouplist(const char *name, uint32_t gid, int *size, uint32_t **out,
	      struct caisson_error *err)
{
	int n = *size, r, error;
	gid_t *list = calloc((size_t)n, sizeof(*list));

	if (list == NULL)
		return err_no_memory(err, STAGE);
	errno = 0;
	r = getgrouplist(name, gid, list, &n);
	error = user_shortage(errno);
	if (r >= 0 && error == 0) {
		*size = n;
		*out = list;
		return 1;
	}
	free(list);
	/* Without a larger number to try it was not the size that failed. */
	if (r >= 0 || n <= *size)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, error,
			       "cannot look up the groups of user \"%s\"",
			       name);
	if (n > GROUPS_MAX)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "user \"%s\" is in %d groups: at most %d are "
			       "possible",
			       name, n, GROUPS_MAX);
	*size = n;
	return 0;
}

static int
fill_groups(const char *name, uint32_t gid, struct user_ids *ids,
	    struct caisson_error *err)
{
	uint32_t *list = NULL;
	int size = 64, r;

	do {
		r = try_grouplist(name, gid, &size, &list, err);
		if (r < 0)
			return r;
	} while (r == 0);
	ids->n_groups = sort_unique(list, (size_t)size);
	ids->groups = list;
	/* Sorted, so the invalid one can only be the last. */
	if (ids->n_groups > 0 && list[ids->n_groups - 1] == USER_INVALID)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "user \"%s\" is in a group numbered -1: "
			       "correct the group database",
			       name);
	return 0;
}

int
user_ids_fill(const struct user_entry *entry, uint32_t gid,
	      struct user_ids *out, struct caisson_error *err)
{
	struct user_ids ids = USER_NONE;
	int r;

	if (entry->uid == USER_INVALID || gid == USER_INVALID)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "user \"%s\" has the id -1: correct the user "
			       "database",
			       entry->name);
	r = fill_groups(entry->name, gid, &ids, err);
	if (r < 0) {
		user_ids_done(&ids);
		return r;
	}
	ids.uid = entry->uid;
	ids.gid = gid;
	ids.set = true;
	*out = ids;
	return 0;
}

int
user_by_name(const char *user, const char *group, struct user_ids *out,
	     struct caisson_error *err)
{
	struct user_entry entry;
	uint32_t gid;
	int r;

	r = user_lookup_name(user, &entry, err);
	if (r < 0)
		return r;
	gid = entry.gid;
	if (group != NULL)
		r = user_lookup_group(group, &gid, err);
	if (r == 0)
		r = user_ids_fill(&entry, gid, out, err);
	user_entry_done(&entry);
	return r;
}
