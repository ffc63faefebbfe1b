/* SPDX-License-Identifier: Apache-2.0 */
/* What a program wrote, as people read it; and what a program writes. */
#include "reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST (3 * CAISSON_STATUS_BYTES + 1)

static uint64_t seed = 0x2545f4914f6cdd1du;

static uint32_t
random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static void
begin_with(struct status *s, const void *text, size_t n)
{
	status_begin(s, protocols, UINT64_MAX);
	memcpy(s->text, text, n);
	s->n = n;
	s->state = CAISSON_START_GARBLED;
}

static void
check(const void *text, size_t n)
{
	static char expected[MOST], got[MOST];
	struct status s;

	begin_with(&s, text, n);
	(void)reference_message(text, n, expected);
	status_message(&s, got, sizeof(got));
	assert_string_equal(got, expected);
}

static void
every_character_is_shown_or_replaced(void **state)
{
	unsigned char c[4];

	(void)state;
	for (uint32_t i = 0; i < 0x110000; i++) {
		size_t n = i < 0x80 ? 1 : i < 0x800 ? 2 : i < 0x10000 ? 3 : 4;

		for (size_t k = 0; k < n; k++)
			c[k] = (unsigned char)(0x80 |
					       (i >> 6 * (n - 1 - k) & 0x3f));
		if (n > 1)
			c[0] = (unsigned char)((0xf00u >> n & 0xff) |
					       i >> 6 * (n - 1));
		else
			c[0] = (unsigned char)i;
		check(c, n);
	}
}

static void
every_sequence_is_a_character_or_is_none(void **state)
{
	unsigned char c[4] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1u << 16; i++) {
		c[0] = (unsigned char)(i >> 8);
		c[1] = (unsigned char)i;
		check(c, 1);
		check(c, 2);
	}
	for (uint32_t i = 0; i < 1u << 20; i++) {
		c[0] = (unsigned char)(0xe0 | i >> 16);
		c[1] = (unsigned char)(i >> 8);
		c[2] = (unsigned char)i;
		check(c, 3);
	}
	/* Of four bytes: all beginnings, and the last two at their edges. */
	for (uint32_t i = 0; i < 1u << 16; i++) {
		static const unsigned char edges[] = { 0x00, 0x7f, 0x80,
						       0xbf, 0xc0, 0xff };

		c[0] = (unsigned char)(0xf0 | (i >> 12));
		c[1] = (unsigned char)(i >> 4);
		c[2] = edges[i % 6];
		c[3] = edges[i / 6 % 6];
		check(c, 4);
	}
}

static void
random_texts_are_shown_as_the_reference_does(void **state)
{
	static const unsigned char likely[] = { 'a',  '\n', 0xc3, 0xa9, 0xe2,
						0x80, 0xae, 0xf0, 0x9f, 0x98,
						0xed, 0xa0, 0xff, 0x1b, 0x00 };
	unsigned char text[64];

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		size_t n = random_below(sizeof(text) + 1);

		for (size_t k = 0; k < n; k++)
			text[k] = random_below(4) == 0
				      ? (unsigned char)random_below(256)
				      : likely[random_below(sizeof(likely))];
		check(text, n);
	}
}

/* Cut to a size it is the longest beginning of whole characters. */
static void
a_message_is_cut_between_characters(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xffz";
	char whole[64], got[64];
	size_t n = reference_message(text, sizeof(text) - 1, whole);
	struct status s;

	(void)state;
	begin_with(&s, text, sizeof(text) - 1);
	for (size_t size = 1; size <= n + 2; size++) {
		size_t expected = 0, next;
		uint32_t c;

		while (expected < n) {
			next = reference_character((unsigned char *)whole +
						       expected,
						   n - expected, &c);
			if (expected + next > size - 1)
				break;
			expected += next;
		}
		memset(got, 0x7e, sizeof(got));
		status_message(&s, got, size);
		assert_int_equal(strlen(got), expected);
		assert_memory_equal(got, whole, expected);
		assert_int_equal(got[size], 0x7e);
	}
}

static void
a_failure_is_shown_without_its_word(void **state)
{
	static const char text[] = "failed::no\tdisk\n\x1b[2J\xff";
	struct status s;
	char out[64];

	(void)state;
	status_begin(&s, protocols, UINT64_MAX);
	status_feed(&s, text, sizeof(text) - 1);
	status_message(&s, out, sizeof(out));
	assert_string_equal(out, "no disk \xef\xbf\xbd[2J");
	status_begin(&s, protocols, UINT64_MAX);
	status_feed(&s, "failed:\xff", 8);
	status_message(&s, out, sizeof(out));
	assert_string_equal(out, "failed:");
	status_begin(&s, protocols, UINT64_MAX);
	status_message(&s, out, 1);
	assert_string_equal(out, "");
}

