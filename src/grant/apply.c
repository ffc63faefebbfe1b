/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of numbers to its place: written beside it, on the disk before it
 * has its name, and under its name before this returns.  Whoever reads it
 * meanwhile has the old one or the new one, whole.
 */
#include "grant/text.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_SIZE 64

static int
failed(const char *directory, const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_POLICY, errno,
		       "%s: %s", directory, what);
}

static int
open_directory(const char *directory, int *out, struct caisson_error *err)
{
	struct trust trust;
	char said[512];

	*out = trust_open(directory, TRUST_DIRECTORY, &trust);
	if (*out >= 0)
		return 0;
	trust_explain(directory, &trust, TRUST_DIRECTORY, said);
	return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0, "%s",
		       said);
}

/* Under a name of its own; what an earlier one has left is removed. */
static int
write_new(int dir, const char *new, const struct grant_bytes *bytes)
{
	FD_OWNED fd = -1;

	if (unlinkat(dir, new, 0) < 0 && errno != ENOENT)
		return -1;
	fd = openat(dir, new,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0 ||
	    fd_write_all(fd, bytes->data, bytes->len) < 0)
		return -1;
	return fsync(fd);
}

int
grant_apply(const char *directory, const char *name,
	    const struct grant_bytes *bytes, struct caisson_error *err)
{
	FD_OWNED dir = -1;
	char new[NEW_SIZE];
	int r = open_directory(directory, &dir, err);

	if (r < 0)
		return r;
	(void)snprintf(new, sizeof(new), ".grants.%ld", (long)getpid());
	if (write_new(dir, new, bytes) < 0 ||
	    renameat(dir, new, dir, name) < 0) {
		r = failed(directory, "the grants cannot be written", err);
		(void)unlinkat(dir, new, 0);
		return r;
	}
	if (fsync(dir) < 0)
		return failed(directory,
			      "the grants are there, but perhaps "
			      "not for good",
			      err);
	return 0;
}
