/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: the start-up handshake. */
#include "spec/json_load.h"

#include "base/err.h"
#include "caisson_handshake.h"

#include <string.h>

static int
load_protocol(const struct json_node *node, struct caisson_spec *spec,
	      struct caisson_error *err)
{
	return json_node_copy(node, &spec->handshake.protocol, err);
}

static int
load_config(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	struct spec_handshake *handshake = &spec->handshake;
	const char *text;

	if (json_is_object(node->value)) {
		handshake->has_map = true;
		return json_load_map(node, &handshake->keys, &handshake->values,
				     err);
	}
	if (!json_is_string(node->value))
		return err_spec(err, AT_NODE(node),
				"must be a string or an object of strings");
	text = json_string_value(node->value);
	return caisson_spec_set_handshake_config(spec, text, strlen(text), err);
}

static int
load_ready_timeout(const struct json_node *node, struct caisson_spec *spec,
		   struct caisson_error *err)
{
	return json_node_integer(node, &spec->handshake.ready_timeout_ms, err);
}

static int
load_data_fd(const struct json_node *node, struct caisson_spec *spec,
	     struct caisson_error *err)
{
	spec->handshake.has_fds = true;
	return json_node_integer(node, &spec->handshake.data_fd, err);
}

static int
load_status_fd(const struct json_node *node, struct caisson_spec *spec,
	       struct caisson_error *err)
{
	spec->handshake.has_fds = true;
	return json_node_integer(node, &spec->handshake.status_fd, err);
}

int
json_load_handshake(const struct json_node *node, struct caisson_spec *spec,
		    struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "protocol", false, load_protocol },
		{ "config", false, load_config },
		{ "ready_timeout_ms", false, load_ready_timeout },
		{ "data_fd", false, load_data_fd },
		{ "status_fd", false, load_status_fd },
		{ NULL, false, NULL },
	};

	spec->handshake.has = true;
	return json_node_fields(node, fields, spec, err);
}
