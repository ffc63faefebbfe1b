/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames there and back, in exactly these bytes: numbers in their ranges, as
 * many as the type has, and nothing that follows; and each side hears only
 * what the other may say.
 */
#include "frame_sample.h"

static void
each_frame_has_its_bytes(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < FRAME_TYPES; type++) {
		const struct frame *f = &usual[type];
		size_t len = frame_encode(f, data, ROOM);
		struct frame out;

		assert_int_equal(len,
				 8 * (1 + numbers_of[type] + has_bytes(type)) +
				     f->len);
		assert_int_equal(data[7], type);
		for (size_t i = 0; i < numbers_of[type]; i++) {
			assert_int_equal(data[8 + 8 * i + 7],
					 f->number[i] & 0xff);
			assert_int_equal(data[8 + 8 * i + 6],
					 f->number[i] >> 8 & 0xff);
		}
		assert_int_equal(decode(len, f->n_fds, is_answer(type), &out),
				 FRAME_FINE);
		assert_same(f, &out);
	}
}

static void
no_side_hears_itself(void **state)
{
	struct frame out;

	(void)state;
	for (uint32_t type = 0; type < FRAME_TYPES + 300; type++) {
		size_t len = 8;

		memset(data, 0, sizeof(data));
		if (type > 0 && type < FRAME_TYPES)
			len = frame_encode(&usual[type], data, ROOM);
		data[6] = (uint8_t)(type >> 8);
		data[7] = (uint8_t)type;
		for (unsigned answers = 0; answers < 2; answers++) {
			bool ok = type > 0 && type < FRAME_TYPES &&
				  is_answer(type) == (answers == 1);
			size_t n_fds = ok ? usual[type].n_fds : 0;

			assert_int_equal(decode(len, n_fds, answers == 1, &out),
					 ok ? FRAME_FINE : FRAME_BAD_TYPE);
		}
		data[0] = 1;
		assert_int_equal(decode(len, 0, true, &out), FRAME_BAD_TYPE);
	}
}

static void
a_frame_is_neither_cut_nor_followed(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < FRAME_TYPES; type++) {
		size_t len, n_fds = usual[type].n_fds;

		memset(data, 0, sizeof(data));
		len = frame_encode(&usual[type], data, ROOM);
		for (size_t n = 0; n < len + 8; n++)
			assert_int_equal(fault_of(n, n_fds, type),
					 n == len ? FRAME_FINE
						  : FRAME_BAD_LENGTH);
		for (size_t room = 0; room <= len; room++)
			assert_int_equal(frame_encode(&usual[type], data, room),
					 room == len ? len : 0);
	}
}

struct edge {
	uint32_t type;
	unsigned number;
	uint64_t last, wrong;
};

