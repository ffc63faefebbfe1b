/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: stdio and extra_fds. */
#include "spec/json_load.h"

#include "base/err.h"
#include "spec/edit.h"

#include <string.h>

/* The N of "fd:N": canonical decimal; -1 for anything else. */
static int64_t
parse_number(const char *text)
{
	int64_t value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 10 || strspn(text, "0123456789") != len ||
	    (text[0] == '0' && len > 1))
		return -1;
	for (; *text != '\0'; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static void
stdio_word(const char *text, struct spec_fd *fd)
{
	if (strncmp(text, "fd:", 3) == 0) {
		fd->kind = SPEC_FD_INHERIT;
		fd->from = parse_number(text + 3);
		return;
	}
	fd->kind = words_value(words_stdio, text);
	if (fd->kind == SPEC_FD_INHERIT)
		fd->from = fd->fd;
	if (fd->kind == SPEC_FD_PIPE)
		fd->direction =
		    fd->fd == 0 ? CAISSON_TO_CHILD : CAISSON_FROM_CHILD;
}

static int
stdio_file(const struct json_node *node, struct spec_fd *fd,
	   struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "file", true, NULL },
		{ "mode", false, NULL },
		{ NULL, false, NULL },
	};
	struct json_node file = json_node_member(node, "file");
	struct json_node mode = json_node_member(node, "mode");
	int r = json_node_fields(node, fields, NULL, err);

	if (r < 0)
		return r;
	fd->kind = SPEC_FD_FILE;
	fd->mode = fd->fd == 0 ? CAISSON_FILE_READ : CAISSON_FILE_WRITE;
	if (mode.value != NULL)
		r = json_node_word(&mode, words_file_mode, &fd->mode, err);
	if (r < 0)
		return r;
	return json_node_copy(&file, &fd->path, err);
}

static int
load_stdio(const struct json_node *node, struct spec_fd *fd,
	   struct caisson_error *err)
{
	if (json_is_object(node->value))
		return stdio_file(node, fd, err);
	if (json_is_string(node->value))
		stdio_word(json_string_value(node->value), fd);
	else
		fd->kind = SPEC_FD_UNKNOWN;
	return 0;
}

static int
load_stdin(const struct json_node *node, struct caisson_spec *spec,
	   struct caisson_error *err)
{
	spec->stdio[0].fd = 0;
	return load_stdio(node, &spec->stdio[0], err);
}

static int
load_stdout(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	spec->stdio[1].fd = 1;
	return load_stdio(node, &spec->stdio[1], err);
}

static int
load_stderr(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	spec->stdio[2].fd = 2;
	return load_stdio(node, &spec->stdio[2], err);
}

int
json_load_stdio(const struct json_node *node, struct caisson_spec *spec,
		struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "stdin", false, load_stdin },
		{ "stdout", false, load_stdout },
		{ "stderr", false, load_stderr },
		{ NULL, false, NULL },
	};

	return json_node_fields(node, fields, spec, err);
}

static const struct json_field extra_fields[] = {
	{ "fd", true, NULL },         { "type", true, NULL },
	{ "direction", false, NULL }, { "from", false, NULL },
	{ "path", false, NULL },      { "mode", false, NULL },
	{ NULL, false, NULL },
};

/* Which type a key goes with; that type needs it. */
static const struct {
	const char *key;
	uint32_t kind;
} belongings[] = {
	{ "direction", SPEC_FD_PIPE },
	{ "from", SPEC_FD_INHERIT },
	{ "path", SPEC_FD_FILE },
	{ "mode", SPEC_FD_FILE },
};

#define N_BELONGINGS (sizeof(belongings) / sizeof(belongings[0]))

static int
check_belongings(const struct json_node *node, uint32_t kind,
		 struct caisson_error *err)
{
	if (words_text(words_fd_type, kind) == NULL)
		return 0; /* freeze refuses the type itself */
	for (size_t i = 0; i < N_BELONGINGS; i++) {
		const char *type =
		    words_text(words_fd_type, belongings[i].kind);
		struct json_node member =
		    json_node_member(node, belongings[i].key);

		if (member.value != NULL && belongings[i].kind != kind)
			return err_spec(err, AT_NODE(&member),
					"is only for type \"%s\"", type);
		if (member.value == NULL && belongings[i].kind == kind)
			return err_spec(err, AT_NODE(&member),
					"is required for type \"%s\"", type);
	}
	return 0;
}

static int
load_belongings(const struct json_node *node, struct spec_fd *fd,
		struct caisson_error *err)
{
	struct json_node direction = json_node_member(node, "direction");
	struct json_node from = json_node_member(node, "from");
	struct json_node path = json_node_member(node, "path");
	struct json_node mode = json_node_member(node, "mode");
	int r = 0;

	if (direction.value != NULL)
		r = json_node_word(&direction, words_direction, &fd->direction,
				   err);
	if (r == 0 && from.value != NULL)
		r = json_node_integer(&from, &fd->from, err);
	if (r == 0 && path.value != NULL)
		r = json_node_copy(&path, &fd->path, err);
	if (r == 0 && mode.value != NULL)
		r = json_node_word(&mode, words_file_mode, &fd->mode, err);
	return r;
}

static int
load_extra(const struct json_node *node, struct spec_fd *fd,
	   struct caisson_error *err)
{
	struct json_node number = json_node_member(node, "fd");
	struct json_node type = json_node_member(node, "type");
	int r = json_node_fields(node, extra_fields, NULL, err);

	if (r == 0)
		r = json_node_integer(&number, &fd->fd, err);
	if (r == 0)
		r = json_node_word(&type, words_fd_type, &fd->kind, err);
	if (r == 0)
		r = check_belongings(node, fd->kind, err);
	if (r == 0)
		r = load_belongings(node, fd, err);
	return r;
}

int
json_load_extra_fds(const struct json_node *node, struct caisson_spec *spec,
		    struct caisson_error *err)
{
	int r = json_node_is_list(node, err);

	for (size_t i = 0; r == 0 && i < json_array_size(node->value); i++) {
		struct json_node element = json_node_element(node, i);
		struct spec_fd *fd = edit_add_fd(spec);

		if (fd == NULL)
			return err_no_memory(err, CAISSON_STAGE_PARSE);
		r = load_extra(&element, fd, err);
	}
	return r;
}
