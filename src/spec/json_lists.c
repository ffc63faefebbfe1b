/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: lists and objects of strings. */
#include "spec/json_load.h"

#include "base/err.h"
#include "spec/strlist.h"

int
json_load_strings(const struct json_node *node, struct spec_strings *out,
		  struct caisson_error *err)
{
	int r = json_node_is_list(node, err);

	if (r < 0)
		return r;
	if (strlist_init_empty(out) < 0)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	for (size_t i = 0; i < json_array_size(node->value); i++) {
		struct json_node element = json_node_element(node, i);
		const char *text;

		r = json_node_string(&element, &text, err);
		if (r < 0)
			return r;
		if (strlist_push(out, text) < 0)
			return err_no_memory(err, CAISSON_STAGE_PARSE);
	}
	return 0;
}

int
json_load_map(const struct json_node *node, struct spec_strings *keys,
	      struct spec_strings *values, struct caisson_error *err)
{
	const char *key;
	json_t *value;
	int r = json_node_is_object(node, err);

	if (r < 0)
		return r;
	json_object_foreach(node->value, key, value)
	{
		struct json_node member = { value, node, key, 0 };
		const char *text;

		r = json_node_string(&member, &text, err);
		if (r < 0)
			return r;
		if (strlist_map_push(keys, values, key, text) < 0)
			return err_no_memory(err, CAISSON_STAGE_PARSE);
	}
	return 0;
}
