/* SPDX-License-Identifier: Apache-2.0 */
/* Validation: the program's descriptors.  Looks at numbers, opens nothing. */
#include "base/err.h"
#include "spec/freeze.h"
#include "spec/path.h"
#include "spec/pointer.h"
#include "spec/words.h"

#include <limits.h>

static const char *const stdio_pointers[] = { "/stdio/stdin", "/stdio/stdout",
					      "/stdio/stderr" };

static int
check_mode(const char *pointer, uint32_t mode, struct caisson_error *err)
{
	if (words_text(words_file_mode, mode) == NULL)
		return err_spec(err, pointer,
				"must be \"read\", \"write\", \"append\" or "
				"\"read-write\"");
	return 0;
}

static int
check_stdio_file(const char *pointer, const struct spec_fd *fd,
		 struct caisson_error *err)
{
	int r = path_check_file(AT("%s/file", pointer), fd->path, err);

	if (r < 0)
		return r;
	return check_mode(AT("%s/mode", pointer), fd->mode, err);
}

static int
check_stdio_pipe(const char *pointer, const struct spec_fd *fd,
		 struct caisson_error *err)
{
	if (fd->fd == 0 && fd->direction != CAISSON_TO_CHILD)
		return err_spec(err, pointer, "a pipe here goes to the child");
	if (fd->fd != 0 && fd->direction != CAISSON_FROM_CHILD)
		return err_spec(err, pointer,
				"a pipe here comes from the child");
	return 0;
}

static int
check_stdio_copy(const struct caisson_spec *spec, struct caisson_error *err)
{
	if (spec->stdio[1].kind == SPEC_FD_CLOSED)
		return err_spec(err, "/stdio/stderr",
				"cannot be a copy of stdout, which is "
				"\"closed\"");
	return 0;
}

static int
refuse_stdio(size_t i, struct caisson_error *err)
{
	return err_spec(err, stdio_pointers[i],
			"must be \"null\", \"inherit\", \"pipe\", \"closed\", "
			"%s\"fd:N\" or {\"file\": ...}",
			i == 2 ? "\"stdout\", " : "");
}

static int
check_stdio(const struct caisson_spec *spec, size_t i,
	    struct caisson_error *err)
{
	const struct spec_fd *fd = &spec->stdio[i];

	switch (fd->kind) {
	case 0:
	case SPEC_FD_NULL:
	case SPEC_FD_CLOSED:
		return 0;
	case SPEC_FD_INHERIT:
		if (fd->from >= 0 && fd->from <= INT_MAX)
			return 0;
		return err_spec(err, stdio_pointers[i],
				"must be \"fd:N\" with N from 0 to %d, "
				"in plain decimal",
				INT_MAX);
	case SPEC_FD_PIPE:
		return check_stdio_pipe(stdio_pointers[i], fd, err);
	case SPEC_FD_FILE:
		return check_stdio_file(stdio_pointers[i], fd, err);
	case SPEC_FD_STDOUT:
		return i == 2 ? check_stdio_copy(spec, err)
			      : refuse_stdio(i, err);
	default:
		return refuse_stdio(i, err);
	}
}

static int
check_extra_kind(const struct spec_fd *fd, size_t i, struct caisson_error *err)
{
	int r;

	switch (fd->kind) {
	case SPEC_FD_SOCKETPAIR:
		return 0;
	case SPEC_FD_PIPE:
		if (words_text(words_direction, fd->direction) != NULL)
			return 0;
		return err_spec(err, AT("/extra_fds/%zu/direction", i),
				"must be \"to_child\" or \"from_child\"");
	case SPEC_FD_INHERIT:
		if (fd->from >= 0 && fd->from <= INT_MAX)
			return 0;
		return err_spec(err, AT("/extra_fds/%zu/from", i),
				"must be 0 to %d", INT_MAX);
	case SPEC_FD_FILE:
		r = path_check_file(AT("/extra_fds/%zu/path", i), fd->path,
				    err);
		if (r < 0)
			return r;
		return check_mode(AT("/extra_fds/%zu/mode", i), fd->mode, err);
	default:
		return err_spec(err, AT("/extra_fds/%zu/type", i),
				"must be \"socketpair\", \"pipe\", \"inherit\" "
				"or \"file\"");
	}
}

static int
check_extra(const struct caisson_spec *spec, struct caisson_error *err)
{
	bool used[SPEC_FD_MAX + 1] = { false };
	int r = 0;

	if (spec->n_extra > SPEC_EXTRA_MAX)
		return err_spec(err, "/extra_fds", "has more than %u elements",
				SPEC_EXTRA_MAX);
	for (size_t i = 0; r == 0 && i < spec->n_extra; i++) {
		int64_t fd = spec->extra[i].fd;

		if (fd < 3 || fd > SPEC_FD_MAX)
			return err_spec(err, AT("/extra_fds/%zu/fd", i),
					"must be 3 to %d", SPEC_FD_MAX);
		if (used[fd])
			return err_spec(err, AT("/extra_fds/%zu/fd", i),
					"%d is used twice", (int)fd);
		used[fd] = true;
		r = check_extra_kind(&spec->extra[i], i, err);
	}
	return r;
}

int
freeze_check_fds(const struct caisson_spec *spec, struct caisson_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < 3; i++)
		r = check_stdio(spec, i, err);
	if (r == 0)
		r = check_extra(spec, err);
	return r;
}
