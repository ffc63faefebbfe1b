/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a spec says, read from its printed form.  The text comes from the
 * library and is of a frozen spec, so nothing is validated here again.
 */
#include "cli/facts.h"

#include "base/err.h"
#include "cli/values.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void
add(int *list, size_t *n, int fd)
{
	if (*n < FACTS_FDS_MAX)
		list[(*n)++] = fd;
}

static void
learn_stdio(struct facts *f, const json_t *root)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	const json_t *stdio = json_object_get(root, "stdio");

	for (int fd = 0; fd < 3; fd++) {
		const char *form =
		    json_string_value(json_object_get(stdio, names[fd]));
		int from;

		if (form == NULL)
			continue;
		if (strcmp(form, "pipe") == 0)
			add(f->ends, &f->n_ends, fd);
		if (strncmp(form, "fd:", 3) == 0 && values_fd(form + 3, &from))
			add(f->inherited, &f->n_inherited, from);
	}
}

static void
learn_extra(struct facts *f, const json_t *root)
{
	const json_t *list = json_object_get(root, "extra_fds");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *type =
		    json_string_value(json_object_get(item, "type"));
		int fd = (int)json_integer_value(json_object_get(item, "fd"));
		int from =
		    (int)json_integer_value(json_object_get(item, "from"));

		if (type == NULL)
			continue;
		if (strcmp(type, "pipe") == 0 ||
		    strcmp(type, "socketpair") == 0)
			add(f->ends, &f->n_ends, fd);
		if (strcmp(type, "inherit") == 0)
			add(f->inherited, &f->n_inherited, from);
	}
}

static int
ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int
facts_learn(const struct caisson_spec *spec, struct facts *out,
	    struct caisson_error *err)
{
	struct facts f = { .n_ends = 0 };
	char *text = NULL;
	json_t *root;
	int code = caisson_spec_print(spec, &text, err);

	if (code < 0)
		return code;
	root = json_loads(text, 0, NULL);
	free(text);
	if (root == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	learn_stdio(&f, root);
	learn_extra(&f, root);
	f.timeout_ms =
	    (uint64_t)json_integer_value(json_object_get(root, "timeout_ms"));
	json_decref(root);
	qsort(f.ends, f.n_ends, sizeof(f.ends[0]), ascending);
	*out = f;
	return 0;
}

bool
facts_inherits(const struct facts *facts, int fd)
{
	for (size_t i = 0; i < facts->n_inherited; i++)
		if (facts->inherited[i] == fd)
			return true;
	return false;
}
