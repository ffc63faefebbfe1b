/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command line without a spec means: a person's defaults.  The working
 * directory, a short list of variables, and the terminal.  Descriptors 0 to 2
 * are inherited and everything else is absent, as in an empty spec.
 */
#include "cli/request.h"

#include "base/err.h"
#include "cli/values.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* The caller's; those of the identity come from the user database when the
 * program gets another one. */
static const char *const plain[] = { "PATH", "TERM", "LANG", "TZ" };
static const char *const personal[] = { "HOME", "USER", "LOGNAME", "SHELL" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
pass_on(struct request *r, const char *name, struct caisson_error *err)
{
	const char *value = request_getenv(r, name);

	if (value == NULL)
		return 0;
	return caisson_spec_set_env(r->spec, name, value, err);
}

static int
pass_locale(struct request *r, struct caisson_error *err)
{
	for (const char *const *e = r->env; e != NULL && *e != NULL; e++) {
		char name[64];
		size_t len = strcspn(*e, "=");
		int code;

		if (strncmp(*e, "LC_", 3) != 0 || (*e)[len] != '=' ||
		    len >= sizeof(name))
			continue;
		memcpy(name, *e, len);
		name[len] = '\0';
		code = pass_on(r, name, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static const struct passwd *
by_id(const char *text)
{
	uint64_t uid;

	if (!values_unsigned(text, UINT32_MAX - 1, &uid))
		return NULL;
	return getpwuid((uid_t)uid);
}

/* --user U[:G]: a name, or a number with its group. */
static const struct passwd *
by_option(const char *user)
{
	char name[256];
	size_t len = strcspn(user, ":");

	if (len >= sizeof(name))
		return NULL;
	memcpy(name, user, len);
	name[len] = '\0';
	if (name[strspn(name, "0123456789")] == '\0')
		return by_id(name);
	return getpwnam(name);
}

/* Only for HOME and its like: who the program becomes, the library says. */
static const struct passwd *
by_sudo(const struct request *r, bool *out_set)
{
	const char *sudo = request_getenv(r, "SUDO_UID");
	const char *doas = request_getenv(r, "DOAS_USER");
	const char *pkexec = request_getenv(r, "PKEXEC_UID");

	*out_set =
	    getuid() == 0 && (sudo != NULL || doas != NULL || pkexec != NULL);
	if (!*out_set)
		return NULL;
	if (sudo != NULL)
		return by_id(sudo);
	return doas != NULL ? getpwnam(doas) : by_id(pkexec);
}

static int
set_personal(struct request *r, const struct passwd *pw,
	     struct caisson_error *err)
{
	const char *const values[] = { pw->pw_dir, pw->pw_name, pw->pw_name,
				       pw->pw_shell };

	for (size_t i = 0; i < COUNT(personal); i++) {
		int code =
		    caisson_spec_set_env(r->spec, personal[i], values[i], err);

		if (code < 0)
			return code;
	}
	return 0;
}

static int
pass_personal(struct request *r, struct caisson_error *err)
{
	const struct passwd *pw = NULL;
	bool other = false;
	int code = 0;

	if (r->user != NULL) {
		other = true;
		pw = by_option(r->user);
	} else if (r->drop_sudo != CAISSON_DROP_SUDO_NO) {
		pw = by_sudo(r, &other);
	}
	if (pw != NULL)
		return set_personal(r, pw, err);
	/* Somebody without an entry has no home; ours is not theirs. */
	for (size_t i = 0; !other && code == 0 && i < COUNT(personal); i++)
		code = pass_on(r, personal[i], err);
	return code;
}

static int
set_env(struct request *r, struct caisson_error *err)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < COUNT(plain); i++)
		code = pass_on(r, plain[i], err);
	if (code == 0)
		code = pass_locale(r, err);
	if (code == 0)
		code = pass_personal(r, err);
	return code;
}

static int
set_cwd(struct request *r, struct caisson_error *err)
{
	char cwd[PATH_MAX];

	/* Below another root our directory means nothing. */
	if (r->chdir || r->chroot != NULL)
		return 0;
	if (getcwd(cwd, sizeof(cwd)) == NULL || cwd[0] != '/')
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "the working directory cannot be named: give "
			       "one with --chdir");
	return caisson_spec_set_cwd(r->spec, cwd, err);
}

static int
set_terminal(struct request *r, struct caisson_error *err)
{
	if (r->new_session || r->other_tty || r->other_stdin || r->replace ||
	    r->detach)
		return 0;
	if (isatty(STDIN_FILENO) == 0 || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return 0;
	return caisson_spec_set_foreground(r->spec, true, err);
}

int
defaults_apply(struct request *r, struct caisson_error *err)
{
	int code = 0;

	if (!r->clear_env)
		code = set_env(r, err);
	if (code == 0)
		code = set_cwd(r, err);
	if (code == 0)
		code = set_terminal(r, err);
	return code;
}
