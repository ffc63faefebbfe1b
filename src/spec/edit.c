/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all setters begin with.  Setters only fill the spec: they refuse what
 * cannot be stored (a NULL, a frozen spec) and leave every other judgement to
 * freeze.
 */
#include "spec/edit.h"

#include "base/err.h"
#include "spec/strlist.h"

#include <stdlib.h>
#include <string.h>

int
edit_begin(const struct caisson_spec *spec, struct caisson_error *err)
{
	if (spec == NULL)
		return err_usage(err, "spec is NULL");
	if (spec->frozen)
		return err_usage(err, "the spec is frozen");
	return 0;
}

int
edit_text(char **field, const char *text, const char *what,
	  struct caisson_error *err)
{
	char *copy;

	if (text == NULL)
		return err_usage(err, "%s is NULL", what);
	copy = strdup(text);
	if (copy == NULL)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	free(*field);
	*field = copy;
	return 0;
}

struct spec_fd *
edit_add_fd(struct caisson_spec *spec)
{
	struct spec_fd *more;

	more = reallocarray(spec->extra, spec->n_extra + 1, sizeof(*more));
	if (more == NULL)
		return NULL;
	spec->extra = more;
	more += spec->n_extra++;
	memset(more, 0, sizeof(*more));
	return more;
}

int64_t
edit_clamp(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

void
edit_no_filter(struct caisson_spec *spec)
{
	free(spec->filter);
	spec->filter = NULL;
	spec->filter_n = 0;
}

void
edit_no_config(struct caisson_spec *spec)
{
	struct spec_handshake *handshake = &spec->handshake;

	free(handshake->config);
	handshake->config = NULL;
	handshake->config_len = 0;
	strlist_done(&handshake->keys);
	strlist_done(&handshake->values);
	handshake->has_config = false;
	handshake->has_map = false;
}

void
edit_config_map(struct caisson_spec *spec)
{
	edit_no_config(spec);
	spec->handshake.has_map = true;
}

int
edit_config_push(struct caisson_spec *spec, const char *key, const char *value)
{
	return strlist_map_push(&spec->handshake.keys, &spec->handshake.values,
				key, value);
}
