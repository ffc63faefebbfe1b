/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From JSON values into the spec: one function per key.  They check shapes
 * (types, known keys, keys that belong together) and leave values to freeze.
 */
#ifndef SPEC_JSON_LOAD_H
#define SPEC_JSON_LOAD_H

#include "spec/json_node.h"

#define JSON_LOADER(name)                                    \
	CAISSON_CHECK int name(const struct json_node *node, \
			       struct caisson_spec *spec,    \
			       struct caisson_error *err)

JSON_LOADER(json_load_credentials);
JSON_LOADER(json_load_drop_sudo);
JSON_LOADER(json_load_capabilities);
JSON_LOADER(json_load_bounding);
JSON_LOADER(json_load_seccomp);
JSON_LOADER(json_load_stdio);
JSON_LOADER(json_load_extra_fds);
JSON_LOADER(json_load_process);
JSON_LOADER(json_load_rlimits);
JSON_LOADER(json_load_handshake);

/* A list of strings, for argv and capabilities. */
CAISSON_CHECK int json_load_strings(const struct json_node *node,
				    struct spec_strings *out,
				    struct caisson_error *err);
/* An object of strings, for env and the handshake's config. */
CAISSON_CHECK int
json_load_map(const struct json_node *node, struct spec_strings *keys,
	      struct spec_strings *values, struct caisson_error *err);

#endif
