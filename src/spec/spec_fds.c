/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setters: the program's descriptors.  0 to 2 have their own places, every
 * other number (a wrong one too) is an extra one, for freeze to judge.
 */
#include "base/err.h"
#include "spec/edit.h"

#include <stdlib.h>

static struct spec_fd *
find_extra(const struct caisson_spec *spec, int64_t fd)
{
	for (size_t i = 0; i < spec->n_extra; i++)
		if (spec->extra[i].fd == fd)
			return &spec->extra[i];
	return NULL;
}

/* Takes want->path. */
static int
place(struct caisson_spec *spec, const struct spec_fd *want,
      struct caisson_error *err)
{
	struct spec_fd *slot;
	int r = edit_begin(spec, err);

	if (r < 0) {
		free(want->path);
		return r;
	}
	if (want->fd >= 0 && want->fd <= 2)
		slot = &spec->stdio[want->fd];
	else
		slot = find_extra(spec, want->fd);
	if (slot == NULL)
		slot = edit_add_fd(spec);
	if (slot == NULL) {
		free(want->path);
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	}
	free(slot->path);
	*slot = *want;
	return 0;
}

int
caisson_spec_fd_inherit(struct caisson_spec *spec, int fd, int from,
			struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd,
				.kind = SPEC_FD_INHERIT,
				.from = from };

	return place(spec, &want, err);
}

int
caisson_spec_fd_null(struct caisson_spec *spec, int fd,
		     struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd, .kind = SPEC_FD_NULL };

	return place(spec, &want, err);
}

int
caisson_spec_fd_closed(struct caisson_spec *spec, int fd,
		       struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd, .kind = SPEC_FD_CLOSED };

	return place(spec, &want, err);
}

int
caisson_spec_fd_pipe(struct caisson_spec *spec, int fd, uint32_t direction,
		     struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd,
				.kind = SPEC_FD_PIPE,
				.direction = direction };

	return place(spec, &want, err);
}

int
caisson_spec_fd_socketpair(struct caisson_spec *spec, int fd,
			   struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd, .kind = SPEC_FD_SOCKETPAIR };

	return place(spec, &want, err);
}

int
caisson_spec_fd_file(struct caisson_spec *spec, int fd, const char *path,
		     uint32_t mode, struct caisson_error *err)
{
	struct spec_fd want = { .fd = fd, .kind = SPEC_FD_FILE, .mode = mode };
	int r = edit_text(&want.path, path, "path", err);

	if (r < 0)
		return r;
	return place(spec, &want, err);
}

int
caisson_spec_stderr_to_stdout(struct caisson_spec *spec,
			      struct caisson_error *err)
{
	struct spec_fd want = { .fd = 2, .kind = SPEC_FD_STDOUT };

	return place(spec, &want, err);
}
