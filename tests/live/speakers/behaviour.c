/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that do as they like: what the launcher says of each of them, and
 * that nothing of it stays.  Each by every protocol and engine, and three ways
 * of waiting: for the start, for the end, and by poll.
 */
#include "speaking.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAISSON 1u
#define V23     2u
#define VEYRON  4u
#define PIDS    (CAISSON | V23) /* protocols whose status has a pid */
#define ALL     (PIDS | VEYRON)
/* Takes a second: each protocol by another way of waiting. */
#define SLOW 8u

#define ANY_VALUE (-1)

static const struct row {
	const char *script;
	unsigned int protocols;
	uint32_t state;
	uint32_t how;
	int value;
	const char *message; /* NULL: not looked at */
} rows[] = {
	/* ready */
	{ "read end ready exit 5", ALL, CAISSON_START_READY, CAISSON_HOW_EXITED,
	  5, "" },
	{ "ready exit 0", ALL, CAISSON_START_READY, CAISSON_HOW_EXITED, 0, "" },
	{ "read ready close 4 sleep 20 exit 6", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 6, "" },
	{ "read ready kill 9", ALL, CAISSON_START_READY, CAISSON_HOW_SIGNALLED,
	  SIGKILL, "" },
	{ "close 3 sleep 20 ready exit 7", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 7, "" },
	/* the forms that were in use: with a pid, without, with an end */
	{ "say ready::\\p\\xff exit 1", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say ready::\\xff exit 1", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say ready::\\p close 4 exit 1", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say ready:: close 4 sleep 20 exit 1", ALL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say ready:: await 0 exit 1", VEYRON, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say-slowly ready::\\p\\xff 2 exit 1", PIDS, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "say ready::\\p\\xff\\xff\\xfftrailing exit 1", ALL,
	  CAISSON_START_READY, CAISSON_HOW_EXITED, 1, "" },
	{ "say ready::\\p exit 1", PIDS, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	{ "ready flood 100000 exit 1", PIDS, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 1, "" },
	/* failed */
	{ "read failed no\\x20disk exit 9", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9, "no disk" },
	{ "failed a\\x0ab\\x1bc\\x7f exit 9", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9,
	  "a b\xef\xbf\xbd"
	  "c\xef\xbf\xbd" },
	{ "say failed::a\\xfeb close 4 exit 9", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9,
	  "a\xef\xbf\xbd"
	  "b" },
	{ "say failed::\\xff exit 9", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9, "" },
	{ "failed stays pause", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_SIGNALLED, ANY_VALUE, "stays" },
	{ "ignore 15 failed stays pause", ALL, CAISSON_START_FAILED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "stays" },
	/* dead without a word */
	{ "exit 0", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 0, NULL },
	{ "exit 3", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 3, NULL },
	{ "kill 9", ALL, CAISSON_START_DIED, CAISSON_HOW_SIGNALLED, SIGKILL,
	  NULL },
	{ "kill 11", ALL, CAISSON_START_DIED, CAISSON_HOW_SIGNALLED, SIGSEGV,
	  NULL },
	{ "peek 8 exit 4", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	{ "read end exit 4", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	{ "close 4 exit 4", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	{ "close-all exit 4", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	{ "close-all sleep 50 kill 6", ALL, CAISSON_START_DIED,
	  CAISSON_HOW_SIGNALLED, SIGABRT, NULL },
	{ "say rea exit 4", PIDS, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	{ "keeper exit 4", ALL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  NULL },
	/* liars: another pid, or a child that speaks for its parent */
	{ "ready-as 1 pause", PIDS, CAISSON_START_LIED, CAISSON_HOW_SIGNALLED,
	  SIGKILL, NULL },
	{ "say ready::1\\xff pause", VEYRON, CAISSON_START_LIED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, NULL },
	{ "ready-as 999999999 keeper keeper pause", PIDS, CAISSON_START_LIED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, NULL },
	{ "wrap ready pause", PIDS, CAISSON_START_LIED, CAISSON_HOW_SIGNALLED,
	  SIGKILL, NULL },
	{ "wrap ready exit 2", VEYRON, CAISSON_START_READY, CAISSON_HOW_EXITED,
	  2, "" },
	/* what is no status */
	{ "say hello\\xff pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "hello" },
	{ "say \\xff pause", ALL, CAISSON_START_GARBLED, CAISSON_HOW_SIGNALLED,
	  SIGKILL, "" },
	{ "say ready::12x\\xff pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "ready::12x" },
	{ "say ready::-1\\xff pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "ready::-1" },
	{ "say ready::99999999999999999999999\\xff pause", ALL,
	  CAISSON_START_GARBLED, CAISSON_HOW_SIGNALLED, SIGKILL, NULL },
	{ "say READY::\\p\\xff pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, NULL },
	{ "say ready\\xff pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "ready" },
	{ "flood 4097 keeper pause", ALL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, NULL },
	{ "flood 0 pause", ALL, CAISSON_START_GARBLED, CAISSON_HOW_SIGNALLED,
	  SIGKILL, NULL },
	{ "say rea close 4 pause", ALL | SLOW, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "rea" },
	{ "close 4 keeper pause", ALL | SLOW, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "" },
	{ "close-all pause", ALL | SLOW, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL, "" },
};

static int
code_of(uint32_t state)
{
	switch (state) {
	case CAISSON_START_READY:
		return 0;
	case CAISSON_START_FAILED:
		return CAISSON_E_FAILED;
	case CAISSON_START_DIED:
		return CAISSON_E_DIED;
	case CAISSON_START_TIMED_OUT:
		return CAISSON_E_TIMEOUT;
	case CAISSON_START_LIED:
		return CAISSON_E_LIED;
	default:
		return CAISSON_E_PROTOCOL;
	}
}

static void
check_state(struct caisson_child *child, const struct row *row)
{
	struct caisson_readiness r = speaking_state(child);

	assert_int_equal(r.state, row->state);
	assert_true(r.decided_ns > 0);
	assert_true(strlen(r.message) <= 3 * CAISSON_STATUS_BYTES);
	if (row->message != NULL)
		assert_string_equal(r.message, row->message);
}

static void
wait_for_start(struct caisson_child *child, const struct row *row)
{
	int want = code_of(row->state);

	for (int turn = 0; turn < 2; turn++) {
		struct caisson_error err = { 0 };
		int r = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS,
						 &err);

		if (r != want)
			fail_msg("%s instead of %s: %s", caisson_code_name(r),
				 caisson_code_name(want), err.msg);
		if (r != 0) {
			assert_int_equal(err.code, r);
			assert_int_equal(err.stage, CAISSON_STAGE_HANDSHAKE);
		}
		check_state(child, row);
	}
}

/* As an event loop would. */
static void
poll_for_start(struct caisson_child *child, const struct row *row)
{
	while (speaking_state(child).state == CAISSON_START_WAITING) {
		uint64_t ms = caisson_child_next_ms(child);
		struct pollfd p[2] = {
			{ caisson_child_pidfd(child), POLLIN, 0 },
			{ caisson_child_status_fd(child), POLLIN, 0 },
		};
		int n = poll(p, 2,
			     ms < LAUNCHING_PATIENCE_MS
				 ? (int)ms
				 : (int)LAUNCHING_PATIENCE_MS);
		int r;

		if (n == 0 && ms >= LAUNCHING_PATIENCE_MS)
			fail_msg("nothing happens");
		r = caisson_child_wait_ready(child, 0, NULL);
		assert_true(r == CAISSON_E_TIMEOUT || r == code_of(row->state));
	}
	wait_for_start(child, row);
}

enum driving {
	BY_START,
	BY_END,
	BY_POLL
};

static void
check_row(const struct row *row, const char *protocol, uint32_t engine,
	  enum driving driving)
{
	struct caisson_secret *secret = speaking_secret("password", 8);
	struct caisson_spec *spec = speaking_spec(protocol, row->script);
	struct caisson_child *child;
	struct caisson_error err;
	struct caisson_exit e;

	print_message("%s: %s\n", protocol, row->script);
	assert_int_equal(caisson_spec_set_kill_grace_ms(spec, 50, &err), 0);
	child = launching_start(spec, speaking_options(engine, secret));
	caisson_secret_free(secret);
	if (driving == BY_START)
		wait_for_start(child, row);
	else if (driving == BY_POLL)
		poll_for_start(child, row);
	/* it may want to be told to go on */
	(void)close(caisson_child_take_fd(child, 0));
	if (caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(e.how, row->how);
	if (row->value != ANY_VALUE)
		assert_int_equal(e.value, row->value);
	assert_false(e.timed_out);
	wait_for_start(child, row);
	caisson_child_free(child);
}

static void
check_rows(enum driving driving)
{
	json_t *before;

	speaking_adopt();
	before = harness_snapshot();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int p = 0; speaking_protocols[p] != NULL; p++) {
			if ((rows[i].protocols & 1u << p) == 0 ||
			    ((rows[i].protocols & SLOW) != 0 &&
			     p != (int)driving))
				continue;
			for (const uint32_t *e = speaking_engines(); *e; e++)
				check_row(&rows[i], speaking_protocols[p], *e,
					  driving);
		}
		speaking_assert_nobody();
	}
	harness_assert_unchanged(before);
}

static void
each_is_told_to_who_waits_for_its_start(void **state)
{
	(void)state;
	check_rows(BY_START);
}

static void
each_is_told_to_who_waits_for_its_end(void **state)
{
	(void)state;
	check_rows(BY_END);
}

static void
each_is_told_to_who_polls(void **state)
{
	(void)state;
	check_rows(BY_POLL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_to_who_waits_for_its_start),
		cmocka_unit_test(each_is_told_to_who_waits_for_its_end),
		cmocka_unit_test(each_is_told_to_who_polls),
	};

	return harness_main("speakers_behaviour", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
