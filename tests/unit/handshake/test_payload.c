/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two frames: their bytes, every size at an edge, every split, every end, and
 * lengths that lie.
 */
#include "testing.h"

#include "handshake/payload.h"

#define LIMIT (1u << 20)

static const char golden[] = "\0\0\0\0\0\0\0\3abc\0\0\0\0\0\0\0\2xy";
#define GOLDEN (sizeof(golden) - 1)

struct blob {
	uint8_t *data;
	size_t len;
};

static uint8_t
byte_at(size_t i, unsigned seed)
{
	return (uint8_t)(i * 7 + i / 253 + seed);
}

static struct blob
blob_new(size_t len, unsigned seed)
{
	struct blob b = { malloc(len + 1), len };

	assert_non_null(b.data);
	for (size_t i = 0; i < len; i++)
		b.data[i] = byte_at(i, seed);
	return b;
}

/* All of it in one block, as it is sent. */
static struct blob
flat(const struct payload *p)
{
	struct blob b = { malloc(p->size), 0 };

	assert_non_null(b.data);
	for (size_t i = 0; i < PAYLOAD_PARTS; i++) {
		if (p->parts[i].iov_len > 0)
			memcpy(b.data + b.len, p->parts[i].iov_base,
			       p->parts[i].iov_len);
		b.len += p->parts[i].iov_len;
	}
	assert_int_equal(b.len, p->size);
	return b;
}

/* Feeds up to `until` bytes, at most `step` at a time: how many were taken. */
static size_t
feed(struct payload_reader *r, const uint8_t *data, size_t from, size_t until,
     size_t step)
{
	while (from < until) {
		void *where = NULL;
		size_t n = payload_reader_wants(r, &where);

		if (n == 0)
			break;
		n = n < step ? n : step;
		n = n < until - from ? n : until - from;
		memcpy(where, data + from, n);
		must(payload_reader_got(r, n, &error));
		from += n;
	}
	return from;
}

static void
check(struct payload_reader *r, const struct blob *config,
      const struct blob *secret)
{
	void *where;

	must(payload_reader_end(r, &error));
	assert_int_equal(payload_reader_wants(r, &where), 0);
	assert_int_equal(r->config_len, config->len);
	assert_non_null(r->config);
	assert_memory_equal(r->config, config->data, config->len);
	assert_true(caisson_secret_equal(r->secret, secret->data, secret->len));
}

static void
the_frames_are_length_and_bytes(void **state)
{
	struct payload p;
	struct blob b;

	(void)state;
	must(payload_make(&p, bytes("abc"), bytes("xy"), 3, &error));
	assert_int_equal(p.size, GOLDEN);
	b = flat(&p);
	assert_memory_equal(b.data, golden, GOLDEN);
	free(b.data);
	must(payload_make(&p, (struct caisson_bytes){ NULL, 0 },
			  (struct caisson_bytes){ NULL, 0 }, 0, &error));
	b = flat(&p);
	assert_int_equal(b.len, 2 * WIRE_U64);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 0);
	free(b.data);
}

static void
what_is_over_the_limit_is_not_sent(void **state)
{
	struct caisson_bytes small = { "x", 1 };
	struct caisson_bytes huge = { "x", CAISSON_HANDSHAKE_BYTES_MAX + 1 };
	struct payload p;

	(void)state;
	must(payload_make(&p, bytes("abc"), bytes("abc"), 3, &error));
	must_fail(payload_make(&p, bytes("abcd"), bytes("abc"), 3, &error),
		  CAISSON_E_USAGE,
		  "the configuration has 4 bytes, more than 3");
	must_fail(payload_make(&p, bytes("abc"), bytes("abcde"), 3, &error),
		  CAISSON_E_USAGE, "the secret has 5 bytes, more than 3");
	assert_int_equal(error.stage, CAISSON_STAGE_PAYLOAD);
	/* Whatever the limit, there is a limit. */
	must_fail(payload_make(&p, small, huge, SIZE_MAX, &error),
		  CAISSON_E_USAGE, "the secret has 67108865 bytes");
	must_fail(payload_make(&p, huge, small, SIZE_MAX, &error),
		  CAISSON_E_USAGE, "the configuration has 67108865 bytes");
}

static void
every_size_arrives_exactly(void **state)
{
	static const size_t sizes[] = { 0,    1,     2,     4095,  4096,
					4097, 65535, 65536, 65537, LIMIT };
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);

	(void)state;
	for (size_t i = 0; i < n * n; i++) {
		struct blob config = blob_new(sizes[i / n], 1);
		struct blob secret = blob_new(sizes[i % n], 2), all;
		struct payload_reader r;
		struct payload p;

		must(payload_make(
		    &p, (struct caisson_bytes){ config.data, config.len },
		    (struct caisson_bytes){ secret.data, secret.len }, LIMIT,
		    &error));
		all = flat(&p);
		payload_reader_init(&r, LIMIT);
		assert_int_equal(feed(&r, all.data, 0, all.len, 60000),
				 all.len);
		check(&r, &config, &secret);
		payload_reader_done(&r);
		free(config.data);
		free(secret.data);
		free(all.data);
	}
}

