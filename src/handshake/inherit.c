/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process was handed by its launcher, taken over once.  The one object
 * lives as long as the process: there is one environment, and one pair of
 * descriptors.  It is complete before anybody sees it, or it is not there.
 */
#include "handshake/inherit.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/sized.h"
#include "handshake/vom.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct caisson_inherited inherited = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.status_fd = -1,
};
static struct caisson_error failure; /* code 0: there was none */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* For whoever of the callers is the first: what runs once has no parameter. */
static _Thread_local const struct caisson_inherit_options *asked;

static int
read_options(const struct caisson_inherit_options *in,
	     struct caisson_inherit_options *out, struct caisson_error *err)
{
	int r = sized_read(in, out, sizeof(*out), "inherit", err);

	if (r < 0)
		return r;
	if (out->reserved != 0)
		return sized_is_newer("inherit", err);
	if (out->limit > CAISSON_HANDSHAKE_BYTES_MAX)
		return err_usage(err, "options.limit is over %u bytes",
				 CAISSON_HANDSHAKE_BYTES_MAX);
	if (out->limit == 0)
		out->limit = CAISSON_HANDSHAKE_BYTES;
	if (out->timeout_ms == 0)
		out->timeout_ms = INHERIT_TIMEOUT_MS;
	return 0;
}

static int
read_payload(struct caisson_inherited *in, int fd,
	     struct payload_reader *reader, struct caisson_error *err)
{
	int r = inherit_read(fd, inherit_until(in->timeout_ms), reader, err);

	if (r == 0 && in->protocol->vom != 0)
		r = vom_decode(in->protocol->vom,
			       (struct caisson_bytes){ reader->config,
						       reader->config_len },
			       &in->map, err);
	if (r < 0)
		return r;
	in->config = reader->config;
	in->config_len = reader->config_len;
	in->secret = reader->secret;
	reader->config = NULL;
	reader->secret = NULL;
	return 0;
}

/* That this is the process that inherits: who forks has its memory, too. */
static int
mark(struct caisson_inherited *in, struct caisson_error *err)
{
	int r = secret_alloc(1, &in->mark, err);

	if (r < 0)
		return r;
	secret_bytes(in->mark)[0] = 1;
	in->pid = (int32_t)sys0(SYS_getpid);
	return 0;
}

static int
take_over(const struct caisson_inherit_options *options,
	  struct caisson_inherited *in, struct caisson_error *err)
{
	struct inherit_place place;
	struct payload_reader reader;
	FD_OWNED data = -1;
	FD_OWNED status = -1;
	int r;

	r = inherit_find(&place, err);
	if (r < 0)
		return r;
	data = inherit_own_fd(place.data_fd);
	status = inherit_own_fd(place.status_fd);
	r = inherit_check_fds(&place, (const int[2]){ data, status }, err);
	if (r < 0)
		return r;
	in->protocol = place.protocol;
	in->timeout_ms = options->timeout_ms;
	r = mark(in, err);
	if (r < 0)
		return r;
	payload_reader_init(&reader, options->limit);
	r = read_payload(in, data, &reader, err);
	payload_reader_done(&reader);
	if (r < 0)
		return r;
	in->told = CAISSON_START_WAITING;
	in->status_fd = fd_steal(&status);
	return 0;
}

static void
run_once(void)
{
	(void)take_over(asked, &inherited, &failure);
}

int
caisson_inherit(const struct caisson_inherit_options *options,
		struct caisson_inherited **out, struct caisson_error *err)
{
	struct caisson_inherit_options complete;
	int state, r;

	if (out == NULL)
		return err_usage(err, "out is NULL");
	r = read_options(options, &complete, err);
	if (r < 0)
		return r;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	asked = &complete;
	(void)pthread_once(&once, run_once);
	asked = NULL;
	(void)pthread_setcancelstate(state, NULL);
	if (failure.code < 0) {
		if (err != NULL)
			*err = failure;
		return failure.code;
	}
	*out = &inherited;
	return 0;
}

/*
 * The number alone does not tell: the first process of a pid namespace can fork
 * the first one of another.  Nor does the memory: it can be shared.
 */
bool
inherit_is_fork(const struct caisson_inherited *in)
{
	const uint8_t *byte = caisson_secret_data(in->mark);

	return *byte == 0 || (int32_t)sys0(SYS_getpid) != in->pid;
}

const char *
caisson_inherited_protocol(const struct caisson_inherited *in)
{
	return in->protocol->name;
}

struct caisson_bytes
caisson_inherited_config(const struct caisson_inherited *in)
{
	return (struct caisson_bytes){ in->config, in->config_len };
}

const struct caisson_config *
caisson_inherited_config_map(const struct caisson_inherited *in)
{
	return in->map;
}

/* In a fork its memory is there, and wiped: zeros are not the secret. */
const struct caisson_secret *
caisson_inherited_secret(const struct caisson_inherited *in)
{
	return inherit_is_fork(in) ? NULL : in->secret;
}

void
caisson_inherited_release_secret(struct caisson_inherited *in)
{
	caisson_secret_free(atomic_exchange(&in->secret, NULL));
}

int
caisson_inherited_fd(struct caisson_inherited *in, uint32_t i, int *out,
		     struct caisson_error *err)
{
	int fd;

	if (in->protocol->vom == 0)
		return err_usage(err,
				 "\"%s\" has no numbers for extra descriptors",
				 in->protocol->name);
	fd = i > INT_MAX - PROTOCOL_EXTRA_FD ? -1 : (int)i + PROTOCOL_EXTRA_FD;
	if (inherit_own_fd(fd) < 0)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_INHERIT,
			       0, "extra descriptor %u is not open", i);
	*out = fd;
	return 0;
}
