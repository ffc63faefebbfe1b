/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options for identity, environment and place do.  Every option is a
 * setter of the library or a field of the request; a value that the library
 * judges is not judged here a second time.
 */
#include "cli/options.h"

#include "base/err.h"
#include "cli/policy.h"
#include "cli/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
options_bad(const char *option, const char *value, const char *want,
	    struct caisson_error *err)
{
	return err_usage(err, "--%s %s: must be %s", option, value, want);
}

/* ---- notes: known before the spec ------------------------------------- */

int
options_note_drop_sudo(struct request *r, const char *value,
		       struct caisson_error *err)
{
	if (value == NULL || strcmp(value, "require") == 0)
		r->drop_sudo = CAISSON_DROP_SUDO_REQUIRE;
	else if (strcmp(value, "if-set") == 0)
		r->drop_sudo = CAISSON_DROP_SUDO_IF_SET;
	else
		return options_bad("drop-sudo", value, "require or if-set",
				   err);
	return 0;
}

/* Ours, and never the program's: 0 to 2 it may inherit. */
int
options_own_fd(const char *option, const char *value, int *out,
	       struct caisson_error *err)
{
	int fd;

	if (!values_fd(value, &fd) || fd <= 2)
		return options_bad(option, value, "a descriptor number above 2",
				   err);
	*out = fd;
	return 0;
}

int
options_note_events_fd(struct request *r, const char *value,
		       struct caisson_error *err)
{
	return options_own_fd("events-fd", value, &r->events_fd, err);
}

int
options_note_fd_socket(struct request *r, const char *value,
		       struct caisson_error *err)
{
	return options_own_fd("fd-socket", value, &r->fd_socket, err);
}

/* A program that does not read our terminal need not be in front of it. */
int
options_note_stdin(struct request *r, const char *value,
		   struct caisson_error *err)
{
	(void)err;
	r->other_stdin = strcmp(value, "inherit") != 0;
	return 0;
}

int
options_note_tty(struct request *r, const char *value,
		 struct caisson_error *err)
{
	(void)err;
	r->other_tty = strcmp(value, "inherit") != 0;
	return 0;
}

/* ---- identity --------------------------------------------------------- */

static bool
is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int
set_numbers(struct request *r, const char *user, const char *group,
	    struct caisson_error *err)
{
	uint64_t uid, gid;

	/* (uid_t)-1 is not an id. */
	if (!values_unsigned(user, UINT32_MAX - 1, &uid) ||
	    !values_unsigned(group, UINT32_MAX - 1, &gid))
		return err_usage(err, "--user %s:%s: not two ids", user, group);
	return caisson_spec_set_ids(r->spec, (uint32_t)uid, (uint32_t)gid, NULL,
				    0, err);
}

static int
set_user(struct request *r, const char *user, const char *group,
	 struct caisson_error *err)
{
	if (!is_number(user) && (group == NULL || !is_number(group)))
		return caisson_spec_set_user(r->spec, user, group, err);
	if (group == NULL)
		return err_usage(err,
				 "--user %s: a number needs its group, as in "
				 "--user %s:%s; or give a name",
				 user, user, user);
	if (!is_number(user) || !is_number(group))
		return err_usage(err,
				 "--user %s:%s: two names or two numbers, not "
				 "one of each",
				 user, group);
	return set_numbers(r, user, group, err);
}

int
options_user(struct request *r, const char *value, struct caisson_error *err)
{
	char *user = strdup(value);
	char *colon;
	int code;

	if (user == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	colon = strchr(user, ':');
	if (colon != NULL)
		*colon = '\0';
	if (user[0] == '\0' || (colon != NULL && colon[1] == '\0'))
		code = options_bad("user", value, "USER, USER:GROUP or UID:GID",
				   err);
	else
		code = set_user(r, user, colon != NULL ? colon + 1 : NULL, err);
	free(user);
	return code;
}

int
options_drop_sudo(struct request *r, const char *value,
		  struct caisson_error *err)
{
	(void)value;
	return caisson_spec_set_drop_sudo(r->spec, r->drop_sudo, err);
}

int
options_cap_add(struct request *r, const char *value, struct caisson_error *err)
{
	return caisson_spec_add_capability(r->spec, value, err);
}

int
options_bounding_empty(struct request *r, const char *value,
		       struct caisson_error *err)
{
	(void)value;
	return caisson_spec_set_bounding(r->spec, true, err);
}

int
options_seccomp(struct request *r, const char *value, struct caisson_error *err)
{
	char *path = NULL;
	int code;

	if (!policy_is_path(value))
		return caisson_spec_set_seccomp_profile(r->spec, value, err);
	code = values_absolute(value, &path, err);
	if (code == 0)
		code = caisson_spec_set_seccomp_policy(r->spec, path, err);
	free(path);
	return code;
}

/* ---- environment and place -------------------------------------------- */

int
options_env(struct request *r, const char *value, struct caisson_error *err)
{
	const char *equals = strchr(value, '=');
	const char *passed;
	char *name;
	int code;

	if (value[0] == '\0')
		return options_bad("env", value, "NAME=VALUE or NAME", err);
	if (equals == NULL) {
		passed = request_getenv(r, value);
		if (passed == NULL)
			return 0;
		return caisson_spec_set_env(r->spec, value, passed, err);
	}
	name = strndup(value, (size_t)(equals - value));
	if (name == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	code = caisson_spec_set_env(r->spec, name, equals + 1, err);
	free(name);
	return code;
}

int
options_chdir(struct request *r, const char *value, struct caisson_error *err)
{
	char *path;
	int code;

	/* Below another root only the program's own view counts. */
	if (r->chroot != NULL)
		return caisson_spec_set_cwd(r->spec, value, err);
	path = realpath(value, NULL);
	if (path == NULL)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "--chdir %s", value);
	code = caisson_spec_set_cwd(r->spec, path, err);
	free(path);
	return code;
}

int
options_chroot(struct request *r, const char *value, struct caisson_error *err)
{
	char *path = realpath(value, NULL);
	int code;

	if (path == NULL)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "--chroot %s", value);
	code = caisson_spec_set_chroot(r->spec, path, err);
	free(path);
	return code;
}
