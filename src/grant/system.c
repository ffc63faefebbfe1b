/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system that grants are read against: the databases of users and groups,
 * files by their descriptors, and filters that were checked.
 */
#include "grant/text.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/suggest.h"
#include "confine/profile.h"
#include "confine/user_lookup.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_SIZE 65536 /* bytes, of an entry in the databases */

static int
find_user(void *arg, const char *name, const char *group, struct user_ids *out,
	  struct caisson_error *err)
{
	(void)arg;
	return user_by_name(name, group, out, err);
}

static int
find_group(void *arg, const char *name, uint32_t *out,
	   struct caisson_error *err)
{
	(void)arg;
	return user_lookup_group(name, out, err);
}

/* suggest_offer keeps the candidate, and ours is overwritten. */
static void
offer(struct suggest *s, const char *name, char out[GRANT_NAME_SIZE])
{
	suggest_offer(s, name);
	if (s->best != name)
		return;
	(void)snprintf(out, GRANT_NAME_SIZE, "%s", name);
	s->best = out;
}

static void
nearest(void *arg, bool groups, const char *name, char out[GRANT_NAME_SIZE])
{
	char *buffer = malloc(ENTRY_SIZE);
	struct passwd user, *pw = NULL;
	struct group group, *gr = NULL;
	struct suggest s;

	(void)arg;
	out[0] = '\0';
	if (buffer == NULL)
		return;
	suggest_init(&s, name);
	if (groups) {
		setgrent();
		while (getgrent_r(&group, buffer, ENTRY_SIZE, &gr) == 0)
			offer(&s, gr->gr_name, out);
		endgrent();
	} else {
		setpwent();
		while (getpwent_r(&user, buffer, ENTRY_SIZE, &pw) == 0)
			offer(&s, pw->pw_name, out);
		endpwent();
	}
	free(buffer);
}

static void
look(void *arg, const char *path, enum trust_kind kind, struct trust *out)
{
	int fd = trust_open(path, kind, out);

	(void)arg;
	fd_close(&fd);
}

/* By name: one that ships; by path: a policy, compiled and checked. */
static int
compile(void *arg, const char *name, void **out, size_t *len,
	struct caisson_error *err)
{
	const struct profile_request request = {
		.name = name[0] == '/' ? NULL : name,
		.policy = name[0] == '/' ? name : NULL,
		.hand_over = -1,
	};
	struct profile_set set = { 0 };
	size_t size;
	int r = profile_open(&request, &set, err);

	(void)arg;
	if (r < 0)
		return r;
	size = set.filter.len * sizeof(*set.filter.insns);
	*out = malloc(size);
	if (*out == NULL) {
		profile_close(&set);
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	}
	memcpy(*out, set.filter.insns, size);
	*len = size;
	profile_close(&set);
	return 0;
}

const struct grant_system grant_system = {
	.user = find_user,
	.group = find_group,
	.nearest = nearest,
	.trust = look,
	.filter = compile,
};
