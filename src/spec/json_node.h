/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON value that knows where it stands, and the typed ways to read it.
 * A wrong type is CAISSON_E_SPEC with the JSON pointer.
 */
#ifndef SPEC_JSON_NODE_H
#define SPEC_JSON_NODE_H

#include "spec/pointer.h"
#include "spec/spec.h"
#include "spec/words.h"

#include <jansson.h>

struct json_node {
	json_t *value; /* borrowed; NULL: not there */
	const struct json_node *parent; /* NULL: the whole text */
	const char *key; /* in an object */
	size_t index; /* in a list */
};

/*
 * One key of an object that has a fixed set of them.  load NULL: whoever asks
 * for the check of the keys reads the value himself.
 */
struct json_field {
	const char *key;
	bool required;
	int (*load)(const struct json_node *node, struct caisson_spec *spec,
		    struct caisson_error *err);
};

/* The pointer of a node, in a buffer of the block. */
#define AT_NODE(node) json_node_pointer((node), (char[POINTER_SIZE]){ 0 })
const char *
json_node_pointer(const struct json_node *node, char out[POINTER_SIZE]);

/* The member of an object; value NULL where there is none. */
struct json_node
json_node_member(const struct json_node *object, const char *key);
struct json_node json_node_element(const struct json_node *list, size_t index);

/*
 * Every member of the object through its field's load.  fields ends with a
 * NULL key.
 */
CAISSON_CHECK int json_node_fields(const struct json_node *object,
				   const struct json_field *fields,
				   struct caisson_spec *spec,
				   struct caisson_error *err);

CAISSON_CHECK int
json_node_is_object(const struct json_node *node, struct caisson_error *err);
CAISSON_CHECK int
json_node_is_list(const struct json_node *node, struct caisson_error *err);
/* out borrows from the node. */
CAISSON_CHECK int json_node_string(const struct json_node *node,
				   const char **out, struct caisson_error *err);
/* *field = a copy, what it held is freed. */
CAISSON_CHECK int json_node_copy(const struct json_node *node, char **field,
				 struct caisson_error *err);
CAISSON_CHECK int json_node_integer(const struct json_node *node, int64_t *out,
				    struct caisson_error *err);
CAISSON_CHECK int json_node_bool(const struct json_node *node, bool *out,
				 struct caisson_error *err);
/* WORDS_UNKNOWN for a word that is not in the table. */
CAISSON_CHECK int json_node_word(const struct json_node *node,
				 const struct word *table, uint32_t *out,
				 struct caisson_error *err);

#endif
