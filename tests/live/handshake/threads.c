/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hundred handshakes at once, with programs that are slow, die, lie, say
 * nothing, fail or are ready: each thread is told what became of its own, and
 * nothing is left over.
 *
 *	handshake_threads [--threads=N] [--rounds=N]
 *
 * CAISSON_TEST_THREADS in the environment does the same where arguments cannot
 * be given.
 */
#include "speaking.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 400

struct kind {
	const char *script;
	int code; /* of wait_ready */
	uint32_t state, how;
	int value;
	uint64_t timeout_ms;
};

static const struct kind kinds[] = {
	{ "read end ready exit 3", 0, CAISSON_START_READY, CAISSON_HOW_EXITED,
	  3, 600000 },
	{ "exit 4", CAISSON_E_DIED, CAISSON_START_DIED, CAISSON_HOW_EXITED, 4,
	  600000 },
	{ "slow 1 1 sleep 20 ready exit 5", 0, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 5, 600000 },
	{ "read ready-as 1 pause", CAISSON_E_LIED, CAISSON_START_LIED,
	  CAISSON_HOW_SIGNALLED, 9, 600000 },
	{ "read pause", CAISSON_E_TIMEOUT, CAISSON_START_TIMED_OUT,
	  CAISSON_HOW_SIGNALLED, 9, 50 },
	{ "failed why exit 6", CAISSON_E_FAILED, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 6, 600000 },
	{ "peek 9 kill 11", CAISSON_E_DIED, CAISSON_START_DIED,
	  CAISSON_HOW_SIGNALLED, 11, 600000 },
	{ "say nonsense\\xff pause", CAISSON_E_PROTOCOL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, 9, 600000 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct caisson_spec *specs[KINDS][3];
static struct caisson_secret *secret;

struct work {
	pthread_t thread;
	unsigned int number;
	unsigned long rounds;
	char problem[300];
};

static bool
problem(struct work *w, const struct kind *kind, const char *what)
{
	(void)snprintf(w->problem, sizeof(w->problem), "%s: %s", kind->script,
		       what);
	return false;
}

static void *
wait_for_end(void *child)
{
	(void)!caisson_child_wait(child, CAISSON_FOREVER, NULL, NULL);
	return NULL;
}

static bool
check(struct work *w, const struct kind *kind, struct caisson_child *child)
{
	struct caisson_readiness r = { .size = sizeof(r) };
	struct caisson_error err = { 0 };
	struct caisson_exit e = { 0 };

	if (caisson_child_wait_ready(child, CAISSON_FOREVER, &err) !=
	    kind->code)
		return problem(w, kind, err.msg);
	caisson_child_readiness(child, &r);
	if (r.state != kind->state || r.decided_ns == 0)
		return problem(w, kind, "another state");
	if (kind->state == CAISSON_START_FAILED &&
	    strcmp(r.message, "why") != 0)
		return problem(w, kind, r.message);
	if (caisson_child_wait(child, CAISSON_FOREVER, &e, &err) != 0)
		return problem(w, kind, err.msg);
	if (e.how != kind->how || e.value != kind->value)
		return problem(w, kind, "another end");
	return true;
}

static bool
launch_one(struct work *w, unsigned int turn)
{
	const struct kind *kind = &kinds[turn % KINDS];
	const struct caisson_spec *spec = specs[turn % KINDS][turn / KINDS % 3];
	/* the deadline is for others to test: many threads may have to wait */
	struct caisson_launch_options options = { .size = sizeof(options),
						  .setup_timeout_ms = 600000,
						  .secret = secret };
	struct caisson_child *child = NULL;
	struct caisson_error err;
	pthread_t other;
	bool ok, has_other;

	if (caisson_launch(spec, &options, &child, &err) != 0)
		return problem(w, kind, err.msg);
	if (turn % 16 == 15) {
		/* freed without waiting */
		caisson_child_free(child);
		return true;
	}
	has_other = turn % 4 == 0 &&
		    pthread_create(&other, NULL, wait_for_end, child) == 0;
	ok = check(w, kind, child);
	if (has_other)
		(void)pthread_join(other, NULL);
	caisson_child_free(child);
	return ok;
}

static void *
worker(void *arg)
{
	struct work *w = arg;

	for (unsigned int i = 0; i < w->rounds; i++)
		if (!launch_one(w, w->number + i * 7))
			break;
	return NULL;
}

static void
make_specs(void)
{
	struct caisson_error err;

	secret = speaking_secret("a secret for all of them", 24);
	for (size_t i = 0; i < KINDS; i++)
		for (size_t p = 0; p < 3; p++) {
			/* "ready-as" is the older ones' too, but says no pid */
			const char *protocol = speaking_protocols
			    [kinds[i].state == CAISSON_START_LIED ? p % 2 : p];

			specs[i][p] = speaking_spec(protocol, kinds[i].script);
			assert_int_equal(
			    caisson_spec_set_handshake_ready_timeout_ms(
				specs[i][p], kinds[i].timeout_ms, &err),
			    0);
			assert_int_equal(caisson_spec_set_kill_grace_ms(
					     specs[i][p], 600000, &err),
					 0);
			assert_int_equal(caisson_spec_freeze(specs[i][p], &err),
					 0);
		}
}

static unsigned long
threads(void)
{
	const char *text = getenv("CAISSON_TEST_THREADS");
	unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 200;

	return harness_argument("--threads", n);
}

static void
each_of_many_is_told_what_became_of_its_own(void **state)
{
	static struct work work[THREADS_MAX];
	unsigned long n = threads(), rounds = harness_argument("--rounds", 3);
	json_t *before;

	(void)state;
	assert_in_range(n, 1, THREADS_MAX);
	/* in a launch each has about ten */
	harness_descriptors(64 + n * 16);
	speaking_adopt();
	harness_first_thread();
	before = harness_snapshot();
	make_specs();
	for (unsigned int i = 0; i < n; i++) {
		work[i] = (struct work){ .number = i, .rounds = rounds };
		assert_int_equal(pthread_create(&work[i].thread, NULL, worker,
						&work[i]),
				 0);
	}
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_join(work[i].thread, NULL), 0);
	for (unsigned int i = 0; i < n; i++)
		if (work[i].problem[0] != '\0')
			fail_msg("thread %u: %s", i, work[i].problem);
	for (size_t i = 0; i < KINDS * 3; i++)
		caisson_spec_free(specs[i / 3][i % 3]);
	caisson_secret_free(secret);
	speaking_assert_nobody();
	harness_assert_unchanged(before);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_is_told_what_became_of_its_own),
	};

	return harness_main("handshake_threads", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