static const struct edge edges[] = {
	{ FRAME_HELLO, 0, 1, 0 },
	{ FRAME_HELLO, 1, UINT64_MAX, 0 },
	{ FRAME_HELLO, 2, 1, 2 },
	{ FRAME_LAUNCH, 0, 1, 0 },
	{ FRAME_LAUNCH, 1, 0, 2 },
	{ FRAME_LAUNCH, 2, 1ull << 53, (1ull << 53) + 1 },
	{ FRAME_LAUNCH, 3, 1ull << 53, (1ull << 53) + 1 },
	{ FRAME_LAUNCH, 4, 0, 2 },
	{ FRAME_SIGNAL, 0, 1, 0 },
	{ FRAME_SIGNAL, 2, FRAME_PROCESS, 0 },
	{ FRAME_SIGNAL, 2, FRAME_TREE, FRAME_DETACHED + 1 },
	{ FRAME_SIGNAL, 3, 1, 0 },
	{ FRAME_SIGNAL, 3, 64, 65 },
	{ FRAME_WELCOME, 0, 1, 0 },
	{ FRAME_WELCOME, 4, 1, 0 },
	{ FRAME_ACCEPTED, 0, 1, 0 },
	{ FRAME_DENIED, 0, 1, 0 },
	{ FRAME_DENIED, 2, 255, 256 },
	{ FRAME_STARTED, 0, 1, 0 },
	{ FRAME_STARTED, 1, 1, 0 },
	{ FRAME_STARTED, 1, INT32_MAX, 1ull << 31 },
	{ FRAME_STARTED, 2, UINT32_MAX, 1ull << 32 },
	{ FRAME_STARTED, 4, 39, 40 },
	{ FRAME_STARTED, 5, 0777, 01000 },
	{ FRAME_STARTED, 6, 2, 3 },
	{ FRAME_FAILED, 0, 1, 0 },
	{ FRAME_FAILED, 1, 255, 256 },
	{ FRAME_FAILED, 2, 255, 256 },
	{ FRAME_FAILED, 3, UINT32_MAX, 1ull << 32 },
	{ FRAME_EXITED, 0, 1, 0 },
	{ FRAME_EXITED, 1, 1, 0 },
	{ FRAME_EXITED, 1, 3, 4 },
	{ FRAME_EXITED, 2, 255, 256 },
	{ FRAME_EXITED, 3, 0, 2 },
	{ FRAME_EXITED, 4, 1, 2 },
	{ FRAME_EXITED, 5, 0, UINT64_MAX },
	{ FRAME_REFUSED, 0, 1, 0 },
	{ FRAME_REFUSED, 0, FRAME_BAD_FIT, FRAME_FAULTS },
};

static void
a_number_out_of_its_range_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *e = &edges[i];
		struct frame f = usual[e->type];
		size_t len;

		f.number[e->number] = e->wrong;
		assert_int_equal(frame_encode(&f, data, ROOM), 0);
		f.number[e->number] = e->last;
		len = frame_encode(&f, data, ROOM);
		assert_true(len > 0);
		assert_int_equal(fault_of(len, f.n_fds, f.type), FRAME_FINE);
		for (unsigned k = 0; k < 8; k++)
			data[8 + 8 * e->number + k] =
			    (uint8_t)(e->wrong >> (56 - 8 * k));
		assert_int_equal(fault_of(len, f.n_fds, f.type),
				 FRAME_BAD_NUMBER);
	}
}

/* Taken: then it is sent again in the same bytes. */
static void
what_is_changed_is_refused_or_right(void **state)
{
	static uint8_t again[ROOM];
	unsigned taken = 0, refused = 0;

	(void)state;
	for (uint32_t type = 1; type < FRAME_TYPES; type++) {
		size_t len = frame_encode(&usual[type], data, ROOM);

		for (size_t i = 0; i < len * 255; i++) {
			uint8_t was = data[i / 255];
			struct frame out;

			data[i / 255] ^= (uint8_t)(i % 255 + 1);
			if (decode(len, usual[type].n_fds, is_answer(type),
				   &out) == FRAME_FINE) {
				taken++;
				assert_int_equal(frame_encode(&out, again,
							      ROOM),
						 len);
				assert_memory_equal(again, data, len);
			} else {
				refused++;
			}
			data[i / 255] = was;
		}
	}
	assert_true(taken > 1000 && refused > 1000);
}

static void
what_is_no_type_is_not_sent(void **state)
{
	struct frame f = { .type = 0 };

	(void)state;
	assert_int_equal(frame_encode(&f, data, ROOM), 0);
	f.type = FRAME_TYPES;
	assert_int_equal(frame_encode(&f, data, ROOM), 0);
	f.type = UINT32_MAX;
	assert_int_equal(frame_encode(&f, data, ROOM), 0);
	f.type = FRAME_CLOSE;
	assert_int_equal(frame_encode(&f, data, ROOM), 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_has_its_bytes),
		cmocka_unit_test(no_side_hears_itself),
		cmocka_unit_test(a_frame_is_neither_cut_nor_followed),
		cmocka_unit_test(a_number_out_of_its_range_is_refused),
		cmocka_unit_test(what_is_changed_is_refused_or_right),
		cmocka_unit_test(what_is_no_type_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
