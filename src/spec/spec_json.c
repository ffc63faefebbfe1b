/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to spec.  The text fills a scratch spec; only when all of it has
 * been read do the keys that it names change places with those of the caller's
 * spec, so that a failure leaves that as it was.
 */
#include "base/err.h"
#include "spec/edit.h"
#include "spec/json_load.h"
#include "spec/json_text.h"
#include "spec/strlist.h"

#include <stddef.h>
#include <string.h>

static int
load_version(const struct json_node *node, struct caisson_spec *spec,
	     struct caisson_error *err)
{
	int64_t version;
	int r = json_node_integer(node, &version, err);

	if (r < 0)
		return r;
	if (version != 1)
		return err_spec(err, AT_NODE(node), "must be 1");
	spec->has_version = true;
	return 0;
}

static int
load_path(const struct json_node *node, struct caisson_spec *spec,
	  struct caisson_error *err)
{
	return json_node_copy(node, &spec->path, err);
}

static int
load_argv(const struct json_node *node, struct caisson_spec *spec,
	  struct caisson_error *err)
{
	return json_load_strings(node, &spec->argv, err);
}

static int
load_env(const struct json_node *node, struct caisson_spec *spec,
	 struct caisson_error *err)
{
	return json_load_map(node, &spec->env_names, &spec->env_values, err);
}

static int
load_cwd(const struct json_node *node, struct caisson_spec *spec,
	 struct caisson_error *err)
{
	return json_node_copy(node, &spec->cwd, err);
}

static int
load_timeout(const struct json_node *node, struct caisson_spec *spec,
	     struct caisson_error *err)
{
	return json_node_integer(node, &spec->timeout_ms, err);
}

static int
load_kill_grace(const struct json_node *node, struct caisson_spec *spec,
		struct caisson_error *err)
{
	return json_node_integer(node, &spec->kill_grace_ms, err);
}

static const struct json_field fields[] = {
	{ "version", true, load_version },
	{ "path", false, load_path },
	{ "argv", false, load_argv },
	{ "env", false, load_env },
	{ "cwd", false, load_cwd },
	{ "credentials", false, json_load_credentials },
	{ "drop_sudo_credentials", false, json_load_drop_sudo },
	{ "capabilities", false, json_load_capabilities },
	{ "bounding", false, json_load_bounding },
	{ "seccomp", false, json_load_seccomp },
	{ "stdio", false, json_load_stdio },
	{ "extra_fds", false, json_load_extra_fds },
	{ "process", false, json_load_process },
	{ "rlimits", false, json_load_rlimits },
	{ "timeout_ms", false, load_timeout },
	{ "kill_grace_ms", false, load_kill_grace },
	{ "handshake", false, json_load_handshake },
	{ NULL, false, NULL },
};

/* Which bytes of the spec a key stands for, from one member to another. */
#define SPAN(key, first, last)                                      \
	{                                                           \
		key, offsetof(struct caisson_spec, first),          \
		    offsetof(struct caisson_spec, last) +           \
			sizeof(((struct caisson_spec *)NULL)->last) \
	}

static const struct span {
	const char *key;
	size_t begin, end;
} spans[] = {
	SPAN("version", has_version, has_version),
	SPAN("path", path, path),
	SPAN("argv", argv, argv),
	SPAN("env", env_names, env_values),
	SPAN("cwd", cwd, cwd),
	SPAN("credentials", id, id),
	SPAN("drop_sudo_credentials", drop_sudo, drop_sudo),
	SPAN("capabilities", capabilities, capabilities),
	SPAN("bounding", bounding_required, bounding_required),
	SPAN("seccomp", profile, filter_n),
	SPAN("stdio", stdio, stdio),
	SPAN("extra_fds", extra, n_extra),
	SPAN("process", process, process),
	SPAN("rlimits", rlimits, n_rlimits),
	SPAN("timeout_ms", timeout_ms, timeout_ms),
	SPAN("kill_grace_ms", kill_grace_ms, kill_grace_ms),
	SPAN("handshake", handshake, handshake),
};

_Static_assert(sizeof(spans) / sizeof(spans[0]) + 1 ==
		   sizeof(fields) / sizeof(fields[0]),
	       "each key has a place");

static void
swap_span(struct caisson_spec *a, struct caisson_spec *b,
	  const struct span *span)
{
	char *x = (char *)a, *y = (char *)b;

	for (size_t i = span->begin; i < span->end; i++) {
		char c = x[i];

		x[i] = y[i];
		y[i] = c;
	}
}

static int
refuse_reserved(const struct json_node *root, struct caisson_error *err)
{
	static const char *const reserved[] = { "filesystem", "network",
						"namespaces", "landlock",
						"cgroup" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (json_object_get(root->value, reserved[i]) != NULL)
			return err_set(err, CAISSON_E_UNSUPPORTED,
				       CAISSON_STAGE_SPEC, 0,
				       "/%s: not supported by this version",
				       reserved[i]);
	return 0;
}

/* Everything in root into an empty scratch spec. */
static int
load_root(json_t *root, struct caisson_spec *scratch, struct caisson_error *err)
{
	struct json_node node = { root, NULL, NULL, 0 };
	int r = refuse_reserved(&node, err);

	if (r < 0)
		return r;
	return json_node_fields(&node, fields, scratch, err);
}

int
caisson_spec_load(struct caisson_spec *spec, const char *text, size_t len,
		  struct caisson_error *err)
{
	struct caisson_spec *scratch = NULL;
	json_t *root = NULL;
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (text == NULL)
		return err_usage(err, "text is NULL");
	r = json_text_parse(text, len, &root, err);
	if (r == 0)
		r = caisson_spec_new(&scratch, err);
	if (r == 0)
		r = load_root(root, scratch, err);
	for (size_t i = 0; r == 0 && i < sizeof(spans) / sizeof(*spans); i++)
		if (json_object_get(root, spans[i].key) != NULL)
			swap_span(spec, scratch, &spans[i]);
	caisson_spec_free(scratch);
	json_decref(root);
	return r;
}

int
caisson_spec_parse(const char *text, size_t len, struct caisson_spec **out,
		   struct caisson_error *err)
{
	struct caisson_spec *spec = NULL;
	int r;

	if (out == NULL)
		return err_usage(err, "out is NULL");
	r = caisson_spec_new(&spec, err);
	if (r == 0)
		r = caisson_spec_load(spec, text, len, err);
	if (r == 0)
		r = caisson_spec_freeze(spec, err);
	if (r < 0) {
		caisson_spec_free(spec);
		return r;
	}
	*out = spec;
	return 0;
}
