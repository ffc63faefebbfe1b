/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher sends: two frames.  Neither side knows a descriptor here:
 * one gets a vector to write, the other is told where to read to.  Nothing is
 * allocated for a length before it was seen to be within the limit.
 */
#include "handshake/payload.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static const char *const frames[] = { "configuration", "secret" };

static int
check_size(const char *name, size_t len, size_t limit,
	   struct caisson_error *err)
{
	if (len <= limit)
		return 0;
	return err_set(err, CAISSON_E_USAGE, CAISSON_STAGE_PAYLOAD, 0,
		       "the %s has %zu bytes, more than %zu", name, len, limit);
}

/* So that a sum of two lengths is always a length. */
static size_t
sane_limit(size_t limit)
{
	return limit < CAISSON_HANDSHAKE_BYTES_MAX
		   ? limit
		   : CAISSON_HANDSHAKE_BYTES_MAX;
}

int
payload_make(struct payload *p, struct caisson_bytes config,
	     struct caisson_bytes secret, size_t limit,
	     struct caisson_error *err)
{
	const struct caisson_bytes all[] = { config, secret };

	limit = sane_limit(limit);
	for (unsigned i = 0; i < 2; i++) {
		int r = check_size(frames[i], all[i].len, limit, err);

		if (r < 0)
			return r;
	}
	p->size = 0;
	for (unsigned i = 0; i < 2; i++) {
		struct iovec *length = &p->parts[2 * i];
		struct iovec *bytes = length + 1;

		wire_put_u64(p->lengths[i], all[i].len);
		length->iov_base = p->lengths[i];
		length->iov_len = WIRE_U64;
		/* An iovec is for reading too, and so its pointer not const. */
		memcpy(&bytes->iov_base, &all[i].data, sizeof(void *));
		bytes->iov_len = all[i].len;
		p->size += WIRE_U64 + all[i].len;
	}
	return 0;
}

void
payload_reader_init(struct payload_reader *r, size_t limit)
{
	*r = (struct payload_reader){ .limit = sane_limit(limit) };
}

void
payload_reader_done(struct payload_reader *r)
{
	free(r->config);
	caisson_secret_free(r->secret);
	*r = (struct payload_reader){ .limit = r->limit };
}

/* Of the part that is being read: where it is, and its length. */
static size_t
part_of(struct payload_reader *r, uint8_t **where)
{
	switch (r->part) {
	case 0:
	case 2:
		*where = r->length;
		return WIRE_U64;
	case 1:
		*where = r->config;
		return r->config_len;
	case 3:
		*where = secret_bytes(r->secret);
		return caisson_secret_len(r->secret);
	default:
		*where = NULL;
		return 0;
	}
}

size_t
payload_reader_wants(struct payload_reader *r, void **where)
{
	uint8_t *start;
	size_t len = part_of(r, &start);

	*where = start == NULL ? NULL : start + r->have;
	return len - r->have;
}

/* A length is complete: there will be room for so much, or an error. */
static int
make_room(struct payload_reader *r, struct caisson_error *err)
{
	size_t len;

	if (!wire_get_length(r->length, r->limit, &len))
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_PAYLOAD,
			       0, "the length of the %s is more than %zu",
			       frames[r->part / 2], r->limit);
	if (r->part == 2)
		return secret_alloc(len, &r->secret, err);
	/* Never NULL, and none the less nothing to write to. */
	r->config = malloc(len > 0 ? len : 1);
	if (r->config == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	r->config_len = len;
	return 0;
}

int
payload_reader_got(struct payload_reader *r, size_t n,
		   struct caisson_error *err)
{
	uint8_t *where;

	r->have += n;
	/* A frame of no bytes is complete with its length. */
	while (r->part < PAYLOAD_PARTS && r->have == part_of(r, &where)) {
		int e = r->part % 2 == 0 ? make_room(r, err) : 0;

		if (e < 0)
			return e;
		r->part++;
		r->have = 0;
	}
	return 0;
}

int
payload_reader_end(const struct payload_reader *r, struct caisson_error *err)
{
	if (r->part == PAYLOAD_PARTS)
		return 0;
	return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_PAYLOAD, 0,
		       "the end came after %zu bytes of the %s%s", r->have,
		       frames[r->part / 2],
		       r->part % 2 == 0 ? "'s length" : "");
}
