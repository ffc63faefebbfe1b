/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher sends: two frames, configuration and secret.  Sending is a
 * vector over where they are; receiving tells the caller where the next bytes
 * belong, so that a secret is never anywhere but in its own memory.
 */
#ifndef HANDSHAKE_PAYLOAD_H
#define HANDSHAKE_PAYLOAD_H

#include "base/secret.h"
#include "base/wire.h"

#include <sys/uio.h>

#define PAYLOAD_PARTS 4

struct payload {
	uint8_t lengths[2][WIRE_U64];
	struct iovec parts[PAYLOAD_PARTS]; /* in the order they are sent */
	size_t size; /* of all of them */
};

/*
 * Borrows both.  CAISSON_E_USAGE, naming which and how much, if one of them is
 * over the limit.
 */
CAISSON_CHECK int payload_make(struct payload *p, struct caisson_bytes config,
			       struct caisson_bytes secret, size_t limit,
			       struct caisson_error *err);

struct payload_reader {
	size_t limit;
	uint32_t part; /* 0 to PAYLOAD_PARTS: so many are complete */
	size_t have; /* bytes of the part that is being read */
	uint8_t length[WIRE_U64];
	uint8_t *config; /* heap */
	size_t config_len;
	struct caisson_secret *secret; /* NULL until its length is known */
};

void payload_reader_init(struct payload_reader *r, size_t limit);
void payload_reader_done(struct payload_reader *r);

/* *where = where the next bytes go; at most so many.  0: it is complete. */
size_t payload_reader_wants(struct payload_reader *r, void **where);

/*
 * n of them (0 < n <= wanted) are there.  CAISSON_E_PROTOCOL: a length that is
 * negative or over the limit, found before anything is allocated for it.
 */
CAISSON_CHECK int payload_reader_got(struct payload_reader *r, size_t n,
				     struct caisson_error *err);

/* The end came.  CAISSON_E_PROTOCOL, unless it is complete. */
CAISSON_CHECK int
payload_reader_end(const struct payload_reader *r, struct caisson_error *err);

#endif
