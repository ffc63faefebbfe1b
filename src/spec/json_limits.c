/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: resource limits. */
#include "spec/json_load.h"

#include "base/err.h"
#include "base/names.h"

#include <string.h>

/* 0, or -1 for what is neither a number nor "unlimited". */
static int
limit_value(const json_t *value, uint64_t *out)
{
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = (uint64_t)json_integer_value(value);
		return 0;
	}
	if (json_is_string(value) &&
	    strcmp(json_string_value(value), "unlimited") == 0) {
		*out = CAISSON_UNLIMITED;
		return 0;
	}
	return -1;
}

static int
load_limit(const struct json_node *node, struct caisson_spec *spec,
	   struct caisson_error *err)
{
	uint64_t soft, hard;

	if (json_is_array(node->value)) {
		if (json_array_size(node->value) != 2 ||
		    limit_value(json_array_get(node->value, 0), &soft) < 0 ||
		    limit_value(json_array_get(node->value, 1), &hard) < 0)
			return err_spec(err, AT_NODE(node),
					"must be [soft, hard], each an integer "
					"from 0 or \"unlimited\"");
	} else {
		if (limit_value(node->value, &soft) < 0)
			return err_spec(err, AT_NODE(node),
					"must be an integer from 0, "
					"\"unlimited\" or [soft, hard]");
		hard = soft;
	}
	return caisson_spec_set_rlimit(spec, node->key, soft, hard, err);
}

/* The setter replaces; in one text two spellings of a limit are a mistake. */
static int
check_new(const struct json_node *node, const struct caisson_spec *spec,
	  struct caisson_error *err)
{
	int resource = names_rlimit(node->key);

	for (size_t i = 0; i < spec->n_rlimits; i++)
		if (spec->rlimits[i].resource == resource)
			return err_spec(err, AT_NODE(node),
					"is there twice, in another spelling");
	return 0;
}

int
json_load_rlimits(const struct json_node *node, struct caisson_spec *spec,
		  struct caisson_error *err)
{
	const char *key;
	json_t *value;
	int r = json_node_is_object(node, err);

	if (r < 0)
		return r;
	json_object_foreach(node->value, key, value)
	{
		struct json_node member = { value, node, key, 0 };

		r = check_new(&member, spec, err);
		if (r == 0)
			r = load_limit(&member, spec, err);
		if (r < 0)
			return r;
	}
	return 0;
}
