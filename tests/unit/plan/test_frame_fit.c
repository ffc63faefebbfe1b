/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames whose numbers are in their ranges, and that are wrong all the same:
 * numbers, bytes and descriptors that do not go together, or are too many.
 */
#include "frame_sample.h"

struct fit {
	struct frame frame;
	bool fits;
};

static const struct fit cases[] = {
	{ { FRAME_HELLO, .hello = { 2, 2, 0 } }, true },
	{ { FRAME_HELLO, .hello = { 3, 2, 0 } }, false },
	/* a plan here or in a memfd, and not both or none */
	{ { FRAME_LAUNCH, .launch = { .request = 1 } }, false },
	{ { FRAME_LAUNCH, .launch = { .request = 1 }, text, 1 }, true },
	{ { FRAME_LAUNCH, .launch = { .request = 1, .memfd = 1 } }, false },
	{ { FRAME_LAUNCH, .launch = { .request = 1, .memfd = 1 }, .n_fds = 1 },
	  true },
	{ { FRAME_LAUNCH, .launch = { .request = 1, .memfd = 1 }, text, 1, 1 },
	  false },
	/* a child, or a pidfd */
	{ { FRAME_SIGNAL, .signal = { 1, 0, 1, 9 } }, false },
	{ { FRAME_SIGNAL, .signal = { 1, 5, 1, 9 } }, true },
	{ { FRAME_SIGNAL, .signal = { 1, 5, 1, 9 }, .n_fds = 1 }, false },
	{ { FRAME_SIGNAL, .signal = { 1, 0, 4, 9 }, .n_fds = 1 }, true },
	{ { FRAME_SIGNAL, .signal = { 1, 5, 4, 9 }, .n_fds = 1 }, false },
	{ { FRAME_SIGNAL, .signal = { 1, 0, 4, 9 } }, false },
	{ { FRAME_STARTED, .started = { .request = 1, .pid = 1 }, .n_fds = 1 },
	  true },
	{ { FRAME_STARTED, .started = { .request = 1, .pid = 1 } }, false },
	{ { FRAME_DENIED, .denied = { .request = 1 } }, true },
	{ { FRAME_DENIED, .denied = { .request = 1 }, text, 9 }, false },
};

static void
what_does_not_go_together_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame *f = &cases[i].frame;
		size_t n = numbers_of[f->type], len = 8 + 8 * n;

		assert_int_equal(frame_encode(f, data, ROOM) > 0,
				 cases[i].fits);
		memset(data, 0, len + 8);
		data[7] = (uint8_t)f->type;
		for (size_t k = 0; k < n; k++)
			data[15 + 8 * k] = (uint8_t)f->number[k];
		if (has_bytes(f->type)) {
			data[len + 7] = (uint8_t)f->len;
			len += 8 + f->len;
			if (f->len > 0)
				memcpy(data + len - f->len, f->bytes, f->len);
		}
		assert_int_equal(fault_of(len, f->n_fds, f->type),
				 cases[i].fits ? FRAME_FINE : FRAME_BAD_FIT);
	}
}

static void
as_many_descriptors_as_the_type_has(void **state)
{
	static const size_t most[FRAME_TYPES] = {
		[FRAME_LAUNCH] = 134, [FRAME_SIGNAL] = 1, [FRAME_STARTED] = 1
	};

	(void)state;
	for (uint32_t type = 1; type < FRAME_TYPES; type++) {
		struct frame f = usual[type];
		size_t len = frame_encode(&f, data, ROOM);

		assert_true(len > 0);
		f.n_fds = most[type] + 1;
		assert_int_equal(fault_of(len, f.n_fds, type), FRAME_BAD_FDS);
		assert_int_equal(frame_encode(&f, data, ROOM), 0);
	}
	assert_true(frame_encode(&usual[FRAME_LAUNCH], data, ROOM) > 0);
	assert_int_equal(fault_of(frame_encode(&usual[FRAME_LAUNCH], data,
					       ROOM),
				  134, FRAME_LAUNCH),
			 FRAME_FINE);
}

static void
bytes_have_their_limit(void **state)
{
	static const uint32_t types[] = { FRAME_LAUNCH, FRAME_ACCEPTED,
					  FRAME_DENIED };
	uint8_t *bytes = malloc(FRAME_INLINE_MAX + 1);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', FRAME_INLINE_MAX + 1);
	for (size_t i = 0; i < 3; i++) {
		struct frame f = usual[types[i]], out;
		size_t limit = i == 0 ? FRAME_INLINE_MAX : FRAME_TEXT_MAX, len;

		f.bytes = bytes;
		f.len = limit + 1;
		assert_int_equal(frame_encode(&f, data, ROOM), 0);
		f.len = limit;
		len = frame_encode(&f, data, ROOM);
		assert_true(len > limit && len <= FRAME_SIZE_MAX);
		assert_int_equal(decode(len, f.n_fds, i > 0, &out), FRAME_FINE);
		assert_same(&f, &out);
		data[len - limit - 1]++;
		if (data[len - limit - 1] == 0)
			data[len - limit - 2]++;
		assert_int_equal(fault_of(len + 1, f.n_fds, f.type),
				 FRAME_BAD_LENGTH);
	}
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_go_together_is_refused),
		cmocka_unit_test(as_many_descriptors_as_the_type_has),
		cmocka_unit_test(bytes_have_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
