/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: bytes in a mapping of their own, which the kernel does not dump and
 * wipes in forked children, and which is wiped before it goes.  The bytes are
 * in no other memory of ours, and no error speaks of them.
 *
 * What describes the secret is on the heap: in a forked child the mapping is
 * zeros, and must still be found and freed.
 */
#include "base/secret.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_BYTES 4096u /* room for a start, where the length is unknown */

struct caisson_secret {
	uint8_t *data;
	size_t len;
	size_t mapped;
};

/* Whole pages for len bytes, one at least; 0: there is no such number. */
static size_t
round_up(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (len > SIZE_MAX - page)
		return 0;
	return len == 0 ? page : (len + page - 1) / page * page;
}

static int
protect(const struct caisson_secret *secret, struct caisson_error *err)
{
	static const int advices[] = { MADV_DONTDUMP, MADV_WIPEONFORK };

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (madvise(secret->data, secret->mapped, advices[i]) < 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_PAYLOAD, errno,
				       "madvise %d", advices[i]);
	/*
	 * Best effort: how much may be locked is a limit of the process, which
	 * others of its parts use too, and a start should not depend on that.
	 */
	(void)mlock(secret->data, secret->mapped);
	return 0;
}

static int
map(struct caisson_secret *secret, size_t len, struct caisson_error *err)
{
	void *at = MAP_FAILED;

	secret->mapped = round_up(len);
	if (secret->mapped > 0)
		at = mmap(NULL, secret->mapped, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	secret->data = at;
	secret->len = len;
	return protect(secret, err);
}

int
secret_alloc(size_t len, struct caisson_secret **out, struct caisson_error *err)
{
	struct caisson_secret *secret = calloc(1, sizeof(*secret));
	int r;

	if (secret == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	r = map(secret, len, err);
	if (r < 0) {
		caisson_secret_free(secret);
		return r;
	}
	*out = secret;
	return 0;
}

uint8_t *
secret_bytes(struct caisson_secret *secret)
{
	return secret->data;
}

void
secret_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

bool
secret_is_equal(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;
	/* Every step has to be stored: none can be left out. */
	volatile uint8_t differing = 0;

	for (size_t i = 0; i < len; i++)
		differing = (uint8_t)(differing | (x[i] ^ y[i]));
	return differing == 0;
}

void
secret_cleanup(struct caisson_secret **secret)
{
	caisson_secret_free(*secret);
	*secret = NULL;
}

int
caisson_secret_new(const void *data, size_t len, struct caisson_secret **out,
		   struct caisson_error *err)
{
	struct caisson_secret *secret = NULL;
	int r;

	if (data == NULL && len > 0)
		return err_usage(err, "data is NULL");
	r = secret_alloc(len, &secret, err);
	if (r < 0)
		return r;
	if (len > 0)
		memcpy(secret->data, data, len);
	*out = secret;
	return 0;
}

const void *
caisson_secret_data(const struct caisson_secret *secret)
{
	return secret->data;
}

size_t
caisson_secret_len(const struct caisson_secret *secret)
{
	return secret->len;
}

bool
caisson_secret_equal(const struct caisson_secret *secret, const void *data,
		     size_t len)
{
	return len == secret->len && secret_is_equal(secret->data, data, len);
}

void
caisson_secret_free(struct caisson_secret *secret)
{
	if (secret == NULL)
		return;
	if (secret->data != NULL) {
		secret_wipe(secret->data, secret->mapped);
		(void)munmap(secret->data, secret->mapped);
	}
	free(secret);
}

/* Twice the room, at most max; the old one is wiped. */
static int
grow(struct caisson_secret **secret, size_t max, struct caisson_error *err)
{
	struct caisson_secret *bigger = NULL;
	size_t len = (*secret)->len;
	int r;

	r = secret_alloc(len < max / 2 ? len * 2 : max, &bigger, err);
	if (r < 0)
		return r;
	memcpy(bigger->data, (*secret)->data, len);
	caisson_secret_free(*secret);
	*secret = bigger;
	return 0;
}

struct source {
	int fd;
	uint64_t until; /* CLOCK_MONOTONIC, ms; CAISSON_FOREVER: no end */
};

/* 1: there is something; 0: the time is over; -1 with errno. */
static int
wait_readable(const struct source *from)
{
	struct pollfd p = { from->fd, POLLIN, 0 };

	for (;;) {
		uint64_t now = clock_mono_ms();
		uint64_t left = from->until > now ? from->until - now : 0;
		int r, ms = left > INT_MAX ? INT_MAX : (int)left;

		r = poll(&p, 1, from->until == CAISSON_FOREVER ? -1 : ms);
		if (r > 0 || (r < 0 && errno != EINTR && errno != EAGAIN))
			return r;
		if (r == 0 && left <= INT_MAX)
			return 0;
	}
}

/*
 * The bytes that are there, or wait for them: so many as *out says, 0 at the
 * end.  Where fd blocks, somebody else who reads it too could hold us up.
 */
static int
read_some(const struct source *from, uint8_t *data, size_t room, size_t *out,
	  struct caisson_error *err)
{
	bool is_over = false;

	for (;;) {
		/* What is readable and gives nothing is no way out of time. */
		int ready = is_over ? 0 : wait_readable(from);
		ssize_t n;

		if (ready == 0)
			return err_set(err, CAISSON_E_TIMEOUT,
				       CAISSON_STAGE_PAYLOAD, 0,
				       "the secret has not ended in time");
		n = ready < 0 ? -1 : read(from->fd, data, room);
		if (n >= 0) {
			*out = (size_t)n;
			return 0;
		}
		if (errno != EINTR && errno != EAGAIN)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_PAYLOAD, errno,
				       "read the secret from descriptor %d",
				       from->fd);
		is_over = errno == EAGAIN && clock_mono_ms() >= from->until;
	}
}

/* To its end; there is room for a byte more than limit: so that is seen. */
static int
read_all(const struct source *from, size_t limit,
	 struct caisson_secret **secret, struct caisson_error *err)
{
	size_t have = 0, n = 1;

	while (n > 0 && have <= limit) {
		int r = 0;

		if (have == (*secret)->len)
			r = grow(secret, limit + 1, err);
		if (r == 0)
			r = read_some(from, (*secret)->data + have,
				      (*secret)->len - have, &n, err);
		if (r < 0)
			return r;
		have += n;
	}
	if (have > limit)
		return err_usage(err, "the secret is longer than %zu bytes",
				 limit);
	(*secret)->len = have;
	return 0;
}

static void
drop(void *secret)
{
	secret_cleanup(secret);
}

/* Nothing is left of it in an error, or when the thread is cancelled. */
static int
read_or_drop(const struct source *from, size_t limit,
	     struct caisson_secret **secret, struct caisson_error *err)
{
	int r;

	pthread_cleanup_push(drop, secret);
	r = read_all(from, limit, secret, err);
	pthread_cleanup_pop(r < 0);
	return r;
}

int
caisson_secret_read(int fd, size_t limit, uint64_t timeout_ms,
		    struct caisson_secret **out, struct caisson_error *err)
{
	struct source from = { fd, CAISSON_FOREVER };
	struct caisson_secret *secret = NULL;
	uint64_t now = clock_mono_ms();
	int r;

	if (limit == 0)
		limit = CAISSON_HANDSHAKE_BYTES;
	if (fd < 0 || limit > CAISSON_HANDSHAKE_BYTES_MAX)
		return err_usage(err, "descriptor %d, limit %zu: not possible",
				 fd, limit);
	if (timeout_ms < CAISSON_FOREVER - now)
		from.until = now + timeout_ms;
	r = secret_alloc(limit < FIRST_BYTES ? limit + 1 : FIRST_BYTES, &secret,
			 err);
	if (r < 0)
		return r;
	r = read_or_drop(&from, limit, &secret, err);
	if (r == 0)
		*out = secret;
	return r;
}