static void
assert_says(size_t n, const char *got, const char *expected, size_t len)
{
	assert_int_equal(n, len);
	assert_memory_equal(got, expected, len);
}

#define ASSERT_SAYS(call, out, text) \
	assert_says((call), (out), (text), sizeof(text) - 1)

static void
a_program_says_it_in_the_bytes_of_its_protocol(void **state)
{
	const struct protocol *caisson = protocol_find("caisson");
	const struct protocol *v23 = protocol_find("v23");
	const struct protocol *veyron = protocol_find("veyron");
	char out[CAISSON_STATUS_BYTES];

	(void)state;
	ASSERT_SAYS(status_say_ready(caisson, 1, out), out, "ready::1\xff");
	ASSERT_SAYS(status_say_ready(v23, UINT64_MAX, out), out,
		    "ready::18446744073709551615\xff");
	ASSERT_SAYS(status_say_ready(veyron, 1, out), out, "ready::");
	ASSERT_SAYS(status_say_failed(caisson, "no", out), out,
		    "failed::no\xff");
	ASSERT_SAYS(status_say_failed(v23,
				      "a\xff"
				      "b",
				      out),
		    out,
		    "failed::a\xef\xbf\xbd"
		    "b\xff");
	ASSERT_SAYS(status_say_failed(veyron, "", out), out, "failed::");
	ASSERT_SAYS(status_say_failed(veyron, "a\xff", out), out,
		    "failed::a\xef\xbf\xbd");
	/* What is UTF-8 goes as it is, controls too. */
	ASSERT_SAYS(status_say_failed(v23, "\x1b\n\xc3\xa9\xe2\x80\xae", out),
		    out, "failed::\x1b\n\xc3\xa9\xe2\x80\xae\xff");
	ASSERT_SAYS(status_say_failed(v23, "\xed\xa0\x80\xc0\x80", out), out,
		    "failed::\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		    "\xef\xbf\xbd\xef\xbf\xbd\xff");
}

/* Of each length around the limit, of characters of 1 to 4 and of no bytes. */
static void
what_a_program_says_fits_with_its_end(void **state)
{
	static const char *const units[] = { "a", "\xc3\xa9", "\xe2\x82\xac",
					     "\xf0\x9f\x98\x80", "\xff" };
	static const size_t sizes[] = { 1, 2, 3, 4, 3 };
	static char text[2 * CAISSON_STATUS_BYTES];
	char out[CAISSON_STATUS_BYTES];

	(void)state;
	for (const struct protocol *p = protocols; p->name; p++)
		for (size_t u = 0; u < 5; u++) {
			size_t unit = strlen(units[u]);
			size_t room = CAISSON_STATUS_BYTES - 1 - 8;
			size_t most = room / sizes[u] * sizes[u], n;

			text[0] = '\0';
			for (size_t i = 0; i < 4090 / unit + 8; i++)
				memcpy(text + i * unit, units[u], unit + 1);
			n = status_say_failed(p, text, out);
			assert_int_equal(n, 8 + most + p->is_terminated);
			assert_true(n <= CAISSON_STATUS_BYTES);
			assert_int_equal((unsigned char)out[n - 1] == 0xff,
					 p->is_terminated);
		}
}

/* What the one side says, the other side hears. */
static void
both_sides_understand_each_other(void **state)
{
	static char out[CAISSON_STATUS_BYTES], heard[MOST];
	struct status s;

	(void)state;
	for (const struct protocol *p = protocols; p->name; p++) {
		status_begin(&s, p, UINT64_MAX);
		status_feed(&s, out, status_say_ready(p, 4711, out));
		status_drained(&s);
		assert_int_equal(s.state, CAISSON_START_READY);
		assert_int_equal(s.has_pid, p->has_pid);
		assert_int_equal(s.reported_pid, p->has_pid ? 4711 : 0);
		status_begin(&s, p, UINT64_MAX);
		status_feed(&s, out, status_say_failed(p, "n\xc3\xb6", out));
		status_drained(&s);
		assert_int_equal(s.state, CAISSON_START_FAILED);
		status_message(&s, heard, sizeof(heard));
		assert_string_equal(heard, "n\xc3\xb6");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_shown_or_replaced),
		cmocka_unit_test(every_sequence_is_a_character_or_is_none),
		cmocka_unit_test(random_texts_are_shown_as_the_reference_does),
		cmocka_unit_test(a_message_is_cut_between_characters),
		cmocka_unit_test(a_failure_is_shown_without_its_word),
		cmocka_unit_test(
		    a_program_says_it_in_the_bytes_of_its_protocol),
		cmocka_unit_test(what_a_program_says_fits_with_its_end),
		cmocka_unit_test(both_sides_understand_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
