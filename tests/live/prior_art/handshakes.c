/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the older handshakes did with variables and descriptors, and what is
 * done instead (docs/prior-art.md).
 */
#include "speaking.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

/* Nobody waits for the reporter to be ready: it has all that it needs. */
static void
check_environment(const char *members, const char *want)
{
	struct caisson_spec *spec = launching_spec(members, "state", "1", NULL);
	json_t *state = launching_json(spec, NULL);
	json_t *wanted = harness_json(want);

	assert_true(json_equal(json_object_get(state, "environ"), wanted));
	json_decref(wanted);
	json_decref(state);
}

#define VARIABLES                                              \
	"'env':{'B':'','V23_EXEC_VERSION':'9','A':'=',"        \
	"'CAISSON_EXEC_VERSION':'2','CAISSON_EXEC_FDS':'5:6'," \
	"'VEYRON_EXEC_VERSION':''}"

static void
the_variable_is_there_once_and_no_other_protocols_are(void **state)
{
	(void)state;
	check_environment("'handshake':{'protocol':'v23'}," VARIABLES,
			  "['B=','A==','V23_EXEC_VERSION=1.0.0']");
	check_environment("'handshake':{'protocol':'veyron'}," VARIABLES,
			  "['B=','A==','VEYRON_EXEC_VERSION=1.0.0']");
	check_environment("'handshake':{'protocol':'caisson'}," VARIABLES,
			  "['B=','A==','CAISSON_EXEC_VERSION=1']");
	/* Without a handshake they are like all others. */
	check_environment("'env':{'V23_EXEC_VERSION':'9'}",
			  "['V23_EXEC_VERSION=9']");
}

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void
after_the_answer_the_status_is_closed_and_nothing_is_left(void **state)
{
	static const struct {
		const char *script;
		uint32_t state;
	} ends[] = {
		{ "ready await 0", CAISSON_START_READY },
		{ "failed so", CAISSON_START_FAILED },
		{ "exit 3", CAISSON_START_DIED },
		{ "ready-as 1 pause", CAISSON_START_LIED },
		{ "say no\\xff pause", CAISSON_START_GARBLED },
	};
	int before = open_descriptors();

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct caisson_child *child =
		    launching_start(speaking_spec("v23", ends[i].script), NULL);

		int r = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS,
						 NULL);

		assert_int_equal(r == 0, ends[i].state == CAISSON_START_READY);
		assert_int_equal(speaking_state(child).state, ends[i].state);
		assert_int_equal(caisson_child_status_fd(child), -1);
		/* pidfd, and the ends of the two pipes */
		assert_int_equal(open_descriptors(), before + 3);
		caisson_child_free(child);
		assert_int_equal(open_descriptors(), before);
	}
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_variable_is_there_once_and_no_other_protocols_are),
		cmocka_unit_test(
		    after_the_answer_the_status_is_closed_and_nothing_is_left),
	};

	return harness_main("prior_art_handshakes", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
