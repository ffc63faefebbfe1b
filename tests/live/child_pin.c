/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is pinned: opened by the target, without symbolic links, and
 * exec'ed by that descriptor, whatever its name means by then.
 */
#include "oracle.h"
#include "refusal.h"
#include "replanned.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCRIPT "#!/bin/sh\nexit 5\n"

/* The plan says this path instead of the one that the library has looked at. */
static void
pin(const char *path, bool scripts)
{
	replanned =
	    (struct replanned){ .pin = true, .scripts = scripts, .path = path };
}

static int
exit_status(void)
{
	return launching_finish(
		   launching_start(launching_spec(NULL, "exit", "4", NULL),
				   launching_engine(CAISSON_ENGINE_FORK)))
	    .value;
}

static void
assert_not_launched(uint32_t stage, int sys_errno)
{
	struct caisson_error err;

	launching_refused(launching_spec(NULL, "exit", "4", NULL),
			  launching_engine(CAISSON_ENGINE_FORK), &err);
	assert_int_equal(err.stage, stage);
	assert_int_equal(err.sys_errno, sys_errno);
}

/* "SCRATCH/NAME", a copy of the reporter with this mode. */
static const char *
copy(const char *name, unsigned mode)
{
	static char data[1 << 22];
	int fd = open(harness_reporter(), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data));

	assert_true(n > 0 && (size_t)n < sizeof(data));
	assert_int_equal(close(fd), 0);
	(void)unlink(harness_path(name));
	return harness_file(name, data, (size_t)n, mode);
}

static void
a_pinned_program_is_as_any_other(void **state)
{
	struct launched l;

	(void)state;
	pin(NULL, false);
	assert_int_equal(exit_status(), 4);
	l = launching_state(NULL, launching_engine(CAISSON_ENGINE_FORK));
	oracle_check(&l, NULL);
}

static void
no_part_of_its_path_is_a_symbolic_link(void **state)
{
	const char *direct = copy("direct", 0755);
	const char *paths[2] = { harness_path("link"),
				 harness_path("there/direct") };

	(void)state;
	assert_int_equal(symlink(direct, paths[0]), 0);
	assert_int_equal(symlink(harness_scratch(), harness_path("there")), 0);
	pin(direct, false);
	assert_int_equal(exit_status(), 4);
	for (size_t i = 0; i < 2; i++) {
		pin(paths[i], true);
		assert_not_launched(CAISSON_STAGE_IDENTIFY, ELOOP);
	}
	pin("/proc/self/exe", true);
	assert_not_launched(CAISSON_STAGE_IDENTIFY, ELOOP);
}

static void
a_script_runs_only_where_scripts_may(void **state)
{
	const char *script =
	    harness_file("script", SCRIPT, strlen(SCRIPT), 0755);

	(void)state;
	pin(script, false);
	assert_not_launched(CAISSON_STAGE_EXEC, ENOENT);
	pin(script, true);
	assert_int_equal(exit_status(), 5);
}

static void
what_is_no_file_or_cannot_be_executed_does_not_run(void **state)
{
	const char *fifo = harness_path("fifo");

	(void)state;
	assert_int_equal(mkfifo(fifo, 0777), 0);
	pin(fifo, true);
	assert_not_launched(CAISSON_STAGE_IDENTIFY, EACCES);
	pin(harness_scratch(), true);
	assert_not_launched(CAISSON_STAGE_IDENTIFY, EACCES);
	pin(harness_path("nothing"), true);
	assert_not_launched(CAISSON_STAGE_IDENTIFY, ENOENT);
	pin(copy("inert", 0644), true);
	assert_not_launched(CAISSON_STAGE_EXEC, EACCES);
}

/* And not as who launched it. */
static void
it_is_opened_as_the_target(void **state)
{
	uint32_t id = harness_unused_id();
	const char *members =
	    harness_text("'credentials':{'uid':%u,'gid':%u,'groups':[]}", id,
			 id);
	struct caisson_error err;
	const char *path;

	(void)state;
	if (!harness_is_root()) {
		print_message("only root can launch as somebody else\n");
		skip();
	}
	assert_int_equal(mkdir(harness_path("closed"), 0700), 0);
	path = copy("closed/program", 0755);
	pin(path, false);
	launching_refused(launching_spec(members, "exit", "4", NULL),
			  launching_engine(CAISSON_ENGINE_FORK), &err);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	assert_int_equal(err.sys_errno, EACCES);
	assert_int_equal(chmod(harness_path("closed"), 0711), 0);
	assert_int_equal(
	    launching_finish(
		launching_start(launching_spec(members, "exit", "4", NULL),
				launching_engine(CAISSON_ENGINE_FORK)))
		.value,
	    4);
}

static void
it_need_not_be_readable(void **state)
{
	const char *path = copy("executable", 0711);

	(void)state;
	/* whoever owns it may else */
	if (!harness_has_capability(CAP_DAC_OVERRIDE))
		assert_int_equal(chmod(path, 0111), 0);
	pin(path, false);
	assert_int_equal(exit_status(), 4);
}

static void
pretend_to_open(void)
{
	refusal_add(SYS_openat2, REFUSAL_ANY, 0);
}

/* Its stdin is a program, and would be what a false descriptor means. */
static void
one_that_is_only_said_to_be_open_does_not_run(void **state)
{
	struct caisson_error err;
	const char *members = harness_text("'stdio':{'stdin':{'file':'%s'}}",
					   copy("other", 0755));

	(void)state;
	pin(NULL, false);
	replanned.before = pretend_to_open;
	launching_refused(launching_spec(members, "exit", "4", NULL),
			  launching_engine(CAISSON_ENGINE_FORK), &err);
	assert_int_equal(err.code, CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	replanned.pin = false;
	assert_int_equal(exit_status(), 4);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pinned_program_is_as_any_other),
		cmocka_unit_test(no_part_of_its_path_is_a_symbolic_link),
		cmocka_unit_test(a_script_runs_only_where_scripts_may),
		cmocka_unit_test(
		    what_is_no_file_or_cannot_be_executed_does_not_run),
		cmocka_unit_test(it_is_opened_as_the_target),
		cmocka_unit_test(it_need_not_be_readable),
		cmocka_unit_test(one_that_is_only_said_to_be_open_does_not_run),
	};

	return harness_main("child_pin", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
