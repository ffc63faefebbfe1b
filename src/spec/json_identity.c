/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: who the program is and what it may do. */
#include "spec/json_load.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static int
load_groups(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	int r = json_node_is_list(node, err);
	size_t n;

	if (r < 0)
		return r;
	n = json_array_size(node->value);
	if (n == 0)
		return 0;
	spec->id.groups = reallocarray(NULL, n, sizeof(*spec->id.groups));
	if (spec->id.groups == NULL)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct json_node element = json_node_element(node, i);

		r = json_node_integer(&element, &spec->id.groups[i], err);
	}
	spec->id.n_groups = n;
	return r;
}

static int
load_uid(const struct json_node *node, struct caisson_spec *spec,
	 struct caisson_error *err)
{
	spec->id.kind = SPEC_IDS;
	return json_node_integer(node, &spec->id.uid, err);
}

static int
load_gid(const struct json_node *node, struct caisson_spec *spec,
	 struct caisson_error *err)
{
	return json_node_integer(node, &spec->id.gid, err);
}

static int
load_user(const struct json_node *node, struct caisson_spec *spec,
	  struct caisson_error *err)
{
	spec->id.kind = SPEC_USER;
	return json_node_copy(node, &spec->id.user, err);
}

static int
load_group(const struct json_node *node, struct caisson_spec *spec,
	   struct caisson_error *err)
{
	return json_node_copy(node, &spec->id.group, err);
}

/* Either numbers or names. */
static int
check_form(const struct json_node *node, struct caisson_error *err)
{
	static const char *const numbers[] = { "uid", "gid", "groups" };
	struct json_node user = json_node_member(node, "user");
	struct json_node group = json_node_member(node, "group");

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct json_node number = json_node_member(node, numbers[i]);

		if (user.value != NULL && number.value != NULL)
			return err_spec(err, AT_NODE(&number),
					"cannot stand beside \"user\"");
		if (user.value == NULL && number.value == NULL && i < 2)
			return err_spec(err, AT_NODE(node),
					"must have \"uid\" and \"gid\", or "
					"\"user\"");
	}
	if (user.value == NULL && group.value != NULL)
		return err_spec(err, AT_NODE(&group),
				"is only for \"user\": use \"gid\"");
	return 0;
}

int
json_load_credentials(const struct json_node *node, struct caisson_spec *spec,
		      struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "uid", false, load_uid },       { "gid", false, load_gid },
		{ "groups", false, load_groups }, { "user", false, load_user },
		{ "group", false, load_group },   { NULL, false, NULL },
	};
	int r = json_node_fields(node, fields, spec, err);

	if (r < 0)
		return r;
	return check_form(node, err);
}

int
json_load_drop_sudo(const struct json_node *node, struct caisson_spec *spec,
		    struct caisson_error *err)
{
	return json_node_word(node, words_drop_sudo, &spec->drop_sudo, err);
}

int
json_load_capabilities(const struct json_node *node, struct caisson_spec *spec,
		       struct caisson_error *err)
{
	return json_load_strings(node, &spec->capabilities, err);
}

int
json_load_bounding(const struct json_node *node, struct caisson_spec *spec,
		   struct caisson_error *err)
{
	const char *text;
	int r = json_node_string(node, &text, err);

	if (r < 0)
		return r;
	if (strcmp(text, "empty") != 0 && strcmp(text, "inherit") != 0)
		return err_spec(err, AT_NODE(node),
				"must be \"empty\" or \"inherit\"");
	spec->bounding_required = strcmp(text, "empty") == 0;
	return 0;
}

static int
load_profile(const struct json_node *node, struct caisson_spec *spec,
	     struct caisson_error *err)
{
	return json_node_copy(node, &spec->profile, err);
}

static int
load_policy(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	return json_node_copy(node, &spec->policy, err);
}

int
json_load_seccomp(const struct json_node *node, struct caisson_spec *spec,
		  struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "profile", false, load_profile },
		{ "policy", false, load_policy },
		{ NULL, false, NULL },
	};
	int r = json_node_fields(node, fields, spec, err);

	if (r < 0)
		return r;
	if ((spec->profile == NULL) == (spec->policy == NULL))
		return err_spec(err, AT_NODE(node),
				"must have exactly one of \"profile\" and "
				"\"policy\"");
	return 0;
}
