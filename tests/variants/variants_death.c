/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that is killed, ends, stops or hangs at each of its steps: never
 * reported as started, never waited for longer than the deadline, reaped.
 */
#include "broken.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 120u
#define LONG_MS     600000u

/*
 * Short where the launch is to end by it, which would otherwise last for ever;
 * long where it must not, however slow the machine is.
 */
static uint64_t
deadline_for(int code)
{
	return code == CAISSON_E_TIMEOUT ? DEADLINE_MS : LONG_MS;
}

/* Is there a row for this stage in the child's table? */
static bool
is_step(uint32_t stage)
{
	return strcmp(caisson_stage_name(stage), "unknown") != 0 &&
	       stage != CAISSON_STAGE_READY;
}

static void
break_at(const char *how, uint32_t stage, uint32_t engine, int code)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .engine = engine,
						  .setup_timeout_ms =
						      deadline_for(code) };
	const char *recipe = harness_text("%s:%u", how, stage);
	json_t *before = harness_snapshot();
	struct caisson_child *child = NULL;
	struct caisson_error err;
	struct caisson_spec *spec =
	    launching_spec(broken_members(recipe, ""), "write", "1", "it ran",
			   NULL);
	int r;

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	r = caisson_launch(spec, &options, &child, &err);
	caisson_spec_free(spec);
	if (r != code)
		fail_msg("%s, engine %u: returned %d (%s)", recipe, engine, r,
			 r < 0 ? err.msg : "started");
	assert_int_equal(err.stage, CAISSON_STAGE_CONFIRM);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
break_everywhere(const char *how, int code)
{
	for (uint32_t stage = CAISSON_STAGE_DEADLINE;
	     stage <= CAISSON_STAGE_EXEC; stage++) {
		if (!is_step(stage))
			continue;
		break_at(how, stage, CAISSON_ENGINE_FORK, code);
		/* vfork has no deadline before the step that sets it */
		if (!harness_is_root() &&
		    (code == CAISSON_E_DIED || stage != CAISSON_STAGE_DEADLINE))
			break_at(how, stage, CAISSON_ENGINE_VFORK, code);
	}
}

static void
a_child_killed_at_any_step_never_started(void **state)
{
	(void)state;
	break_everywhere("kill", CAISSON_E_DIED);
}

static void
a_child_that_ends_at_any_step_never_started(void **state)
{
	(void)state;
	break_everywhere("exit", CAISSON_E_DIED);
}

static void
a_child_stopped_at_any_step_is_ended_by_the_deadline(void **state)
{
	(void)state;
	break_everywhere("stop", CAISSON_E_TIMEOUT);
}

static void
a_child_that_hangs_at_any_step_is_ended_by_the_deadline(void **state)
{
	(void)state;
	break_everywhere("hang", CAISSON_E_TIMEOUT);
}

/* All of that again where the kernel takes every status at once. */
static void
ignoring(void *arg)
{
	(void)arg;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	break_everywhere("kill", CAISSON_E_DIED);
	break_everywhere("exit", CAISSON_E_DIED);
}

static void
nor_with_sigchld_ignored(void **state)
{
	(void)state;
	harness_in_fork(ignoring, NULL);
}

/* A thread that reaps whatever dies, clones included, at once. */
static atomic_bool stop;

static void *
reap_all(void *arg)
{
	while (!atomic_load(&stop))
		(void)waitpid(-1, NULL, __WALL | WNOHANG);
	return arg;
}

static void
steal(const char *how, uint32_t stage, uint32_t engine, int code)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .engine = engine,
						  .setup_timeout_ms =
						      deadline_for(code) };
	struct caisson_child *child = NULL;
	struct caisson_error err;
	struct caisson_spec *spec =
	    launching_spec(broken_members(harness_text("%s:%u", how, stage),
					  ""),
			   "write", "1", "it ran", NULL);

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	if (caisson_launch(spec, &options, &child, &err) != code)
		fail_msg("%s at %u, engine %u: not reported", how, stage,
			 engine);
	caisson_spec_free(spec);
}

static void
thief_in_fork(void *arg)
{
	pthread_t thread;

	(void)arg;
	assert_int_equal(pthread_create(&thread, NULL, reap_all, NULL), 0);
	for (uint32_t stage = CAISSON_STAGE_DEADLINE;
	     stage < CAISSON_STAGE_READY; stage++) {
		if (!is_step(stage))
			continue;
		for (int i = 0; i < 5; i++) {
			steal("kill", stage, CAISSON_ENGINE_FORK,
			      CAISSON_E_DIED);
			if (!harness_is_root())
				steal("kill", stage, CAISSON_ENGINE_VFORK,
				      CAISSON_E_DIED);
		}
		steal("hang", stage, CAISSON_ENGINE_FORK, CAISSON_E_TIMEOUT);
	}
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
nor_when_somebody_else_reaps_it(void **state)
{
	(void)state;
	harness_in_fork(thief_in_fork, NULL);
}

static void
what_is_said_is_a_sentence(void **state)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .setup_timeout_ms =
						      DEADLINE_MS };
	struct caisson_error err;

	(void)state;
	launching_refused(launching_spec(broken_members("kill:40", ""), "exit",
					 "0", NULL),
			  NULL, &err);
	assert_string_equal(err.msg, "confirm: the process was killed before "
				     "the program ran (SIGKILL)");
	launching_refused(launching_spec(broken_members("exit:40", ""), "exit",
					 "0", NULL),
			  NULL, &err);
	assert_string_equal(err.msg, "confirm: the process ended before the "
				     "program ran (status 0)");
	launching_refused(launching_spec(broken_members("hang:40", ""), "exit",
					 "0", NULL),
			  &options, &err);
	assert_string_equal(err.msg,
			    "confirm: the program was not running after 120 "
			    "ms; its process was killed");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_killed_at_any_step_never_started),
		cmocka_unit_test(a_child_that_ends_at_any_step_never_started),
		cmocka_unit_test(
		    a_child_stopped_at_any_step_is_ended_by_the_deadline),
		cmocka_unit_test(
		    a_child_that_hangs_at_any_step_is_ended_by_the_deadline),
		cmocka_unit_test(nor_with_sigchld_ignored),
		cmocka_unit_test(nor_when_somebody_else_reaps_it),
		cmocka_unit_test(what_is_said_is_a_sentence),
	};

	return harness_main("variants_death", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
