/* SPDX-License-Identifier: Apache-2.0 */
/* Random histories: after each event the machine and the slow one agree. */
#include "reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HISTORIES 60000u
#define EVENTS    12u

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t
random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

/* Mostly what a status is made of, so that many of them are ones. */
static struct event
random_feed(void)
{
	static char lots[CAISSON_STATUS_BYTES + 10];
	static const char *const parts[] = {
		"ready::",
		"failed::",
		"re",
		"ady::",
		"fai",
		"led::",
		"1",
		"0",
		"18446744073709551615",
		"6",
		"\xff",
		"\xff",
		"x",
		"\xc3",
		"\xa9",
		":",
		"\n",
		"ready::77\xff",
		"failed::no\xff",
		"",
	};
	uint32_t i = random_below(sizeof(parts) / sizeof(parts[0]) + 1);

	if (i < sizeof(parts) / sizeof(parts[0]))
		return (struct event){ FEED, parts[i], strlen(parts[i]), 0 };
	memset(lots, 'y', sizeof(lots));
	return (struct event){ FEED, lots,
			       CAISSON_STATUS_BYTES - 9 + random_below(19), 0 };
}

static struct event
random_event(uint64_t *now)
{
	static const enum event_kind others[] = { DRAINED, DRAINED, CLOSED,
						  DIED,    TICK,    TICK };

	if (random_below(3) > 0)
		return random_feed();
	*now += random_below(700);
	return (struct event){ others[random_below(6)], NULL, 0, *now };
}

static void
one_history(size_t counts[CAISSON_START_GARBLED + 1])
{
	const struct protocol *p = &protocols[random_below(3)];
	uint64_t now = random_below(1000);
	uint64_t deadline =
	    random_below(4) == 0 ? UINT64_MAX : now + random_below(3000);
	struct event events[EVENTS];
	struct status s;
	struct outcome o;

	memset(&s, 0xa5, sizeof(s));
	status_begin(&s, p, deadline);
	for (size_t n = 0; n < EVENTS; n++) {
		events[n] = random_event(&now);
		play(&s, &events[n]);
		o = reference(p, deadline, events, n + 1);
		assert_int_equal(s.state, o.state);
		assert_int_equal(s.has_pid, o.has_pid);
		assert_true(s.reported_pid == o.pid);
	}
	counts[s.state]++;
}

static void
the_machine_agrees_with_the_slow_one(void **state)
{
	size_t counts[CAISSON_START_GARBLED + 1] = { 0 };

	(void)state;
	for (size_t i = 0; i < HISTORIES; i++)
		one_history(counts);
	/* All outcomes have been seen, and often. */
	assert_true(counts[CAISSON_START_WAITING] > 10);
	assert_true(counts[CAISSON_START_READY] > 1000);
	assert_true(counts[CAISSON_START_FAILED] > 1000);
	assert_true(counts[CAISSON_START_DIED] > 1000);
	assert_true(counts[CAISSON_START_TIMED_OUT] > 1000);
	assert_true(counts[CAISSON_START_GARBLED] > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_agrees_with_the_slow_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
