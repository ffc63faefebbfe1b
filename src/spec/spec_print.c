/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spec to text: JSON that parses to an equal spec.  What has a default is
 * written out; what is the caller's value unless set is there only if set.
 * Plain ASCII, so that it can be shown on any terminal.
 */
#include "spec/print.h"

#include "base/err.h"
#include "spec/words.h"

#include <stdlib.h>

json_t *
print_strings(const struct spec_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < list->n; i++)
		if (json_array_append_new(array, json_string(list->v[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *
print_map(const struct spec_strings *keys, const struct spec_strings *values)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < keys->n; i++)
		if (json_object_set_new(object, keys->v[i],
					json_string(values->v[i])) < 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *
print_ids(const struct spec_identity_fields *id)
{
	json_t *groups = json_array();

	for (size_t i = 0; groups != NULL && i < id->n_groups; i++)
		if (json_array_append_new(groups, json_integer(id->groups[i])) <
		    0) {
			json_decref(groups);
			groups = NULL;
		}
	return json_pack("{s:I, s:I, s:o}", "uid", (json_int_t)id->uid, "gid",
			 (json_int_t)id->gid, "groups", groups);
}

static json_t *
print_credentials(const struct spec_identity_fields *id)
{
	if (id->kind == SPEC_IDS)
		return print_ids(id);
	/* "s*" would take memory that is out for a group that is not there. */
	if (id->group == NULL)
		return json_pack("{s:s}", "user", id->user);
	return json_pack("{s:s, s:s}", "user", id->user, "group", id->group);
}

static json_t *
print_seccomp(const struct caisson_spec *spec)
{
	if (spec->policy != NULL)
		return json_pack("{s:s}", "policy", spec->policy);
	return json_pack("{s:s}", "profile", spec->profile);
}

static int
add(json_t *root, const char *key, json_t *value)
{
	return json_object_set_new(root, key, value);
}

static int
add_program(json_t *root, const struct caisson_spec *spec)
{
	int r = add(root, "version", json_integer(1));

	r |= add(root, "path", json_string(spec->path));
	r |= add(root, "argv", print_strings(&spec->argv));
	r |= add(root, "env", print_map(&spec->env_names, &spec->env_values));
	r |= add(root, "cwd", json_string(spec->cwd));
	return r;
}

static int
add_identity(json_t *root, const struct caisson_spec *spec)
{
	const char *bounding = spec->bounding_required ? "empty" : "inherit";
	int r = 0;

	if (spec->id.kind != SPEC_KEEP)
		r |= add(root, "credentials", print_credentials(&spec->id));
	if (spec->drop_sudo != CAISSON_DROP_SUDO_NO)
		r |= add(root, "drop_sudo_credentials",
			 json_string(
			     words_text(words_drop_sudo, spec->drop_sudo)));
	r |= add(root, "capabilities", print_strings(&spec->capabilities));
	r |= add(root, "bounding", json_string(bounding));
	r |= add(root, "seccomp", print_seccomp(spec));
	return r;
}

static int
add_process(json_t *root, const struct caisson_spec *spec)
{
	int r = add(root, "stdio", print_stdio(spec));

	if (spec->n_extra > 0)
		r |= add(root, "extra_fds", print_extra_fds(spec));
	r |= add(root, "process", print_process(&spec->process));
	if (spec->n_rlimits > 0)
		r |= add(root, "rlimits", print_rlimits(spec));
	r |= add(root, "timeout_ms", json_integer(spec->timeout_ms));
	r |= add(root, "kill_grace_ms", json_integer(spec->kill_grace_ms));
	if (spec->handshake.has)
		r |= add(root, "handshake", print_handshake(&spec->handshake));
	return r;
}

static json_t *
build(const struct caisson_spec *spec)
{
	json_t *root = json_object();

	if (add_program(root, spec) < 0 || add_identity(root, spec) < 0 ||
	    add_process(root, spec) < 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* Into memory of our own: jansson's may come from another allocator. */
static char *
dump(const json_t *root, size_t *len)
{
	size_t flags = JSON_INDENT(2) | JSON_ENSURE_ASCII;
	char *text = NULL;

	*len = json_dumpb(root, NULL, 0, flags);
	if (*len > 0)
		text = malloc(*len + 1);
	if (text == NULL)
		return NULL;
	if (json_dumpb(root, text, *len, flags) != *len) {
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

int
caisson_spec_print(const struct caisson_spec *spec, char **out,
		   struct caisson_error *err)
{
	json_t *root;
	char *text;
	size_t len = 0;
	int r;

	if (spec == NULL || out == NULL)
		return err_usage(err, "spec or out is NULL");
	if (!spec->frozen)
		return err_usage(err, "the spec is not frozen");
	r = print_check(spec, err);
	if (r < 0)
		return r;
	root = build(spec);
	text = dump(root, &len);
	json_decref(root);
	if (text == NULL)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	if (len > SPEC_TEXT_MAX) {
		free(text);
		return err_spec(err, "the spec",
				"is longer than %u bytes as text",
				SPEC_TEXT_MAX);
	}
	*out = text;
	return 0;
}