static void
any_split_gives_the_same(void **state)
{
	const struct blob config = { (uint8_t[]){ 'a', 'b', 'c' }, 3 };
	const struct blob secret = { (uint8_t[]){ 'x', 'y' }, 2 };
	const uint8_t *data = (const uint8_t *)golden;

	(void)state;
	for (size_t step = 1; step <= GOLDEN; step++)
		for (size_t split = 0; split <= GOLDEN; split++) {
			struct payload_reader r;

			payload_reader_init(&r, 3);
			assert_int_equal(feed(&r, data, 0, split, step), split);
			assert_int_equal(feed(&r, data, split, GOLDEN, step),
					 GOLDEN);
			check(&r, &config, &secret);
			payload_reader_done(&r);
		}
}

static void
any_end_but_the_last_is_too_early(void **state)
{
	const uint8_t *data = (const uint8_t *)golden;

	(void)state;
	for (size_t n = 0; n < GOLDEN; n++) {
		struct payload_reader r;

		payload_reader_init(&r, 3);
		assert_int_equal(feed(&r, data, 0, n, GOLDEN), n);
		must_fail(payload_reader_end(&r, &error), CAISSON_E_PROTOCOL,
			  n < 8    ? "bytes of the configuration's length"
			  : n < 11 ? "bytes of the configuration"
			  : n < 19 ? "bytes of the secret's length"
				   : "bytes of the secret");
		payload_reader_done(&r);
	}
}

static void
what_follows_is_not_taken(void **state)
{
	uint8_t data[GOLDEN + 5];
	struct payload_reader r;

	(void)state;
	memcpy(data, golden, GOLDEN);
	memset(data + GOLDEN, 'z', 5);
	payload_reader_init(&r, 3);
	assert_int_equal(feed(&r, data, 0, sizeof(data), sizeof(data)), GOLDEN);
	must(payload_reader_end(&r, &error));
	payload_reader_done(&r);
}

static const uint64_t lies[] = {
	LIMIT + 1,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	(uint64_t)1 << 40,
	INT64_MAX,
	(uint64_t)INT64_MAX + 1,
	UINT64_MAX - 8,
	UINT64_MAX,
	0x0500000000000000,
};

/* A length, of the first frame or of the second: the answer to it. */
static int
feed_length(struct payload_reader *r, bool is_second, uint64_t value)
{
	uint8_t data[2 * WIRE_U64] = { 0 };
	size_t at = is_second ? WIRE_U64 : 0;
	void *where = NULL;

	wire_put_u64(data + at, value);
	assert_int_equal(feed(r, data, 0, at + 7, 100), at + 7);
	assert_int_equal(payload_reader_wants(r, &where), 1);
	memcpy(where, data + at + 7, 1);
	return payload_reader_got(r, 1, &error);
}

static void
a_length_that_lies_is_refused_before_there_is_room_for_it(void **state)
{
	struct payload_reader r;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		payload_reader_init(&r, LIMIT);
		must_fail(feed_length(&r, false, lies[i]), CAISSON_E_PROTOCOL,
			  "the length of the configuration is more than "
			  "1048576");
		assert_null(r.config);
		assert_int_equal(r.config_len, 0);
		must_fail(payload_reader_end(&r, &error), CAISSON_E_PROTOCOL,
			  "the end came");
		payload_reader_done(&r);
		payload_reader_init(&r, LIMIT);
		must_fail(feed_length(&r, true, lies[i]), CAISSON_E_PROTOCOL,
			  "the length of the secret is more than 1048576");
		assert_null(r.secret);
		payload_reader_done(&r);
	}
	payload_reader_init(&r, LIMIT);
	must(feed_length(&r, true, LIMIT));
	assert_int_equal(caisson_secret_len(r.secret), LIMIT);
	payload_reader_done(&r);
	payload_reader_init(&r, 0);
	must_fail(feed_length(&r, false, 1), CAISSON_E_PROTOCOL, "more than 0");
	payload_reader_done(&r);
	payload_reader_init(&r, SIZE_MAX);
	must_fail(feed_length(&r, false, CAISSON_HANDSHAKE_BYTES_MAX + 1),
		  CAISSON_E_PROTOCOL, "more than 67108864");
	payload_reader_done(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_frames_are_length_and_bytes),
		cmocka_unit_test(what_is_over_the_limit_is_not_sent),
		cmocka_unit_test(every_size_arrives_exactly),
		cmocka_unit_test(any_split_gives_the_same),
		cmocka_unit_test(any_end_but_the_last_is_too_early),
		cmocka_unit_test(what_follows_is_not_taken),
		cmocka_unit_test(
		    a_length_that_lies_is_refused_before_there_is_room_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
