/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher with one of its decisions left out (the linker puts ours in its
 * place): what the tests of handshakes look for is then really not there.
 */
#include "speaking.h"

#include "handshake/status.h"

enum broken {
	NOTHING,
	BELIEVES_LIARS,
	OVERLOOKS_DEATHS,
	KNOWS_NO_TIME,
	HEARS_NOTHING
};

static enum broken broken;

void __real_status_lied(struct status *s);
void __wrap_status_lied(struct status *s);
void __real_status_died(struct status *s);
void __wrap_status_died(struct status *s);
void __real_status_tick(struct status *s, uint64_t now_ms);
void __wrap_status_tick(struct status *s, uint64_t now_ms);
void __real_status_feed(struct status *s, const void *data, size_t len);
void __wrap_status_feed(struct status *s, const void *data, size_t len);

void
__wrap_status_lied(struct status *s)
{
	if (broken != BELIEVES_LIARS)
		__real_status_lied(s);
}

void
__wrap_status_died(struct status *s)
{
	if (broken != OVERLOOKS_DEATHS)
		__real_status_died(s);
}

void
__wrap_status_tick(struct status *s, uint64_t now_ms)
{
	if (broken != KNOWS_NO_TIME)
		__real_status_tick(s, now_ms);
}

void
__wrap_status_feed(struct status *s, const void *data, size_t len)
{
	if (broken != HEARS_NOTHING)
		__real_status_feed(s, data, len);
}

/* The state that a start comes to; patience_ms: in that time. */
static uint32_t
state_of(enum broken how, const char *script, uint64_t ready_ms,
	 uint64_t patience_ms)
{
	struct caisson_spec *spec = speaking_spec("caisson", script);
	struct caisson_child *child;
	struct caisson_error err;
	uint32_t state;

	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(spec,
								     ready_ms,
								     &err),
			 0);
	broken = how;
	child = launching_start(spec, NULL);
	(void)!caisson_child_wait_ready(child, patience_ms, &err);
	state = speaking_state(child).state;
	caisson_child_free(child);
	broken = NOTHING;
	return state;
}

#define LONG_MS  LAUNCHING_PATIENCE_MS
#define SHORT_MS 200 /* for what would never come */

static void
who_believes_liars_is_found_out(void **state)
{
	const char *script = "ready-as 1 pause";

	(void)state;
	assert_int_equal(state_of(NOTHING, script, LONG_MS, LONG_MS),
			 CAISSON_START_LIED);
	assert_int_equal(state_of(BELIEVES_LIARS, script, LONG_MS, LONG_MS),
			 CAISSON_START_READY);
}

static void
who_overlooks_deaths_is_found_out(void **state)
{
	(void)state;
	assert_int_equal(state_of(NOTHING, "exit 1", LONG_MS, LONG_MS),
			 CAISSON_START_DIED);
	assert_int_equal(state_of(OVERLOOKS_DEATHS, "exit 1", LONG_MS,
				  SHORT_MS),
			 CAISSON_START_WAITING);
}

static void
who_knows_no_time_is_found_out(void **state)
{
	(void)state;
	assert_int_equal(state_of(NOTHING, "pause", SHORT_MS, LONG_MS),
			 CAISSON_START_TIMED_OUT);
	assert_int_equal(state_of(KNOWS_NO_TIME, "pause", 1, SHORT_MS),
			 CAISSON_START_WAITING);
}

static void
who_hears_nothing_is_found_out(void **state)
{
	(void)state;
	assert_int_equal(state_of(NOTHING, "ready exit 1", LONG_MS, LONG_MS),
			 CAISSON_START_READY);
	assert_int_equal(state_of(HEARS_NOTHING, "ready exit 1", LONG_MS,
				  LONG_MS),
			 CAISSON_START_DIED);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_believes_liars_is_found_out),
		cmocka_unit_test(who_overlooks_deaths_is_found_out),
		cmocka_unit_test(who_knows_no_time_is_found_out),
		cmocka_unit_test(who_hears_nothing_is_found_out),
	};

	return harness_main("variants_handshake", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
