/* SPDX-License-Identifier: Apache-2.0 */
/* Spec to JSON: the program's descriptors. */
#include "spec/print.h"

#include "spec/words.h"

#include <stdio.h>

static json_t *
stdio_file(const struct spec_fd *fd)
{
	return json_pack("{s:s, s:s}", "file", fd->path, "mode",
			 words_text(words_file_mode, fd->mode));
}

static json_t *
stdio_one(const struct spec_fd *fd)
{
	char text[16];

	if (fd->kind == SPEC_FD_FILE)
		return stdio_file(fd);
	if (fd->kind != SPEC_FD_INHERIT || fd->from == fd->fd)
		return json_string(words_text(words_stdio, fd->kind));
	(void)snprintf(text, sizeof(text), "fd:%d", (int)fd->from);
	return json_string(text);
}

json_t *
print_stdio(const struct caisson_spec *spec)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < 3; i++) {
		const struct spec_fd *fd = &spec->stdio[i];

		if (fd->kind == 0)
			continue;
		if (json_object_set_new(object, names[i], stdio_one(fd)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *
extra_one(const struct spec_fd *fd)
{
	const char *type = words_text(words_fd_type, fd->kind);
	json_int_t number = fd->fd;

	if (fd->kind == SPEC_FD_PIPE)
		return json_pack("{s:I, s:s, s:s}", "fd", number, "type", type,
				 "direction",
				 words_text(words_direction, fd->direction));
	if (fd->kind == SPEC_FD_INHERIT)
		return json_pack("{s:I, s:s, s:I}", "fd", number, "type", type,
				 "from", (json_int_t)fd->from);
	if (fd->kind == SPEC_FD_FILE)
		return json_pack("{s:I, s:s, s:s, s:s}", "fd", number, "type",
				 type, "path", fd->path, "mode",
				 words_text(words_file_mode, fd->mode));
	return json_pack("{s:I, s:s}", "fd", number, "type", type);
}

json_t *
print_extra_fds(const struct caisson_spec *spec)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < spec->n_extra; i++)
		if (json_array_append_new(list, extra_one(&spec->extra[i])) <
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}
