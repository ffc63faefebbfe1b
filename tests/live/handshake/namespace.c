/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in a pid namespace below ours knows itself by another number than
 * we do.  Both are believed, and no other.
 */
#include "speaking.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scene {
	const char *protocol;
	const char *script;
	int code;
	uint64_t reported;
	bool as_user;
};

/* The next child of this process is the first one of a new namespace. */
static void
launch_inside(void *arg)
{
	const struct scene *s = arg;
	struct caisson_child *child;
	struct caisson_error err = { 0 };
	int r;

	assert_int_equal(unshare(CLONE_NEWPID), 0);
	if (s->as_user) {
		uint32_t id = harness_unused_id();

		harness_become(id, id);
	}
	child = launching_start(speaking_spec(s->protocol, s->script), NULL);
	assert_int_equal(caisson_child_engine(child),
			 s->as_user ? CAISSON_ENGINE_VFORK
				    : CAISSON_ENGINE_FORK);
	assert_int_not_equal(caisson_child_pid(child), 1);
	r = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS, &err);
	if (r != s->code)
		fail_msg("%s: %s", caisson_code_name(r), err.msg);
	assert_int_equal(speaking_state(child).reported_pid, s->reported);
	caisson_child_free(child);
	/* nothing can be created here any more, not by a leak checker either */
	_exit(0);
}

static void
in_its_own_namespace_a_program_is_known_by_its_own_number(void **state)
{
	static const struct scene scenes[] = {
		{ "caisson", "ready pause", 0, 1, false },
		{ "caisson", "ready exit 3", 0, 1, false },
		{ "v23", "ready pause", 0, 1, false },
		{ "veyron", "ready pause", 0, 0, false },
		{ "caisson", "ready-as 2 pause", CAISSON_E_LIED, 2, false },
		{ "caisson", "ready-as 2 exit 3", CAISSON_E_LIED, 2, false },
		{ "v23", "wrap ready pause", CAISSON_E_LIED, 2, false },
		{ "caisson", "read exit 4", CAISSON_E_DIED, 0, false },
		{ "caisson", "ready pause", 0, 1, true },
		{ "v23", "ready-as 3 pause", CAISSON_E_LIED, 3, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		struct scene s = scenes[i];

		print_message("%s: %s\n", s.protocol, s.script);
		harness_in_fork(launch_inside, &s);
	}
}

/* Here 1 is another process, whatever it is elsewhere. */
static void
outside_of_it_that_number_is_a_lie(void **state)
{
	struct caisson_child *child =
	    launching_start(speaking_spec("caisson", "ready-as 1 pause"), NULL);

	(void)state;
	assert_int_equal(caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS,
						  NULL),
			 CAISSON_E_LIED);
	caisson_child_free(child);
}

static void
make_one(void *arg)
{
	(void)arg;
	_exit(unshare(CLONE_NEWPID) != 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    in_its_own_namespace_a_program_is_known_by_its_own_number),
		cmocka_unit_test(outside_of_it_that_number_is_a_lie),
	};

	if (!harness_is_root() ||
	    (argc > 1 && strcmp(argv[1], "--as-user") == 0) ||
	    !harness_try_in_fork(make_one, NULL)) {
		printf("skipped: needs the right to make pid namespaces\n");
		return HARNESS_SKIP;
	}
	return harness_main("handshake_namespace", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
