/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program is handed at its start: which configuration and which secret,
 * and the two descriptors.  All of it is written before the program exists, so
 * nothing it does can hold us up; the secret goes from its own memory straight
 * into the kernel and is nowhere else here.
 */
#include "run/launch.h"

#include "base/compat.h"
#include "base/err.h"
#include "base/fd.h"
#include "handshake/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define NAME  "caisson" /* of the memfd, for people */
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* What is asked of a launch, and is for handshakes only. */
static int
refuse_options(const struct caisson_launch_options *o,
	       struct caisson_error *err)
{
	const char *what = NULL;

	if (o->secret != NULL)
		what = "secret";
	else if (o->config != NULL || o->config_len != 0)
		what = "config";
	else if (o->handshake_limit != 0)
		what = "handshake_limit";
	if (what == NULL)
		return 0;
	return err_usage(err, "options.%s: the spec has no handshake", what);
}

static int
read_limit(const struct caisson_launch_options *o, size_t *out,
	   struct caisson_error *err)
{
	uint64_t limit = o->handshake_limit;

	if (limit > CAISSON_HANDSHAKE_BYTES_MAX)
		return err_usage(err,
				 "options.handshake_limit is %llu, and may be "
				 "%u at most",
				 (unsigned long long)limit,
				 CAISSON_HANDSHAKE_BYTES_MAX);
	*out = limit == 0 ? CAISSON_HANDSHAKE_BYTES : (size_t)limit;
	return 0;
}

/* The spec's map as the protocol sends it; no map at all is an empty one. */
static int
encode_map(struct launch *l, struct caisson_bytes *out,
	   struct caisson_error *err)
{
	const struct spec_handshake *h = &l->spec->handshake;
	struct caisson_config *map = NULL;
	/* All at once: one by one, a large map is slow in a bad order. */
	struct config_pair *pairs = calloc(h->keys.n + 1, sizeof(*pairs));
	int r;

	if (pairs == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	for (size_t i = 0; i < h->keys.n; i++) {
		const char *k = h->keys.v[i], *v = h->values.v[i];

		pairs[i].key = (struct caisson_bytes){ k, strlen(k) };
		pairs[i].value = (struct caisson_bytes){ v, strlen(v) };
		pairs[i].at = i;
	}
	r = config_from_pairs(pairs, h->keys.n, &map, err);
	free(pairs);
	if (r == 0)
		r = caisson_config_encode(map, h->protocol,
					  &l->handshake.config, &out->len, err);
	caisson_config_free(map);
	out->data = l->handshake.config;
	return r;
}

/* Somebody else has encoded it: the program must be able to read it. */
static int
check_map(const struct launch *l, struct caisson_bytes data,
	  struct caisson_error *err)
{
	struct caisson_error why = { 0 };
	struct caisson_config *map = NULL;
	int r = caisson_config_decode(l->spec->handshake.protocol, data, &map,
				      &why);

	caisson_config_free(map);
	if (r == 0)
		return 0;
	if (r == CAISSON_E_NO_MEMORY)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	return err_usage(err,
			 "options.config: protocol \"%s\" wants an encoded map "
			 "(%s)",
			 l->spec->handshake.protocol, why.msg);
}

static int
choose_config(struct launch *l, struct caisson_bytes *out,
	      struct caisson_error *err)
{
	const struct caisson_launch_options *o = &l->options;
	const struct spec_handshake *h = &l->spec->handshake;
	bool is_map = l->handshake.protocol->vom != 0;

	if (o->config == NULL && o->config_len != 0)
		return err_usage(err, "options.config is NULL, and its length "
				      "is not 0");
	*out = (struct caisson_bytes){ "", 0 };
	if (o->config != NULL)
		*out = (struct caisson_bytes){ o->config, o->config_len };
	else if (h->has_config)
		*out = (struct caisson_bytes){ h->config, h->config_len };
	else if (is_map)
		return encode_map(l, out, err);
	return 0;
}

int
launch_handshake_plan(struct launch *l, struct caisson_error *err)
{
	const struct caisson_secret *secret = l->options.secret;
	struct caisson_bytes config = { NULL, 0 }, bytes = { "", 0 };
	size_t limit = 0;
	int r;

	if (!l->spec->handshake.has)
		return refuse_options(&l->options, err);
	l->handshake.protocol = protocol_find(l->spec->handshake.protocol);
	if (l->handshake.protocol == NULL)
		return err_spec(err, "/handshake/protocol", "is not known");
	if (secret != NULL)
		bytes = (struct caisson_bytes){ caisson_secret_data(secret),
						caisson_secret_len(secret) };
	r = read_limit(&l->options, &limit, err);
	if (r == 0)
		r = choose_config(l, &config, err);
	/* the sizes first: what is too long is not decoded either */
	if (r == 0)
		r = payload_make(&l->handshake.payload, config, bytes, limit,
				 err);
	if (r == 0 && l->handshake.protocol->vom != 0 &&
	    l->options.config != NULL)
		r = check_map(l, config, err);
	return r;
}

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PAYLOAD, errno,
		       "%s", what);
}

