/* SPDX-License-Identifier: Apache-2.0 */
/* Validation: that the parts of the handshake fit together. */
#include "base/err.h"
#include "handshake/protocol.h"
#include "spec/freeze.h"
#include "spec/pointer.h"

#include <string.h>

static int
check_protocol(const struct spec_handshake *handshake,
	       struct caisson_error *err)
{
	if (handshake->protocol == NULL)
		return err_spec(err, "/handshake/protocol", "is required");
	if (protocol_find(handshake->protocol) == NULL)
		return err_spec(err, "/handshake/protocol",
				"must be \"caisson\", \"v23\" or \"veyron\"");
	return 0;
}

/* A string for those whose configuration is a map: one that is encoded. */
static int
check_encoded(const struct spec_handshake *handshake, struct caisson_error *err)
{
	struct caisson_bytes bytes = { handshake->config,
				       handshake->config_len };
	struct caisson_config *map = NULL;
	struct caisson_error why = { 0 };
	int r = caisson_config_decode(handshake->protocol, bytes, &map, &why);

	caisson_config_free(map);
	if (r == CAISSON_E_NO_MEMORY)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	if (r < 0)
		return err_spec(err, "/handshake/config",
				"must be an object for protocol \"%s\", or a "
				"map already encoded (%s)",
				handshake->protocol, why.msg);
	return 0;
}

static int
check_config(const struct spec_handshake *handshake, struct caisson_error *err)
{
	if (handshake->has_map && handshake->has_config)
		return err_spec(err, "/handshake/config",
				"is either a string or an object, not both");
	if (handshake->has_map && strcmp(handshake->protocol, "caisson") == 0)
		return err_spec(err, "/handshake/config",
				"must be a string: an object is for protocols "
				"\"v23\" and \"veyron\"");
	if (handshake->has_config &&
	    protocol_find(handshake->protocol)->vom != 0)
		return check_encoded(handshake, err);
	return 0;
}

static int
check_fd(const char *pointer, int64_t fd, struct caisson_error *err)
{
	if (fd < 3 || fd > SPEC_FD_MAX)
		return err_spec(err, pointer, "must be 3 to %d", SPEC_FD_MAX);
	return 0;
}

static int
check_fds(const struct spec_handshake *handshake, struct caisson_error *err)
{
	int r;

	if (!handshake->has_fds)
		return 0;
	if (strcmp(handshake->protocol, "caisson") != 0)
		return err_spec(err, "/handshake",
				"\"data_fd\" and \"status_fd\" are for "
				"protocol \"caisson\"; \"%s\" uses 3 and 4",
				handshake->protocol);
	r = check_fd("/handshake/data_fd", handshake->data_fd, err);
	if (r == 0)
		r = check_fd("/handshake/status_fd", handshake->status_fd, err);
	if (r < 0)
		return r;
	if (handshake->data_fd == handshake->status_fd)
		return err_spec(err, "/handshake/status_fd",
				"%d is the data descriptor too",
				(int)handshake->status_fd);
	return 0;
}

static int
check_clash(const struct caisson_spec *spec, struct caisson_error *err)
{
	for (size_t i = 0; i < spec->n_extra; i++) {
		int64_t fd = spec->extra[i].fd;

		if (fd == spec->handshake.data_fd)
			return err_spec(err, AT("/extra_fds/%zu/fd", i),
					"%d is the handshake's data descriptor",
					(int)fd);
		if (fd == spec->handshake.status_fd)
			return err_spec(err, AT("/extra_fds/%zu/fd", i),
					"%d is the handshake's status "
					"descriptor",
					(int)fd);
	}
	return 0;
}

int
freeze_check_handshake(const struct caisson_spec *spec,
		       struct caisson_error *err)
{
	const struct spec_handshake *handshake = &spec->handshake;
	int r;

	if (!handshake->has)
		return 0;
	r = check_protocol(handshake, err);
	if (r == 0)
		r = check_config(handshake, err);
	if (r == 0)
		r = check_fds(handshake, err);
	if (r == 0)
		r = freeze_check_time("/handshake/ready_timeout_ms",
				      handshake->ready_timeout_ms, err);
	if (r == 0)
		r = check_clash(spec, err);
	return r;
}
