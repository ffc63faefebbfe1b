/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reading of JSON values.  Knows shapes and pointers, not what the keys
 * mean.
 */
#include "spec/json_node.h"

#include "base/err.h"
#include "spec/json_keys.h"

#include <stdlib.h>
#include <string.h>

const char *
json_node_pointer(const struct json_node *node, char out[POINTER_SIZE])
{
	char above[POINTER_SIZE] = "";

	if (node->parent == NULL)
		return pointer_format(out, "the spec");
	if (node->parent->parent != NULL)
		(void)json_node_pointer(node->parent, above);
	if (node->key != NULL)
		return pointer_join(out, above, node->key);
	return pointer_format(out, "%.96s/%zu", above, node->index);
}

struct json_node
json_node_member(const struct json_node *object, const char *key)
{
	struct json_node node = { .value = json_object_get(object->value, key),
				  .parent = object,
				  .key = key };

	return node;
}

struct json_node
json_node_element(const struct json_node *list, size_t index)
{
	struct json_node node = { .value = json_array_get(list->value, index),
				  .parent = list,
				  .index = index };

	return node;
}

int
json_node_is_object(const struct json_node *node, struct caisson_error *err)
{
	if (!json_is_object(node->value))
		return err_spec(err, AT_NODE(node), "must be an object");
	return 0;
}

int
json_node_is_list(const struct json_node *node, struct caisson_error *err)
{
	if (!json_is_array(node->value))
		return err_spec(err, AT_NODE(node), "must be a list");
	return 0;
}

int
json_node_string(const struct json_node *node, const char **out,
		 struct caisson_error *err)
{
	if (!json_is_string(node->value))
		return err_spec(err, AT_NODE(node), "must be a string");
	*out = json_string_value(node->value);
	return 0;
}

int
json_node_copy(const struct json_node *node, char **field,
	       struct caisson_error *err)
{
	const char *text;
	char *copy;
	int r = json_node_string(node, &text, err);

	if (r < 0)
		return r;
	copy = strdup(text);
	if (copy == NULL)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	free(*field);
	*field = copy;
	return 0;
}

int
json_node_integer(const struct json_node *node, int64_t *out,
		  struct caisson_error *err)
{
	if (!json_is_integer(node->value))
		return err_spec(err, AT_NODE(node), "must be an integer");
	*out = json_integer_value(node->value);
	return 0;
}

int
json_node_bool(const struct json_node *node, bool *out,
	       struct caisson_error *err)
{
	if (!json_is_boolean(node->value))
		return err_spec(err, AT_NODE(node), "must be true or false");
	*out = json_is_true(node->value);
	return 0;
}

int
json_node_word(const struct json_node *node, const struct word *table,
	       uint32_t *out, struct caisson_error *err)
{
	const char *text;
	int r = json_node_string(node, &text, err);

	if (r < 0)
		return r;
	*out = words_value(table, text);
	return 0;
}

static const struct json_field *
find_field(const struct json_field *fields, const char *key)
{
	for (; fields->key != NULL; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

int
json_node_fields(const struct json_node *object,
		 const struct json_field *fields, struct caisson_spec *spec,
		 struct caisson_error *err)
{
	const char *key;
	json_t *value;
	int r = json_node_is_object(object, err);

	if (r < 0)
		return r;
	json_object_foreach(object->value, key, value)
	{
		struct json_node node = { value, object, key, 0 };
		const struct json_field *field = find_field(fields, key);

		if (field == NULL)
			return json_keys_refuse(&node, fields, err);
		if (field->load != NULL)
			r = field->load(&node, spec, err);
		if (r < 0)
			return r;
	}
	for (; fields->key != NULL; fields++) {
		struct json_node node = json_node_member(object, fields->key);

		if (fields->required && node.value == NULL)
			return err_spec(err, AT_NODE(&node), "is required");
	}
	return 0;
}
