/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file PROGRAM is: a path as it stands, or the first executable of that
 * name in the caller's PATH, as a shell would find it.  Only looks; the launch
 * checks again and decides.
 */
#include "cli/request.h"

#include "base/err.h"
#include "cli/values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What shells use when there is no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* 1: an executable file; 0: a file; -1: no such file. */
static int
look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return -1;
	if (!S_ISREG(st.st_mode))
		return 0;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 1 : 0;
}

/* dir[0..len)/name, the empty directory being the working directory. */
static char *
join(const char *dir, size_t len, const char *name)
{
	char *path;

	if (len == 0)
		dir = ".", len = 1;
	if (asprintf(&path, "%.*s/%s", (int)len, dir, name) < 0)
		return NULL;
	return path;
}

static int
search(const char *dirs, const char *name, char **out,
       struct caisson_error *err)
{
	bool seen = false;

	for (const char *p = dirs;; p++) {
		size_t len = strcspn(p, ":");
		char *path = join(p, len, name);
		int found, code;

		if (path == NULL)
			return err_no_memory(err, CAISSON_STAGE_PROGRAM);
		found = look(path);
		if (found == 1) {
			code = values_absolute(path, out, err);
			free(path);
			return code;
		}
		free(path);
		seen = seen || found == 0;
		p += len;
		if (*p == '\0')
			break;
	}
	if (seen)
		return err_set(err, CAISSON_E_NOT_EXECUTABLE,
			       CAISSON_STAGE_PROGRAM, 0,
			       "%s: in PATH, but not executable", name);
	return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM, 0,
		       "%s: not found in PATH", name);
}

/* With a slash at the end: not a file, whatever is there. */
static int
refuse_directory(const char *name, struct caisson_error *err)
{
	struct stat st;

	if (stat(name, &st) < 0 && errno == ENOENT)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM,
			       errno, "%s", name);
	return err_set(err, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_PROGRAM, 0,
		       "%s: must name a file: it may not end in \"/\"", name);
}

int
program_resolve(const struct request *r, char **out, struct caisson_error *err)
{
	const char *name = r->program[0];
	const char *dirs = request_getenv(r, "PATH");

	if (name[0] == '\0')
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM,
			       0, "the program's name is empty");
	/* Our PATH says nothing about what is below another root. */
	if (r->chroot != NULL && name[0] != '/')
		return err_usage(err,
				 "with --chroot the program must be an "
				 "absolute path inside it, not %s",
				 name);
	if (name[strlen(name) - 1] == '/')
		return refuse_directory(name, err);
	if (strchr(name, '/') != NULL)
		return values_absolute(name, out, err);
	return search(dirs != NULL ? dirs : DEFAULT_PATH, name, out, err);
}
