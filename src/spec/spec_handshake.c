/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setters: the start-up handshake.  They only fill the spec; that the parts
 * fit together is seen by freeze.
 */
#include "base/err.h"
#include "caisson_handshake.h"
#include "spec/edit.h"
#include "spec/strlist.h"

#include <stdlib.h>
#include <string.h>

int
caisson_spec_set_handshake(struct caisson_spec *spec, const char *protocol,
			   struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	r = edit_text(&spec->handshake.protocol, protocol, "protocol", err);
	if (r < 0)
		return r;
	spec->handshake.has = true;
	return 0;
}

int
caisson_spec_set_handshake_config(struct caisson_spec *spec, const void *data,
				  size_t len, struct caisson_error *err)
{
	struct spec_handshake *handshake;
	char *copy;
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (data == NULL && len > 0)
		return err_usage(err, "data is NULL");
	handshake = &spec->handshake;
	copy = len < SIZE_MAX ? malloc(len + 1) : NULL;
	if (copy == NULL)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	free(handshake->config);
	handshake->config = copy;
	handshake->config_len = len;
	handshake->has_config = true;
	handshake->has = true;
	return 0;
}

int
caisson_spec_set_handshake_config_entry(struct caisson_spec *spec,
					const char *key, const char *value,
					struct caisson_error *err)
{
	struct spec_handshake *handshake;
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (key == NULL || value == NULL)
		return err_usage(err, "key or value is NULL");
	handshake = &spec->handshake;
	if (strlist_map_set(&handshake->keys, &handshake->values, key, value) <
	    0)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	handshake->has_map = true;
	handshake->has = true;
	return 0;
}

int
caisson_spec_set_handshake_ready_timeout_ms(struct caisson_spec *spec,
					    uint64_t timeout_ms,
					    struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->handshake.ready_timeout_ms = edit_clamp(timeout_ms);
	spec->handshake.has = true;
	return 0;
}

int
caisson_spec_set_handshake_fds(struct caisson_spec *spec, int data_fd,
			       int status_fd, struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->handshake.data_fd = data_fd;
	spec->handshake.status_fd = status_fd;
	spec->handshake.has_fds = true;
	spec->handshake.has = true;
	return 0;
}
