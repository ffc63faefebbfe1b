/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: two frames, in both directions.  The input chooses the limit,
 * how the bytes are split, and the bytes.  The promises that are kept for
 * every input: any split gives the same answer, which is that of a reader of
 * the whole; no memory is taken beyond the limit; what was taken encodes to
 * the bytes that it came from; and any configuration and secret arrive exactly
 * or are refused for their size.
 */
#include "target.h"

#include "handshake/payload.h"

#include <stdbool.h>
#include <string.h>

#define STEPS_MAX 8

struct input {
	size_t limit, cut;
	uint8_t steps[STEPS_MAX];
	size_t n_steps;
	const uint8_t *data;
	size_t size;
};

/* Limit, where the data is cut in two, steps, data. */
static bool
split_input(const uint8_t *data, size_t size, struct input *in)
{
	static const size_t limits[] = { 0,    1,    7,     64,
					 4095, 4096, 70000, 1u << 18 };

	if (size < 3 + STEPS_MAX)
		return false;
	in->limit = limits[data[0] % 8];
	in->n_steps = 1 + data[1] % STEPS_MAX;
	in->data = data + 3 + STEPS_MAX;
	in->size = size - 3 - STEPS_MAX;
	in->cut = in->size * data[2] / 255;
	memcpy(in->steps, data + 3, STEPS_MAX);
	return true;
}

/* What a reader made of the data. */
struct outcome {
	struct payload_reader reader;
	struct caisson_error err;
	int code; /* of payload_reader_got, or of payload_reader_end */
	size_t taken;
};

static void
check_reader(const struct payload_reader *r, size_t limit)
{
	PROMISE(r->config_len <= limit);
	PROMISE(r->secret == NULL || caisson_secret_len(r->secret) <= limit);
	PROMISE((r->config != NULL) == (r->part > 0));
	PROMISE((r->secret != NULL) == (r->part > 2));
}

/* At most steps[...] bytes at a time; 0: all that there is. */
static void
take(const struct input *in, size_t size, const uint8_t *steps, size_t n_steps,
     struct outcome *out)
{
	memset(out, 0, sizeof(*out));
	payload_reader_init(&out->reader, in->limit);
	for (size_t i = 0; out->code == 0 && out->taken < size; i++) {
		void *where = NULL;
		size_t n = payload_reader_wants(&out->reader, &where);
		size_t step = steps[i % n_steps];

		if (n == 0)
			break;
		if (step > 0 && n > step)
			n = step;
		if (n > size - out->taken)
			n = size - out->taken;
		memcpy(where, in->data + out->taken, n);
		out->taken += n;
		out->code = payload_reader_got(&out->reader, n, &out->err);
		check_reader(&out->reader, in->limit);
	}
	if (out->code == 0)
		out->code = payload_reader_end(&out->reader, &out->err);
	PROMISE(out->code == 0 || out->code == CAISSON_E_PROTOCOL);
	PROMISE(out->code == out->err.code);
}

static void
check_same(const struct outcome *a, const struct outcome *b)
{
	const struct payload_reader *x = &a->reader, *y = &b->reader;

	PROMISE(a->code == b->code && a->taken == b->taken);
	PROMISE(strcmp(a->err.msg, b->err.msg) == 0);
	PROMISE(x->part == y->part && x->have == y->have);
	PROMISE(x->config_len == y->config_len);
	if (a->code != 0)
		return;
	PROMISE(memcmp(x->config, y->config, x->config_len) == 0);
	PROMISE(caisson_secret_equal(x->secret, caisson_secret_data(y->secret),
				     caisson_secret_len(y->secret)));
}

/* The parts one after the other are these bytes. */
static void
check_parts(const struct payload *p, const uint8_t *data, size_t size)
{
	PROMISE(p->size == size);
	for (size_t i = 0; i < PAYLOAD_PARTS; i++) {
		size_t len = p->parts[i].iov_len;

		PROMISE(len == 0 ||
			memcmp(p->parts[i].iov_base, data, len) == 0);
		data += len;
	}
}

/* The reader of the whole says the same, and what it read is sent like this. */
static void
check_whole(const struct input *in, const struct outcome *o)
{
	struct wire_reader r = { in->data, in->size };
	struct caisson_bytes frames[2];
	struct payload p;
	bool ok = true;

	for (size_t i = 0; i < 2 && ok; i++) {
		const uint8_t *data = NULL;

		ok = wire_read_bytes(&r, in->limit, &data, &frames[i].len);
		frames[i].data = data;
	}
	PROMISE(ok == (o->code == 0));
	if (!ok)
		return;
	PROMISE(in->size - r.left == o->taken);
	PROMISE(o->reader.config_len == frames[0].len);
	PROMISE(memcmp(o->reader.config, frames[0].data, frames[0].len) == 0);
	PROMISE(caisson_secret_equal(o->reader.secret, frames[1].data,
				     frames[1].len));
	PROMISE(payload_make(&p, frames[0], frames[1], in->limit, NULL) == 0);
	check_parts(&p, in->data, o->taken);
}

static void
check_decoding(const struct input *in)
{
	static const uint8_t all = 0, one = 1;
	struct outcome split, whole, bytes;

	take(in, in->size, in->steps, in->n_steps, &split);
	take(in, in->size, &all, 1, &whole);
	take(in, in->size, &one, 1, &bytes);
	check_same(&split, &whole);
	check_same(&split, &bytes);
	check_whole(in, &split);
	payload_reader_done(&split.reader);
	payload_reader_done(&whole.reader);
	payload_reader_done(&bytes.reader);
}

/* Sent, with a byte behind it, and received again; and without its last. */
static void
check_transport(const struct input *in, struct caisson_bytes config,
		struct caisson_bytes secret, const struct payload *p)
{
	uint8_t *room = malloc(p->size + 1);
	struct wire_writer w = { room, p->size };
	struct input sent = *in;
	struct outcome o;

	PROMISE(room != NULL);
	PROMISE(wire_write_bytes(&w, config.data, config.len));
	PROMISE(wire_write_bytes(&w, secret.data, secret.len));
	PROMISE(w.left == 0 && !wire_write_bytes(&w, NULL, 0));
	check_parts(p, room, p->size);
	room[p->size] = 'z';
	sent.data = room;
	take(&sent, p->size + 1, in->steps, in->n_steps, &o);
	PROMISE(o.code == 0 && o.taken == p->size);
	PROMISE(o.reader.config_len == config.len);
	PROMISE(memcmp(o.reader.config, config.data, config.len) == 0);
	PROMISE(caisson_secret_equal(o.reader.secret, secret.data, secret.len));
	payload_reader_done(&o.reader);
	take(&sent, p->size - 1, in->steps, in->n_steps, &o);
	PROMISE(o.code == CAISSON_E_PROTOCOL);
	payload_reader_done(&o.reader);
	free(room);
}

static void
check_encoding(const struct input *in)
{
	const struct caisson_bytes config = { in->data, in->cut };
	const struct caisson_bytes secret = { in->data + in->cut,
					      in->size - in->cut };
	struct caisson_error err = { 0 };
	struct payload p;
	int r = payload_make(&p, config, secret, in->limit, &err);
	bool fits = config.len <= in->limit && secret.len <= in->limit;

	PROMISE(r == (fits ? 0 : CAISSON_E_USAGE) && r == err.code);
	if (fits)
		check_transport(in, config, secret, &p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (!split_input(data, size, &in))
		return 0;
	check_decoding(&in);
	check_encoding(&in);
	return 0;
}
