/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of a descriptor in a spec: what the program has, and the caller. */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *
find_fd(const json_t *state, int number)
{
	json_t *fds = json_object_get(state, "fds"), *fd;
	size_t i;

	json_array_foreach(fds, i, fd)
	{
		if (launching_number(fd, "fd") == number)
			return fd;
	}
	fail_msg("the program has no fd %d", number);
	return NULL;
}

/* The program's fd has these open flags (less O_LARGEFILE) and this target. */
static void
assert_fd(const json_t *state, int number, long flags, const char *target)
{
	const json_t *fd = find_fd(state, number);

	assert_int_equal(launching_number(fd, "flags") & ~0100000L, flags);
	assert_int_equal(launching_number(fd, "cloexec"), 0);
	if (target != NULL)
		assert_string_equal(launching_string(fd, "target"), target);
}

static json_t *
state_of(const char *members)
{
	return launching_state(members, NULL).state;
}

static void
null_is_dev_null_for_both_directions(void **state)
{
	json_t *s = state_of("'stdio':{'stdin':'null','stderr':'null',"
			     "'stdout':'pipe'}");

	(void)state;
	assert_string_equal(oracle_fds(s), "0:character 1:pipe 2:character");
	assert_fd(s, 0, O_RDWR, "/dev/null");
	assert_fd(s, 2, O_RDWR, "/dev/null");
	json_decref(s);
}

static void
closed_is_not_open(void **state)
{
	json_t *s = state_of("'stdio':{'stdin':'closed','stderr':'closed',"
			     "'stdout':'pipe'}");

	(void)state;
	assert_string_equal(oracle_fds(s), "1:pipe");
	json_decref(s);
}

static void
standard_pipes_go_the_natural_way(void **state)
{
	struct caisson_spec *spec = launching_spec(
	    "'stdio':{'stdin':'pipe','stdout':'pipe','stderr':'pipe'}", "copy",
	    "0", "2", NULL);
	struct caisson_child *child = launching_start(spec, NULL);
	int in = caisson_child_take_fd(child, 0);
	char *text;

	(void)state;
	assert_true(in >= 0);
	assert_int_equal(caisson_child_fd(child, 0), -1);
	assert_int_equal(fcntl(in, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(caisson_child_fd(child, 1), F_GETFD),
			 FD_CLOEXEC);
	assert_int_equal(write(in, "through", 7), 7);
	assert_int_equal(close(in), 0);
	text = launching_read(child, 2);
	assert_string_equal(text, "through");
	free(text);
	text = launching_read(child, 1);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(launching_finish(child).value, 0);
}

static void
stderr_can_be_a_copy_of_stdout(void **state)
{
	json_t *s = state_of("'stdio':{'stdout':'pipe','stderr':'stdout'}");

	(void)state;
	assert_int_equal(launching_number(find_fd(s, 1), "ino"),
			 launching_number(find_fd(s, 2), "ino"));
	json_decref(s);
}

static void
stdio_can_be_any_descriptor_of_the_caller(void **state)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	json_t *s;

	(void)state;
	assert_true(fd > 2);
	s = state_of(harness_text("'stdio':{'stdin':'fd:%d','stdout':'pipe',"
				  "'stderr':'fd:%d'}",
				  fd, fd));
	assert_fd(s, 0, O_RDONLY, "/dev/zero");
	assert_fd(s, 2, O_RDONLY, "/dev/zero");
	json_decref(s);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
}

static const struct file_case {
	const char *mode, *before, *after;
	long flags;
} file_cases[] = {
	{ "read", "before", "before", O_RDONLY },
	{ "write", "before", "new", O_WRONLY },
	{ "append", "before", "beforenew", O_WRONLY | O_APPEND },
	{ "read-write", "before", "newore", O_RDWR },
};

static void
assert_content(const char *path, const char *want)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_int_equal(close(fd), 0);
	assert_string_equal(text, want);
}

static void
files_are_opened_by_their_mode(void **state)
{
	const char *path = harness_path("file");

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct file_case *c = &file_cases[i];
		struct caisson_exit e;
		char *members = strdup(harness_text(
		    "'extra_fds':[{'fd':5,'type':'file','path':'%s',"
		    "'mode':'%s'}]",
		    harness_file("file", "before", 6, 0600), c->mode));
		json_t *s = state_of(members);

		path = harness_path("file");
		assert_string_equal(oracle_fds(s) + strlen(oracle_fds(s)) - 6,
				    "5:file");
		assert_fd(s, 5, c->flags, path);
		json_decref(s);
		(void)harness_file("file", "before", 6, 0600);
		e = launching_finish(launching_start(
		    launching_spec(members, "write", "5", "new", NULL), NULL));
		free(members);
		assert_int_equal(e.value, c->flags == O_RDONLY);
		assert_content(path, c->after);
	}
	assert_int_equal(unlink(path), 0);
}

