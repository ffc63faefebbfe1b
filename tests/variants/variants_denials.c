/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launch that reports refused calls, with a part of its seccomp step left
 * out or broken: loading the filter that asks (501), handing over its listener
 * (502), loading the other filter (503).  The program never runs.
 */
#include "broken.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 120u
#define LONG_MS     600000u

/* What the launch returns, and whether the program ran. */
static int
launch(const char *recipe, uint64_t ms, bool *ran, struct caisson_error *err)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .setup_timeout_ms = ms,
						  .denials = 1 };
	const char *out = harness_file("out", "", 0, 0666);
	struct caisson_spec *spec = launching_spec(
	    broken_members(recipe,
			   harness_text("'stdio':{'stdout':{'file':'%s'}}",
					out)),
	    "write", "1", "it ran", NULL);
	struct caisson_child *child = NULL;
	struct stat st;
	int r;

	memset(err, 0, sizeof(*err));
	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	r = caisson_launch(spec, &options, &child, err);
	caisson_spec_free(spec);
	if (r == 0)
		(void)launching_finish(child);
	assert_int_equal(stat(out, &st), 0);
	*ran = st.st_size > 0;
	return r;
}

static void
with_all_parts_the_program_runs(void **state)
{
	struct caisson_error err;
	bool ran = false;

	(void)state;
	if (launch("", LONG_MS, &ran, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(ran);
}

static void
without_a_part_the_program_does_not_run(void **state)
{
	static const struct {
		const char *recipe;
		int code;
		uint32_t stage;
	} cases[] = {
		{ "skip:501", CAISSON_E_SYSTEM, CAISSON_STAGE_SECCOMP },
		{ "skip:502", CAISSON_E_MISMATCH, CAISSON_STAGE_EXEC },
		{ "skip:503", CAISSON_E_MISMATCH, CAISSON_STAGE_EXEC },
		{ "skip:501,502", CAISSON_E_MISMATCH, CAISSON_STAGE_EXEC },
		{ "skip:501,502,503", CAISSON_E_MISMATCH, CAISSON_STAGE_EXEC },
		{ "skip:50", CAISSON_E_MISMATCH, CAISSON_STAGE_EXEC },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *before = harness_snapshot();
		struct caisson_error err;
		bool ran = true;
		int r = launch(cases[i].recipe, LONG_MS, &ran, &err);

		if (r != cases[i].code || err.stage != cases[i].stage)
			fail_msg("%s: %d at %s: %s", cases[i].recipe, r,
				 caisson_stage_name(err.stage), err.msg);
		assert_false(ran);
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
}

static void
broken_in_a_part_it_never_started(void **state)
{
	static const struct {
		const char *how;
		int code;
		uint64_t ms;
	} cases[] = {
		{ "kill", CAISSON_E_DIED, LONG_MS },
		{ "exit", CAISSON_E_DIED, LONG_MS },
		{ "stop", CAISSON_E_TIMEOUT, DEADLINE_MS },
		{ "hang", CAISSON_E_TIMEOUT, DEADLINE_MS },
	};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		/* and at the exec, with all of it done */
		static const unsigned at[] = { 501, 502, 503, 51 };
		const char *recipe =
		    harness_text("%s:%u", cases[i / 4].how, at[i % 4]);
		struct caisson_error err;
		bool ran = true;
		int r = launch(recipe, cases[i / 4].ms, &ran, &err);

		if (r != cases[i / 4].code)
			fail_msg("%s: %d (%s)", recipe, r, err.msg);
		assert_int_equal(err.stage, CAISSON_STAGE_CONFIRM);
		assert_false(ran);
		harness_assert_childless();
	}
}

/* A child of the first thread that has stopped; 0: none (yet). */
static pid_t
stopped_child(void)
{
	char path[64], state = 0;
	int pid = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		       getpid());
	f = fopen(path, "re");
	if (f == NULL || fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		(void)fclose(f);
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	(void)fclose(f);
	return state == 'T' ? pid : 0;
}

/* When the child stands before its first filter, no number is left here. */
static void *
take_numbers(void *arg)
{
	struct timespec nap = { 0, 1000000 };
	struct rlimit none = *(const struct rlimit *)arg;
	pid_t pid;

	while ((pid = stopped_child()) == 0)
		(void)nanosleep(&nap, NULL);
	none.rlim_cur = 3;
	(void)setrlimit(RLIMIT_NOFILE, &none);
	(void)kill(pid, SIGCONT);
	return NULL;
}

static void
no_number_for_the_listener(void *arg)
{
	struct rlimit limit = { 0, 0 };
	struct caisson_error err;
	pthread_t thread;
	bool ran = true;
	int r;

	(void)arg;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(pthread_create(&thread, NULL, take_numbers, &limit),
			 0);
	r = launch("stop:501", LONG_MS, &ran, &err);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_SECCOMP,
			       "seccomp: taking over the filter's listener: "
			       "Too many open files");
	assert_int_equal(r, CAISSON_E_SYSTEM);
	assert_false(ran);
	harness_assert_childless();
}

/* It has been sent: the child must not get further than that. */
static void
a_listener_that_cannot_be_received_ends_the_launch(void **state)
{
	(void)state;
	harness_in_fork(no_number_for_the_listener, NULL);
}

static void
slow_parts_are_waited_for(void **state)
{
	struct caisson_error err;
	bool ran = false;

	(void)state;
	if (launch("slow:501,502,503,51", LONG_MS, &ran, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(ran);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_all_parts_the_program_runs),
		cmocka_unit_test(without_a_part_the_program_does_not_run),
		cmocka_unit_test(broken_in_a_part_it_never_started),
		cmocka_unit_test(
		    a_listener_that_cannot_be_received_ends_the_launch),
		cmocka_unit_test(slow_parts_are_waited_for),
	};

	return harness_main("variants_denials", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
