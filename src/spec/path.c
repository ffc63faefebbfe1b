/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text: nothing here looks at a file system. */
#include "spec/path.h"

#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <string.h>

static int
check_absolute(const char *pointer, const char *path, struct caisson_error *err)
{
	if (path[0] != '/')
		return err_spec(err, pointer, "must be an absolute path");
	if (strlen(path) > SPEC_PATH_MAX)
		return err_spec(err, pointer, "is longer than %u bytes",
				SPEC_PATH_MAX);
	return 0;
}

int
path_check_file(const char *pointer, const char *path,
		struct caisson_error *err)
{
	int r = check_absolute(pointer, path, err);

	if (r < 0)
		return r;
	if (path[strlen(path) - 1] == '/')
		return err_spec(err, pointer,
				"must name a file: it may not end in \"/\"");
	return 0;
}

/* Each component after a "/": not empty, not ".", not "..". */
static bool
is_canonical(const char *path)
{
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
	}
	return true;
}

int
path_check_directory(const char *pointer, const char *path,
		     struct caisson_error *err)
{
	int r = check_absolute(pointer, path, err);

	if (r < 0)
		return r;
	if (strcmp(path, "/") != 0 && !is_canonical(path))
		return err_spec(err, pointer,
				"must be canonical: no empty, \".\" or \"..\" "
				"component, no \"/\" at the end");
	return 0;
}
