/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three questions put to NSS, each with a buffer that grows up to a limit.
 * That there is no such entry and that the database could not be asked are
 * told apart: the second must never look like the first.
 */
#include "confine/user_lookup.h"
#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define STAGE CAISSON_STAGE_IDENTITY

#define BUFFER_MIN ((size_t)1 << 10)
#define BUFFER_MAX ((size_t)1 << 22) /* a group of 65,536 long names */

/* What is asked for, and the answer. */
struct query {
	const char *name; /* NULL: by uid */
	uint32_t uid;
	bool group;
	bool found;
	struct user_entry user;
	uint32_t gid;
};

void
user_entry_done(struct user_entry *entry)
{
	free(entry->name);
	entry->name = NULL;
}

/*
 * With several databases configured, one that could not be opened is passed
 * over without a word, and the next one may overwrite errno: so whether there
 * is a descriptor to be had is tried as well.
 */
int
user_shortage(int error)
{
	int fd;

	if (error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EIO)
		return error;
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	fd_close(&fd);
	return 0;
}

static int
absent(int error)
{
	return error != 0 ? error : user_shortage(errno);
}

/* 0 or an errno, as the _r functions; query->found says if there is one. */
static int
ask_user(struct query *query, char *buffer, size_t size)
{
	struct passwd pw, *result = NULL;
	int error;

	errno = 0;
	if (query->name != NULL)
		error = getpwnam_r(query->name, &pw, buffer, size, &result);
	else
		error = getpwuid_r(query->uid, &pw, buffer, size, &result);
	if (error != 0 || result == NULL)
		return absent(error);
	query->user.name = strdup(pw.pw_name);
	if (query->user.name == NULL)
		return ENOMEM;
	query->user.uid = pw.pw_uid;
	query->user.gid = pw.pw_gid;
	query->found = true;
	return 0;
}

static int
ask_group(struct query *query, char *buffer, size_t size)
{
	struct group gr, *result = NULL;
	int error;

	errno = 0;
	error = getgrnam_r(query->name, &gr, buffer, size, &result);
	if (error != 0 || result == NULL)
		return absent(error);
	query->gid = gr.gr_gid;
	query->found = true;
	return 0;
}

static int
ask(struct query *query)
{
	size_t size = BUFFER_MIN;
	int error;

	do {
		char *buffer = malloc(size);

		if (buffer == NULL)
			return ENOMEM;
		if (query->group)
			error = ask_group(query, buffer, size);
		else
			error = ask_user(query, buffer, size);
		free(buffer);
		if (error == ERANGE)
			size *= 2;
	} while (error == EINTR || (error == ERANGE && size <= BUFFER_MAX));
	return error;
}

/*
 * A number is never looked up as a name: what was meant as an id and failed
 * to be one must not turn into somebody.  NIS marks entries with + and -.
 */
static int
check_name(const char *kind, const char *name, struct caisson_error *err)
{
	if (name[0] == '\0')
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "the name of the %s is empty", kind);
	if (name[strspn(name, "0123456789")] == '\0')
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "\"%s\" is a number, not the name of a %s: "
			       "give numeric ids as uid and gid",
			       name, kind);
	if (name[0] == '-' || name[0] == '+')
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "\"%s\" is not the name of a %s", name, kind);
	return 0;
}

/* A name that was asked for: 0, or why there is no answer. */
static int
ask_name(struct query *query, const char *kind, struct caisson_error *err)
{
	int error, r = check_name(kind, query->name, err);

	if (r < 0)
		return r;
	error = ask(query);
	if (error == ENOMEM)
		return err_no_memory(err, STAGE);
	if (error != 0)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, error,
			       "cannot look up %s \"%s\"", kind, query->name);
	if (!query->found)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "there is no %s \"%s\"", kind, query->name);
	return 0;
}

int
user_lookup_name(const char *name, struct user_entry *out,
		 struct caisson_error *err)
{
	struct query query = { .name = name };
	int r = ask_name(&query, "user", err);

	if (r == 0)
		*out = query.user;
	return r;
}

int
user_lookup_uid(uint32_t uid, struct user_entry *out, struct caisson_error *err)
{
	struct query query = { .uid = uid };
	int error = ask(&query);

	if (error == ENOMEM)
		return err_no_memory(err, STAGE);
	if (error != 0)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, error,
			       "cannot look up uid %u", uid);
	if (query.found && query.user.uid != uid) {
		user_entry_done(&query.user);
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "the user database answers another user for "
			       "uid %u",
			       uid);
	}
	if (!query.found)
		return err_set(err, CAISSON_E_IDENTITY, STAGE, 0,
			       "there is no user with uid %u: give numeric "
			       "credentials instead",
			       uid);
	*out = query.user;
	return 0;
}

int
user_lookup_group(const char *name, uint32_t *out, struct caisson_error *err)
{
	struct query query = { .name = name, .group = true };
	int r = ask_name(&query, "group", err);

	if (r == 0)
		*out = query.gid;
	return r;
}