static void
created_files_follow_the_callers_umask(void **state)
{
	mode_t old = umask(0027);
	const char *path = harness_path("created");
	struct stat st;

	(void)state;
	json_decref(state_of(harness_text(
	    "'process':{'umask':'0777'},'extra_fds':[{'fd':5,'type':'file',"
	    "'path':'%s','mode':'append'}]",
	    path)));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(unlink(path), 0);
	(void)umask(old);
}

static void
a_file_to_read_must_exist(void **state)
{
	struct caisson_error err;

	(void)state;
	launching_refused(
	    launching_spec(harness_text("'extra_fds':[{'fd':5,'type':'file',"
					"'path':'%s','mode':'read'}]",
					harness_path("absent")),
			   "state", "1", NULL),
	    NULL, &err);
	assert_int_equal(err.code, CAISSON_E_SYSTEM);
	assert_int_equal(err.stage, CAISSON_STAGE_FILES);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_non_null(strstr(err.msg, "absent"));
}

static void
an_inherited_descriptor_must_be_open(void **state)
{
	struct caisson_error err;

	(void)state;
	launching_refused(launching_spec("'extra_fds':[{'fd':7,'type':"
					 "'inherit','from':977}]",
					 "state", "1", NULL),
			  NULL, &err);
	assert_int_equal(err.code, CAISSON_E_SYSTEM);
	assert_int_equal(err.stage, CAISSON_STAGE_FILES);
	assert_int_equal(err.sys_errno, EBADF);
	assert_string_equal(err.msg,
			    "files: fd 7: the descriptor to inherit is not "
			    "open: Bad file descriptor");
}

static void
extra_pipes_and_socket_pairs_carry_bytes(void **state)
{
	struct caisson_spec *spec = launching_spec(
	    "'extra_fds':[{'fd':9,'type':'socketpair'},"
	    "{'fd':4,'type':'pipe','direction':'to_child'},"
	    "{'fd':1023,'type':'pipe','direction':'from_child'}]",
	    "copy", "9", "1023", NULL);
	struct caisson_child *child = launching_start(spec, NULL);
	int pair = caisson_child_fd(child, 9);
	char *text;

	(void)state;
	assert_int_equal(fcntl(pair, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(caisson_child_fd(child, 4), F_GETFL) & O_ACCMODE,
			 O_WRONLY);
	assert_int_equal(fcntl(caisson_child_fd(child, 1023), F_GETFL) &
			     O_ACCMODE,
			 O_RDONLY);
	assert_int_equal(caisson_child_fd(child, 5), -1);
	assert_int_equal(caisson_child_fd(child, -1), -1);
	assert_int_equal(write(pair, "both ways", 9), 9);
	assert_int_equal(shutdown(pair, SHUT_WR), 0);
	text = launching_read(child, 1023);
	assert_string_equal(text, "both ways");
	free(text);
	assert_int_equal(launching_finish(child).value, 0);
}

static void
one_hundred_and_twenty_eight_extra_ones_work(void **state)
{
	struct caisson_spec *spec = launching_spec(NULL, "state", "1", NULL);
	struct caisson_error err;
	json_t *report;

	(void)state;
	for (int i = 0; i < 128; i++)
		assert_int_equal(caisson_spec_fd_inherit(spec, 1023 - 7 * i, 0,
							 &err),
				 0);
	report = launching_json(spec, NULL);
	assert_int_equal(json_array_size(json_object_get(report, "fds")), 131);
	for (int i = 0; i < 128; i++)
		assert_int_equal(launching_number(find_fd(report, 1023 - 7 * i),
						  "ino"),
				 launching_number(find_fd(report, 0), "ino"));
	json_decref(report);
}

static void
nothing_of_the_caller_is_inherited_unasked(void **state)
{
	int low = open("/dev/zero", O_RDONLY), high = fcntl(low, F_DUPFD, 900);
	struct launched l;

	(void)state;
	assert_int_equal(fcntl(low, F_GETFD), 0);
	assert_true(high >= 900);
	l = launching_state(NULL, NULL);
	oracle_check(&l, NULL);
	l = launching_state(NULL, launching_engine(CAISSON_ENGINE_FORK));
	oracle_check(&l, NULL);
	assert_int_equal(close(low), 0);
	assert_int_equal(close(high), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_is_dev_null_for_both_directions),
		cmocka_unit_test(closed_is_not_open),
		cmocka_unit_test(standard_pipes_go_the_natural_way),
		cmocka_unit_test(stderr_can_be_a_copy_of_stdout),
		cmocka_unit_test(stdio_can_be_any_descriptor_of_the_caller),
		cmocka_unit_test(files_are_opened_by_their_mode),
		cmocka_unit_test(created_files_follow_the_callers_umask),
		cmocka_unit_test(a_file_to_read_must_exist),
		cmocka_unit_test(an_inherited_descriptor_must_be_open),
		cmocka_unit_test(extra_pipes_and_socket_pairs_carry_bytes),
		cmocka_unit_test(one_hundred_and_twenty_eight_extra_ones_work),
		cmocka_unit_test(nothing_of_the_caller_is_inherited_unasked),
	};

	return harness_main("fds_forms", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
