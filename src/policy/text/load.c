/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy in a file: policy text, or a container's profile, which becomes
 * policy text first.
 */
#include "policy/text/reader.h"

#include "base/fd.h"
#include "policy/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static size_t
skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && strchr(" \t\r\n", text[at]) != NULL &&
	       text[at] != '\0')
		at++;
	return at;
}

/* "{read, write}: allow" begins like an object, but no object begins so. */
static bool
is_json(const char *text, size_t len)
{
	size_t at = skip_blanks(text, len, 0);

	if (at == len || text[at] != '{')
		return false;
	at = skip_blanks(text, len, at + 1);
	return at < len && (text[at] == '"' || text[at] == '}');
}

/* Before there is a text, so of no line. */
static int
refuse(const struct text_options *options, int error, struct caisson_error *err)
{
	const struct note_place place = { .file = options->file };
	const char *reason =
	    error != 0 ? strerrordesc_np(error) : "not a regular file";

	notes_add(options->notes, &place, "%s",
		  reason != NULL ? reason : "cannot be read");
	if (error == ENOMEM)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	if (error == 0)
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "%s: not a regular file", options->file);
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_POLICY, error, "%s",
		       options->file);
}

/* The directory of a file, for @include. */
static int
open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name;
	int fd;

	name = slash != NULL ? strndup(path, (size_t)(slash - path) + 1)
			     : strdup(".");
	if (name == NULL)
		return -1;
	fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(name);
	return fd;
}

static int
parse_json(const char *text, size_t len, const struct text_options *options,
	   struct policy **out, struct caisson_error *err)
{
	const struct import_options import = {
		.file = options->file,
		.arch = options->arch,
		.ignore_unknown = options->ignore_unknown,
		.notes = options->notes,
	};
	struct text_options parse = *options;
	char *converted = NULL;
	int r = import_oci(text, len, &import, &converted, err);

	if (r < 0)
		return r;
	parse.dir_fd = -1;
	r = text_parse(converted, strlen(converted), &parse, out, err);
	free(converted);
	return r;
}

int
text_load(const char *path, const struct text_options *options,
	  struct policy **out, struct caisson_error *err)
{
	struct text_options parse = *options;
	FD_OWNED fd = -1;
	FD_OWNED dir = -1;
	char *text = NULL;
	size_t len = 0;
	int r;

	parse.file = path;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || text_open_read(fd, &text, &len) < 0)
		return refuse(&parse, errno, err);
	if (is_json(text, len)) {
		r = parse_json(text, len, &parse, out, err);
	} else {
		dir = open_directory(path);
		parse.dir_fd = dir;
		r = dir < 0 ? refuse(&parse, errno, err)
			    : text_parse(text, len, &parse, out, err);
	}
	free(text);
	return r;
}
