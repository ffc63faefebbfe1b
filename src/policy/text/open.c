/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of @include.  Only regular ones, of a bounded size; where the
 * policy is confined, the kernel keeps the way to them below its directory.
 */
#include "policy/text/reader.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
open_path(const struct text_options *options, const char *path)
{
	const int flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC) };

	if (!options->confined)
		return openat(options->dir_fd, path, flags | O_CLOEXEC);
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	return (int)syscall(SYS_openat2, options->dir_fd, path, &how,
			    sizeof(how));
}

int
text_open_read(int fd, char **out, size_t *len)
{
	struct stat st;
	size_t used;
	char *buf;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = 0;
		return -1;
	}
	if (st.st_size > TEXT_SIZE_MAX) {
		errno = EFBIG;
		return -1;
	}
	/* One more, to see that a file has grown meanwhile. */
	buf = malloc(TEXT_SIZE_MAX + 1);
	if (buf == NULL)
		return -1;
	if (fd_read_all(fd, buf, TEXT_SIZE_MAX + 1, &used) < 0 ||
	    used > TEXT_SIZE_MAX) {
		free(buf);
		return -1;
	}
	*out = buf;
	*len = used;
	return 0;
}

static int
refuse(struct reader *r, const struct token *path, int error)
{
	if (error == ENOMEM)
		return text_no_memory(r);
	if (error == EXDEV)
		return text_wrong(r, &path->at,
				  "this policy includes only what is below its "
				  "directory");
	r->sys_errno = error;
	return text_wrong(r, &path->at,
			  error == 0 ? "this is not a regular file"
				     : "the file cannot be read");
}

static int
open_shipped(struct reader *r, const struct token *path,
	     struct text_source *source)
{
	source->text = text_shipped_file(source->path, &source->len);
	if (source->text == NULL)
		return text_wrong(r, &path->at,
				  "no file of this name comes with caisson");
	return 0;
}

int
text_open_source(struct reader *r, const struct token *path,
		 struct text_source *source)
{
	FD_OWNED fd = -1;
	struct stat st;

	if (source->shipped)
		return open_shipped(r, path, source);
	fd = open_path(r->options, source->path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(r, path, errno);
	source->dev = st.st_dev;
	source->ino = st.st_ino;
	if (text_open_read(fd, &source->heap, &source->len) < 0)
		return refuse(r, path, errno);
	source->text = source->heap;
	r->total += source->len;
	if (r->total > READER_TOTAL_MAX)
		return text_wrong(r, &path->at,
				  "the files are longer than %u bytes together",
				  READER_TOTAL_MAX);
	return 0;
}
