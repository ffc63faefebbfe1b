/* SPDX-License-Identifier: Apache-2.0 */
/* The machine: every row of the table, every split, every limit. */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
is_meant(const struct protocol *p, enum who who)
{
	return who == ALL || (who == VEYRON) == !p->is_terminated;
}

static void
check_row(const struct protocol *p, const struct row *row)
{
	struct status s;
	bool has_pid = row->pid != NONE;

	memset(&s, 0x5a, sizeof(s));
	status_begin(&s, p, DEADLINE);
	for (size_t i = 0; i < row->n; i++)
		play(&s, &row->events[i]);
	if (s.state != row->state || s.has_pid != has_pid ||
	    (has_pid && s.reported_pid != row->pid))
		fail_msg("%s, \"%s\": state %u, pid %llu", p->name, row->what,
			 s.state, (unsigned long long)s.reported_pid);
	if (!has_pid)
		assert_int_equal(s.reported_pid, 0);
}

static void
every_row_holds_in_its_protocols(void **state)
{
	size_t checked = 0;

	(void)state;
	for (size_t i = 0; i < n_rows; i++)
		for (const struct protocol *p = protocols; p->name; p++)
			if (is_meant(p, rows[i].who)) {
				check_row(p, &rows[i]);
				checked++;
			}
	assert_true(checked > 2 * n_rows);
}

/* The last event of all, once everything has been fed in whatever pieces. */
static const struct event lasts[] = { DRAIN, CLOSE(9), DEATH };

static void
feed_split(const struct protocol *p, const struct event *fed,
	   const size_t cuts[2], const struct event *last, struct status *s)
{
	const char *text = fed->data;
	size_t n = fed->len;

	status_begin(s, p, DEADLINE);
	status_feed(s, text, cuts[0]);
	if (p->is_terminated)
		status_drained(s);
	status_feed(s, text + cuts[0], cuts[1] - cuts[0]);
	if (p->is_terminated)
		status_drained(s);
	status_feed(s, text + cuts[1], n - cuts[1]);
	play(s, last);
}

static void
check_splits(const struct protocol *p, const struct event *fed,
	     const struct event *last)
{
	size_t n = fed->len;
	static struct status whole, split;

	feed_split(p, fed, (const size_t[2]){ n, n }, last, &whole);
	for (size_t i = 0; i <= n; i++)
		for (size_t j = i; j <= n; j++) {
			feed_split(p, fed, (const size_t[2]){ i, j }, last,
				   &split);
			assert_int_equal(split.state, whole.state);
			assert_int_equal(split.has_pid, whole.has_pid);
			assert_true(split.reported_pid == whole.reported_pid);
			assert_int_equal(split.n, whole.n);
			assert_memory_equal(split.text, whole.text, whole.n);
		}
}

static void
how_a_status_is_split_makes_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows; i++)
		for (size_t j = 0; j < rows[i].n; j++) {
			const struct event *e = &rows[i].events[j];

			for (const struct protocol *p = protocols; p->name; p++)
				for (size_t k = 0; e->kind == FEED && k < 3;
				     k++)
					check_splits(p, e, &lasts[k]);
		}
}

static uint32_t
long_text(const struct protocol *p, const char *word, size_t n, size_t piece,
	  struct status *s)
{
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, '1', n);
	memcpy(text, word, strlen(word));
	status_begin(s, p, DEADLINE);
	for (size_t i = 0; i < n; i += piece)
		status_feed(s, text + i, n - i < piece ? n - i : piece);
	free(text);
	return s->state;
}

static void
what_is_too_long_is_cut_or_is_no_status(void **state)
{
	static const size_t pieces[] = { 1, 7, 1000, 4095, 4096, 1 << 20 };
	const size_t room = CAISSON_STATUS_BYTES;
	struct status s;

	(void)state;
	for (const struct protocol *p = protocols; p->name; p++)
		for (size_t i = 0; i < 6; i++) {
			size_t piece = pieces[i];

			assert_int_equal(long_text(p, "failed::", room, piece,
						   &s),
					 WAITING);
			assert_int_equal(long_text(p, "failed::", room + 1,
						   piece, &s),
					 FAILED);
			assert_int_equal(s.n, room);
			assert_int_equal(long_text(p, "failed::", 9 * room,
						   piece, &s),
					 FAILED);
			assert_int_equal(long_text(p, "ready::", room, piece,
						   &s),
					 WAITING);
			assert_int_equal(long_text(p, "ready::", room + 1,
						   piece, &s),
					 GARBLED);
			assert_int_equal(long_text(p, "", room, piece, &s),
					 WAITING);
			assert_int_equal(long_text(p, "", room + 1, piece, &s),
					 GARBLED);
		}
}

static void
the_end_may_be_the_first_byte_that_has_no_room(void **state)
{
	struct status s;

	(void)state;
	(void)long_text(protocols, "failed::", CAISSON_STATUS_BYTES, 4096, &s);
	status_feed(&s, "\xff", 1);
	assert_int_equal(s.state, FAILED);
	assert_int_equal(s.n, CAISSON_STATUS_BYTES);
}

static void
it_says_when_it_wants_to_be_asked_again(void **state)
{
	struct status s;

	(void)state;
	status_begin(&s, protocols, 5000);
	assert_int_equal(status_due_ms(&s), 5000);
	status_closed(&s, 100);
	assert_int_equal(status_due_ms(&s), 100 + STATUS_SILENCE_MS);
	status_died(&s);
	assert_true(status_due_ms(&s) == UINT64_MAX);
	status_begin(&s, protocols, UINT64_MAX);
	assert_true(status_due_ms(&s) == UINT64_MAX);
	status_tick(&s, UINT64_MAX);
	assert_int_equal(s.state, WAITING);
	status_closed(&s, 4500);
	assert_int_equal(status_due_ms(&s), 5500);
	status_begin(&s, protocols, 5000);
	status_closed(&s, 4500);
	assert_int_equal(status_due_ms(&s), 5000);
}

static void
only_who_is_ready_can_have_lied(void **state)
{
	static const struct {
		struct event event;
		uint32_t before, after;
	} cases[] = {
		{ F("ready::1\xff"), READY, CAISSON_START_LIED },
		{ F("failed::1\xff"), FAILED, FAILED },
		{ F("x\xff"), GARBLED, GARBLED },
		{ DEATH, DEAD, DEAD },
		{ AT(5000), LATE, LATE },
		{ DRAIN, WAITING, WAITING },
	};
	struct status s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		status_begin(&s, protocols, DEADLINE);
		play(&s, &cases[i].event);
		assert_int_equal(s.state, cases[i].before);
		status_lied(&s);
		assert_int_equal(s.state, cases[i].after);
	}
	status_begin(&s, protocols, DEADLINE);
	play(&s, &cases[0].event);
	status_lied(&s);
	assert_int_equal(s.reported_pid, 1);
	status_died(&s);
	status_tick(&s, 9999);
	assert_int_equal(s.state, CAISSON_START_LIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_holds_in_its_protocols),
		cmocka_unit_test(how_a_status_is_split_makes_no_difference),
		cmocka_unit_test(what_is_too_long_is_cut_or_is_no_status),
		cmocka_unit_test(
		    the_end_may_be_the_first_byte_that_has_no_room),
		cmocka_unit_test(it_says_when_it_wants_to_be_asked_again),
		cmocka_unit_test(only_who_is_ready_can_have_lied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