/* The most that the kernel usually grants; not more of its memory by ours. */
#define PIPE_MOST (1 << 20)

/* A pipe that holds all of it, or is made to. */
static bool
is_large_enough(int end, size_t size)
{
	int now = fcntl(end, F_GETPIPE_SZ);

	if (now >= 0 && (size_t)now >= size)
		return true;
	return size <= PIPE_MOST && fcntl(end, F_SETPIPE_SZ, (int)size) >= 0;
}

/*
 * One write of everything: older programs take each string by a single read.
 * *out stays -1 where the kernel gives no pipe for it: the user's share of
 * them may be used up.
 */
static int
make_pipe(const struct payload *p, int *out, struct caisson_error *err)
{
	int pair[2];
	FD_OWNED reads = -1;
	FD_OWNED writes = -1;
	ssize_t n;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return failed("the data pipe", err);
	reads = fd_off_stdio(pair[0]);
	writes = fd_off_stdio(pair[1]);
	if (reads < 0 || writes < 0 || fcntl(writes, F_SETFL, O_NONBLOCK) < 0)
		return failed("the data pipe", err);
	if (!is_large_enough(writes, p->size))
		return 0;
	do
		n = writev(writes, p->parts, PAYLOAD_PARTS);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return failed("the data pipe", err);
	if (n >= 0 && (size_t)n == p->size)
		*out = fd_steal(&reads);
	return 0;
}

/* The limit on the size of files holds for it too, and its signal would be the
 * caller's. */
static bool
may_be_as_large(size_t size)
{
	struct rlimit limit = { 0, 0 };

	return getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur >= size;
}

static int
fill_memfd(const struct payload *p, int fd, struct caisson_error *err)
{
	for (size_t i = 0; i < PAYLOAD_PARTS; i++)
		if (fd_write_all(fd, p->parts[i].iov_base,
				 p->parts[i].iov_len) < 0)
			return failed("writing to the memfd", err);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return failed("the memfd", err);
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return failed("sealing the memfd", err);
	if ((fcntl(fd, F_GET_SEALS) & SEALS) != SEALS)
		return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_PAYLOAD,
			       0, "the memfd is not sealed");
	return 0;
}

static int
make_memfd(const struct payload *p, int *out, struct caisson_error *err)
{
	FD_OWNED fd = -1;
	int r;

	if (!may_be_as_large(p->size)) {
		errno = EFBIG;
		return failed("the caller's RLIMIT_FSIZE", err);
	}
	fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING |
				    COMPAT_MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	fd = fd_off_stdio(fd_steal(&fd));
	if (fd < 0)
		return failed("memfd_create", err);
	r = fill_memfd(p, fd, err);
	if (r == 0)
		*out = fd_steal(&fd);
	return r;
}

static int
make_status(struct launch *l, int *status, struct caisson_error *err)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return failed("the status pipe", err);
	l->handshake.status = fd_off_stdio(pair[0]);
	*status = fd_off_stdio(pair[1]);
	if (l->handshake.status < 0 || *status < 0 ||
	    fcntl(l->handshake.status, F_SETFL, O_NONBLOCK) < 0)
		return failed("the status pipe", err);
	return 0;
}

int
launch_handshake_open(struct launch *l, int *data, int *status,
		      struct caisson_error *err)
{
	const struct payload *p = &l->handshake.payload;
	int r = make_pipe(p, data, err);

	if (r == 0 && *data < 0)
		r = make_memfd(p, data, err);
	if (r == 0)
		r = make_status(l, status, err);
	return r;
}

void
launch_handshake_done(struct launch *l)
{
	fd_close(&l->handshake.status);
	free(l->handshake.config);
	l->handshake.config = NULL;
}
