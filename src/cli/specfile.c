/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a text, a spec or a policy: bounded, whole, from a file or standard
 * input.  What the text means is the library's business.
 */
#include "cli/request.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte more than the library takes, so that it can say "too long". */
#define TEXT_MAX ((1u << 20) + 1)

static int
failed(const char *what, const char *path, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PARSE, errno,
		       "%s%s", what, path);
}

/* Standard input may be somebody else's too, who would rather not wait. */
static bool
waits(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return errno == EINTR || (errno == EAGAIN && poll(&p, 1, -1) > 0);
}

static int
read_all(int fd, char *text, size_t *out_len)
{
	size_t len = 0;

	while (len < TEXT_MAX) {
		ssize_t n = read(fd, text + len, TEXT_MAX - len);

		if (n < 0 && waits(fd))
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*out_len = len;
	return 0;
}

int
specfile_slurp(const char *what, const char *path, char **out, size_t *out_len,
	       struct caisson_error *err)
{
	FD_OWNED opened = -1;
	char *text;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0) {
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (opened < 0)
			return failed(what, path, err);
		fd = opened;
	}
	text = malloc(TEXT_MAX + 1);
	if (text == NULL)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	if (read_all(fd, text, out_len) < 0) {
		free(text);
		return failed(what, path, err);
	}
	text[*out_len] = '\0';
	*out = text;
	return 0;
}

int
specfile_read(const char *path, char **out, size_t *out_len,
	      struct caisson_error *err)
{
	return specfile_slurp("--spec ", path, out, out_len, err);
}
