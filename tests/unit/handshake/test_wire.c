/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and length-prefixed bytes: their form, and every end of the room. */
#include "testing.h"

#include "base/wire.h"

static const uint8_t counted[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void
a_number_has_its_highest_byte_first(void **state)
{
	static const uint64_t numbers[] = { 0,     1,         0x7f,
					    0x80,  0xff,      0x100,
					    65536, INT64_MAX, UINT64_MAX };
	uint8_t out[WIRE_U64];

	(void)state;
	wire_put_u64(out, 0x0102030405060708);
	assert_memory_equal(out, counted, WIRE_U64);
	assert_true(wire_get_u64(counted) == 0x0102030405060708);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		wire_put_u64(out, numbers[i]);
		assert_true(wire_get_u64(out) == numbers[i]);
	}
}

struct length_case {
	uint64_t value;
	size_t limit;
	bool is_taken;
};

static void
a_length_is_within_its_limit_or_refused(void **state)
{
	static const struct length_case cases[] = {
		{ 0, 0, true },
		{ 1, 0, false },
		{ 99, 100, true },
		{ 100, 100, true },
		{ 101, 100, false },
		{ 0x7fffffff, 0x7fffffff, true },
		{ 0x80000000, 0x7fffffff, false },
		{ 0xffffffff, 1u << 20, false },
		{ (uint64_t)1 << 40, 1u << 20, false },
		/* a small length whose bytes come in the other order */
		{ 0x0500000000000000, 1u << 20, false },
		{ INT64_MAX, SIZE_MAX, true },
		{ (uint64_t)INT64_MAX + 1, SIZE_MAX, false },
		{ UINT64_MAX, SIZE_MAX, false },
		{ UINT64_MAX - 4, SIZE_MAX, false },
	};
	uint8_t in[WIRE_U64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = 4711;

		wire_put_u64(in, cases[i].value);
		assert_int_equal(wire_get_length(in, cases[i].limit, &len),
				 cases[i].is_taken);
		assert_true(len == (cases[i].is_taken ? cases[i].value : 4711));
	}
}

static void
a_number_that_is_cut_short_is_not_read(void **state)
{
	(void)state;
	for (size_t n = 0; n <= WIRE_U64; n++) {
		struct wire_reader r = { counted, n };
		uint64_t value = 4711;
		bool ok = wire_read_u64(&r, &value);

		assert_int_equal(ok, n == WIRE_U64);
		assert_ptr_equal(r.data, ok ? counted + n : counted);
		assert_int_equal(r.left, ok ? 0 : n);
		assert_true(value == (ok ? 0x0102030405060708 : 4711));
	}
}

static void
bytes_that_are_cut_short_are_not_read(void **state)
{
	static const uint8_t in[] = {
		0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c', 'd'
	};

	(void)state;
	for (size_t n = 0; n <= sizeof(in); n++) {
		struct wire_reader r = { in, n };
		const uint8_t *out = NULL;
		size_t len = 4711;
		bool ok = wire_read_bytes(&r, 3, &out, &len);

		assert_int_equal(ok, n >= 11);
		assert_int_equal(r.left, ok ? n - 11 : n);
		assert_ptr_equal(r.data, ok ? in + 11 : in);
		assert_int_equal(len, ok ? 3 : 4711);
		assert_ptr_equal(out, ok ? in + 8 : NULL);
	}
}

static void
bytes_over_the_limit_are_not_read(void **state)
{
	uint8_t in[12] = { 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c', 'd' };
	const uint8_t *out;
	size_t len;

	(void)state;
	for (size_t limit = 0; limit < 5; limit++) {
		struct wire_reader r = { in, sizeof(in) };

		assert_int_equal(wire_read_bytes(&r, limit, &out, &len),
				 limit >= 3);
		assert_int_equal(r.left, limit >= 3 ? 1 : sizeof(in));
	}
	for (unsigned i = 0; i < 9; i++) {
		struct wire_reader r = { in, sizeof(in) };

		/* -8 to 0: with the length's own bytes, less than nothing */
		wire_put_u64(in, 0u - (uint64_t)i);
		assert_int_equal(wire_read_bytes(&r, SIZE_MAX, &out, &len),
				 i == 0);
	}
}

static void
what_has_no_room_is_not_written(void **state)
{
	uint8_t out[12];

	(void)state;
	for (size_t n = 0; n <= sizeof(out); n++) {
		struct wire_writer w = { out, n };
		bool ok;

		memset(out, 0xa5, sizeof(out));
		ok = wire_write_bytes(&w, "abc", 3);
		assert_int_equal(ok, n >= 11);
		assert_int_equal(w.left, ok ? n - 11 : n);
		assert_int_equal(out[0], ok ? 0 : 0xa5);
		assert_int_equal(out[11], 0xa5);
		w = (struct wire_writer){ out, n };
		assert_int_equal(wire_write_u64(&w, 7), n >= WIRE_U64);
		assert_int_equal(w.left, n >= WIRE_U64 ? n - WIRE_U64 : n);
		w = (struct wire_writer){ out, n };
		assert_false(wire_write_bytes(&w, "abc", SIZE_MAX));
		assert_int_equal(w.left, n);
	}
}

static void
what_was_written_is_read(void **state)
{
	uint8_t room[64];
	struct wire_writer w = { room, sizeof(room) };
	struct wire_reader r;
	const uint8_t *out;
	uint64_t number;
	size_t len;

	(void)state;
	assert_true(wire_write_bytes(&w, NULL, 0));
	assert_true(wire_write_u64(&w, 42));
	assert_true(wire_write_bytes(&w, "a\0b", 3));
	r = (struct wire_reader){ room, sizeof(room) - w.left };
	assert_true(wire_read_bytes(&r, 0, &out, &len));
	assert_int_equal(len, 0);
	assert_true(wire_read_u64(&r, &number));
	assert_int_equal(number, 42);
	assert_true(wire_read_bytes(&r, 3, &out, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(out, "a\0b", 3);
	assert_int_equal(r.left, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_has_its_highest_byte_first),
		cmocka_unit_test(a_length_is_within_its_limit_or_refused),
		cmocka_unit_test(a_number_that_is_cut_short_is_not_read),
		cmocka_unit_test(bytes_that_are_cut_short_are_not_read),
		cmocka_unit_test(bytes_over_the_limit_are_not_read),
		cmocka_unit_test(what_has_no_room_is_not_written),
		cmocka_unit_test(what_was_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
