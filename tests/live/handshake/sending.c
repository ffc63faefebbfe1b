/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program finds what it is handed: variables, and descriptors beside
 * those of the spec, whatever the launcher's numbers are.
 */
#include "speaking.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void
check_environ(const char *handshake, const char *expected)
{
	struct launched l = launching_state(
	    harness_text("'env':{'A':'1','CAISSON_EXEC_VERSION':'9',"
			 "'CAISSON_EXEC_FDS':'7:8','V23_EXEC_VERSION':'9',"
			 "'VEYRON_EXEC_VERSION':'9','CAISSON_EXEC':'x',"
			 "'Z':'2'}%s",
			 handshake),
	    NULL);
	json_t *want = harness_json(harness_text("{'environ':[%s]}", expected));

	if (!json_equal(json_object_get(l.state, "environ"),
			json_object_get(want, "environ")))
		fail_msg("%s",
			 json_dumps(json_object_get(l.state, "environ"), 0));
	json_decref(want);
	json_decref(l.state);
}

static void
the_protocols_variables_are_the_launchers(void **state)
{
	(void)state;
	check_environ(",'handshake':{'protocol':'caisson'}",
		      "'A=1','CAISSON_EXEC=x','Z=2','CAISSON_EXEC_VERSION=1'");
	check_environ(",'handshake':{'protocol':'v23'}",
		      "'A=1','CAISSON_EXEC=x','Z=2','V23_EXEC_VERSION=1.0.0'");
	check_environ(",'handshake':{'protocol':'veyron'}",
		      "'A=1','CAISSON_EXEC=x','Z=2',"
		      "'VEYRON_EXEC_VERSION=1.0.0'");
	check_environ(",'handshake':{'protocol':'caisson','data_fd':3,"
		      "'status_fd':4}",
		      "'A=1','CAISSON_EXEC=x','Z=2','CAISSON_EXEC_VERSION=1'");
	check_environ(",'handshake':{'protocol':'caisson','data_fd':1023,"
		      "'status_fd':3}",
		      "'A=1','CAISSON_EXEC=x','Z=2','CAISSON_EXEC_FDS=1023:3',"
		      "'CAISSON_EXEC_VERSION=1'");
	/* without a handshake they are like any others */
	check_environ("",
		      "'A=1','CAISSON_EXEC_VERSION=9','CAISSON_EXEC_FDS=7:8',"
		      "'V23_EXEC_VERSION=9','VEYRON_EXEC_VERSION=9',"
		      "'CAISSON_EXEC=x','Z=2'");
}

static void
the_program_has_two_descriptors_more_and_both_are_pipes(void **state)
{
	struct launched l =
	    launching_state("'handshake':{'protocol':'v23'}", NULL);
	json_t *fds = json_object_get(l.state, "fds");

	(void)state;
	assert_int_equal(json_array_size(fds), 5);
	for (size_t i = 0; i < 2; i++) {
		json_t *fd = json_array_get(fds, 3 + i);

		assert_int_equal(launching_number(fd, "fd"), 3 + i);
		assert_string_equal(launching_string(fd, "type"), "pipe");
		assert_int_equal(launching_number(fd, "cloexec"), 0);
		/* blocking, one reads and the other writes */
		assert_int_equal(launching_number(fd, "flags") &
				     (O_NONBLOCK | O_ACCMODE),
				 i == 0 ? O_RDONLY : O_WRONLY);
	}
	json_decref(l.state);
}

/* Our numbers are as unlucky as they can be: each is another's target. */
static void
with_crossing_numbers(void *arg)
{
	static const int ours[] = { 3, 4, 5, 6, 7, 8, 9 };
	struct caisson_spec *spec =
	    speaking_spec("caisson",
			  "fds 6 3 read end note 4 four note 5 five note 1023 "
			  "last digest 7 ready exit 7");
	struct caisson_child *child;
	struct caisson_error err;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)arg;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i] != null)
			(void)dup3(null, ours[i], O_CLOEXEC);
	assert_int_equal(caisson_spec_set_handshake_fds(spec, 6, 3, &err), 0);
	for (int i = 4; i <= 7; i++)
		if (i != 6)
			assert_int_equal(caisson_spec_fd_pipe(
					     spec, i, CAISSON_FROM_CHILD, &err),
					 0);
	assert_int_equal(caisson_spec_fd_pipe(spec, 1023, CAISSON_FROM_CHILD,
					      &err),
			 0);
	for (int i = 8; i <= 12; i++)
		assert_int_equal(caisson_spec_fd_inherit(spec, i, 3 + i % 4,
							 &err),
				 0);
	child = launching_start(spec, NULL);
	speaking_wait_ready(child);
	assert_string_equal(launching_read_line(child, 4), "four");
	assert_string_equal(launching_read_line(child, 5), "five");
	assert_string_equal(launching_read_line(child, 1023), "last");
	assert_string_equal(launching_read_line(child, 7),
			    speaking_digest((struct caisson_bytes){ "", 0 },
					    (struct caisson_bytes){ "", 0 }));
	assert_int_equal(launching_finish(child).value, 7);
}

static void
numbers_may_cross_those_of_other_descriptors(void **state)
{
	(void)state;
	harness_in_fork(with_crossing_numbers, NULL);
}

static void
older_protocols_have_others_from_five(void **state)
{
	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++) {
		struct caisson_spec *spec = speaking_spec(
		    speaking_protocols[p],
		    "read end note 5 five note 6 six ready exit 2");
		struct caisson_child *child;
		struct caisson_error err;

		for (int i = 5; i <= 6; i++)
			assert_int_equal(caisson_spec_fd_pipe(
					     spec, i, CAISSON_FROM_CHILD, &err),
					 0);
		child = launching_start(spec, NULL);
		speaking_wait_ready(child);
		assert_string_equal(launching_read_line(child, 5), "five");
		assert_string_equal(launching_read_line(child, 6), "six");
		assert_int_equal(launching_finish(child).value, 2);
	}
}

/* The socket for them must not stand where the program's descriptors do. */
static void
with_refused_calls(void *arg)
{
	const struct rlimit limit = { 1024, 1024 };
	struct caisson_launch_options options = *speaking_options(0, NULL);
	struct caisson_spec *spec =
	    speaking_spec("caisson", "fds 9 20 read end ready exit 2");
	struct caisson_child *child;
	struct caisson_error err;

	(void)arg;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	options.denials = 1;
	assert_int_equal(caisson_spec_set_handshake_fds(spec, 9, 20, &err), 0);
	child = launching_start(spec, &options);
	speaking_wait_ready(child);
	assert_int_equal(launching_finish(child).value, 2);
}

static void
refused_calls_can_be_reported_as_well(void **state)
{
	(void)state;
	harness_in_fork(with_refused_calls, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_protocols_variables_are_the_launchers),
		cmocka_unit_test(
		    the_program_has_two_descriptors_more_and_both_are_pipes),
		cmocka_unit_test(numbers_may_cross_those_of_other_descriptors),
		cmocka_unit_test(older_protocols_have_others_from_five),
		cmocka_unit_test(refused_calls_can_be_reported_as_well),
	};

	return harness_main("handshake_sending", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
