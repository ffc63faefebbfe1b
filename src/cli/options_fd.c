/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms in which a command line names descriptors.
 *
 *	--stdin, --stdout, --stderr
 *		null  inherit  pipe  closed  fd:N  file:PATH  append:PATH
 *		read-write:PATH  stdout (stderr only)
 *	--fd N=FORM
 *		pipe:to  pipe:from  socketpair  inherit:M  M
 *		file:MODE:PATH, MODE read, write, append or read-write
 */
#include "cli/options.h"

#include "base/err.h"
#include "cli/values.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text behind a prefix; NULL: text does not begin with it. */
static const char *
after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static const char *const stdio_names[] = { "stdin", "stdout", "stderr" };

static const char *
option_of(int fd)
{
	return fd <= 2 ? stdio_names[fd] : "fd";
}

static int
set_file(struct request *r, int fd, const char *path, uint32_t mode,
	 struct caisson_error *err)
{
	char *absolute = NULL;
	int code;

	if (path[0] == '\0')
		return err_usage(err, "--%s: the path is empty", option_of(fd));
	code = values_absolute(path, &absolute, err);
	if (code == 0)
		code = caisson_spec_fd_file(r->spec, fd, absolute, mode, err);
	free(absolute);
	return code;
}

static int
set_inherit(struct request *r, int fd, const char *from,
	    struct caisson_error *err)
{
	int number;

	if (!values_fd(from, &number))
		return options_bad(option_of(fd), from, "a descriptor number",
				   err);
	return caisson_spec_fd_inherit(r->spec, fd, number, err);
}

static int
stdio_word(struct request *r, int fd, const char *form,
	   struct caisson_error *err)
{
	uint32_t direction = fd == 0 ? CAISSON_TO_CHILD : CAISSON_FROM_CHILD;

	if (strcmp(form, "null") == 0)
		return caisson_spec_fd_null(r->spec, fd, err);
	if (strcmp(form, "inherit") == 0)
		return caisson_spec_fd_inherit(r->spec, fd, fd, err);
	if (strcmp(form, "closed") == 0)
		return caisson_spec_fd_closed(r->spec, fd, err);
	if (strcmp(form, "pipe") == 0)
		return caisson_spec_fd_pipe(r->spec, fd, direction, err);
	if (strcmp(form, "stdout") == 0 && fd == 2)
		return caisson_spec_stderr_to_stdout(r->spec, err);
	return options_bad(stdio_names[fd], form,
			   fd == 2 ? "null, inherit, pipe, closed, stdout, "
				     "fd:N, file:PATH, append:PATH or "
				     "read-write:PATH"
				   : "null, inherit, pipe, closed, fd:N, "
				     "file:PATH, append:PATH or "
				     "read-write:PATH",
			   err);
}

static int
stdio(struct request *r, int fd, const char *form, struct caisson_error *err)
{
	const char *rest;

	if ((rest = after(form, "fd:")) != NULL)
		return set_inherit(r, fd, rest, err);
	if ((rest = after(form, "file:")) != NULL)
		return set_file(r, fd, rest,
				fd == 0 ? CAISSON_FILE_READ
					: CAISSON_FILE_WRITE,
				err);
	if ((rest = after(form, "append:")) != NULL)
		return set_file(r, fd, rest, CAISSON_FILE_APPEND, err);
	if ((rest = after(form, "read-write:")) != NULL)
		return set_file(r, fd, rest, CAISSON_FILE_READ_WRITE, err);
	return stdio_word(r, fd, form, err);
}

int
options_stdin(struct request *r, const char *value, struct caisson_error *err)
{
	return stdio(r, STDIN_FILENO, value, err);
}

int
options_stdout(struct request *r, const char *value, struct caisson_error *err)
{
	return stdio(r, STDOUT_FILENO, value, err);
}

int
options_stderr(struct request *r, const char *value, struct caisson_error *err)
{
	return stdio(r, STDERR_FILENO, value, err);
}

static int
extra_file(struct request *r, int fd, const char *form,
	   struct caisson_error *err)
{
	static const struct {
		const char *prefix;
		uint32_t mode;
	} modes[] = {
		{ "read:", CAISSON_FILE_READ },
		{ "write:", CAISSON_FILE_WRITE },
		{ "append:", CAISSON_FILE_APPEND },
		{ "read-write:", CAISSON_FILE_READ_WRITE },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const char *path = after(form, modes[i].prefix);

		if (path != NULL)
			return set_file(r, fd, path, modes[i].mode, err);
	}
	return err_usage(err,
			 "--fd %d=file:%s: must be file:MODE:PATH, MODE read, "
			 "write, append or read-write",
			 fd, form);
}

static int
extra(struct request *r, int fd, const char *form, struct caisson_error *err)
{
	const char *rest;

	if (strcmp(form, "pipe:to") == 0)
		return caisson_spec_fd_pipe(r->spec, fd, CAISSON_TO_CHILD, err);
	if (strcmp(form, "pipe:from") == 0)
		return caisson_spec_fd_pipe(r->spec, fd, CAISSON_FROM_CHILD,
					    err);
	if (strcmp(form, "socketpair") == 0)
		return caisson_spec_fd_socketpair(r->spec, fd, err);
	if ((rest = after(form, "file:")) != NULL)
		return extra_file(r, fd, rest, err);
	if ((rest = after(form, "inherit:")) != NULL)
		return set_inherit(r, fd, rest, err);
	if (form[0] >= '0' && form[0] <= '9')
		return set_inherit(r, fd, form, err);
	return err_usage(err,
			 "--fd %d=%s: must be pipe:to, pipe:from, socketpair, "
			 "inherit:M or file:MODE:PATH",
			 fd, form);
}

int
options_fd(struct request *r, const char *value, struct caisson_error *err)
{
	const char *equals = strchr(value, '=');
	char number[16];
	size_t len;
	int fd;

	len = equals != NULL ? (size_t)(equals - value) : sizeof(number);
	if (len >= sizeof(number))
		return options_bad("fd", value, "N=FORM", err);
	memcpy(number, value, len);
	number[len] = '\0';
	/* 0 to 2 have options of their own, with forms of their own. */
	if (!values_fd(number, &fd) || fd <= 2)
		return options_bad("fd", value, "N=FORM, N from 3 on", err);
	return extra(r, fd, equals + 1, err);
}
