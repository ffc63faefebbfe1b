/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that cannot run, and steps that cannot work: each its own code,
 * stage and sentence; nothing ran, nothing is left over.
 */
#include "launching.h"

#include "base/compat.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Launch the file: it must fail like this with both engines. */
static void
refuse(const char *path, int code, uint32_t stage, int sys_errno,
       const char *msg)
{
	static const uint32_t engines[] = { CAISSON_ENGINE_AUTO,
					    CAISSON_ENGINE_FORK };
	char *keep = strdup(path), *want = strdup(msg);

	for (size_t i = 0; i < 2; i++) {
		struct caisson_spec *spec =
		    launching_spec(NULL, "write", "1", "it ran", NULL);
		struct caisson_error err;

		assert_int_equal(caisson_spec_set_path(spec, keep, &err), 0);
		launching_refused(spec, launching_engine(engines[i]), &err);
		launching_assert_error(&err, code, stage, want);
		assert_int_equal(err.sys_errno, sys_errno);
	}
	free(keep);
	free(want);
}

static void
a_missing_program_is_not_found(void **state)
{
	const char *path = harness_path("missing");

	(void)state;
	refuse(path, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM, ENOENT,
	       harness_text("program: %s: No such file or directory", path));
	path = harness_path("reporter/x");
	refuse(path, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM, ENOENT,
	       harness_text("program: %s: No such file or directory", path));
}

static void
a_directory_is_not_executable(void **state)
{
	(void)state;
	refuse(harness_scratch(), CAISSON_E_NOT_EXECUTABLE,
	       CAISSON_STAGE_PROGRAM, 0,
	       harness_text("program: %s: is a directory", harness_scratch()));
}

static void
a_fifo_or_a_device_is_not_executable(void **state)
{
	const char *path = harness_path("fifo");

	(void)state;
	assert_int_equal(mkfifo(path, 0777), 0);
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_PROGRAM, 0,
	       harness_text("program: %s: is not a regular file", path));
	assert_int_equal(unlink(path), 0);
	refuse("/dev/null", CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_PROGRAM, 0,
	       "program: /dev/null: is not a regular file");
}

static void
a_file_without_x_is_not_executable(void **state)
{
	const char *path =
	    harness_file("plain", "#!/bin/sh\necho it ran\n", 22, 0644);

	(void)state;
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC, EACCES,
	       harness_text("program: %s: not executable for this user (file "
			    "mode, a directory on the way, or a noexec "
			    "mount): Permission denied",
			    path));
}

static void
a_script_without_its_interpreter_names_it(void **state)
{
	const char *path =
	    harness_file("script", "#! /nonexistent/interp -x\necho it ran\n",
			 39, 0755);

	(void)state;
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC, ENOENT,
	       harness_text("program: %s: its interpreter "
			    "/nonexistent/interp does not exist",
			    path));
}

static void
an_empty_file_says_so(void **state)
{
	const char *path = harness_file("empty", "", 0, 0755);

	(void)state;
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC, ENOEXEC,
	       harness_text("program: %s: the file is empty", path));
}

static void
a_text_without_an_interpreter_line_says_so(void **state)
{
	const char *path = harness_file("text", "echo it ran\n", 12, 0755);

	(void)state;
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC, ENOEXEC,
	       harness_text("program: %s: neither a program nor a script that "
			    "begins with #!",
			    path));
}

static Elf64_Ehdr
elf_header(void)
{
	Elf64_Ehdr elf;

	memset(&elf, 0, sizeof(elf));
	memcpy(elf.e_ident, ELFMAG, SELFMAG);
	elf.e_ident[EI_CLASS] = ELFCLASS64;
	elf.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.e_ident[EI_VERSION] = EV_CURRENT;
	elf.e_type = ET_EXEC;
	elf.e_version = EV_CURRENT;
	elf.e_ehsize = sizeof(elf);
	return elf;
}

static void
a_program_of_another_architecture_says_so(void **state)
{
	Elf64_Ehdr elf = elf_header();
	const char *path;

	(void)state;
	elf.e_machine = EM_S390;
	path = harness_file("foreign", &elf, sizeof(elf), 0755);
	refuse(path, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC, ENOEXEC,
	       harness_text("program: %s: built for another architecture (ELF "
			    "machine 22, this one is %d)",
			    path, COMPAT_ELF_MACHINE));
}

static void
a_symbolic_link_is_followed(void **state)
{
	const char *link = harness_path("link");
	struct caisson_spec *spec =
	    launching_spec(NULL, "write", "1", "it ran", NULL);
	struct caisson_error err;
	char *text;

	(void)state;
	assert_int_equal(symlink("reporter", link), 0);
	assert_int_equal(caisson_spec_set_path(spec, link, &err), 0);
	text = launching_output(spec, NULL);
	assert_string_equal(text, "it ran");
	free(text);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("loop", harness_path("loop")), 0);
	refuse(harness_path("loop"), CAISSON_E_NOT_EXECUTABLE,
	       CAISSON_STAGE_PROGRAM, ELOOP,
	       harness_text("program: %s: Too many levels of symbolic links",
			    harness_path("loop")));
}

static void
a_script_runs(void **state)
{
	const char *path =
	    harness_file("works", "#!/bin/sh\nprintf 'it ran'\n", 26, 0755);
	struct caisson_spec *spec = launching_spec(NULL, NULL);
	struct caisson_error err;
	char *text;

	(void)state;
	assert_int_equal(caisson_spec_set_path(spec, path, &err), 0);
	text = launching_output(spec, NULL);
	assert_string_equal(text, "it ran");
	free(text);
}

/* Steps that fail for what the spec asks, and what they say. */
static const struct step_case {
	const char *members;
	uint32_t stage;
	int sys_errno;
	const char *msg;
} step_cases[] = {
	{ "'cwd':'/nonexistent/dir'", CAISSON_STAGE_CWD, ENOENT,
	  "cwd: /nonexistent/dir: No such file or directory" },
	{ "'cwd':'/etc/passwd'", CAISSON_STAGE_CWD, ENOTDIR,
	  "cwd: /etc/passwd: Not a directory" },
	{ "'process':{'group':2147483647}", CAISSON_STAGE_GROUP, EPERM,
	  "process group: setpgid 2147483647: Operation not permitted" },
	{ "'process':{'session':'new','tty':'control'},"
	  "'stdio':{'stdin':'null','stdout':'pipe'}",
	  CAISSON_STAGE_TERMINAL, ENOTTY,
	  "terminal: stdin as controlling terminal: Inappropriate ioctl for "
	  "device" },
};

static void
a_step_that_fails_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(step_cases) / sizeof(step_cases[0]);
	     i++) {
		const struct step_case *c = &step_cases[i];
		struct caisson_error err;

		for (uint32_t engine = 0; engine < 3; engine += 2) {
			launching_refused(launching_spec(c->members, "write",
							 "1", "it ran", NULL),
					  launching_engine(engine), &err);
			launching_assert_error(&err, CAISSON_E_SYSTEM, c->stage,
					       c->msg);
			assert_int_equal(err.sys_errno, c->sys_errno);
		}
	}
}

static void
without_terminal(void *arg)
{
	struct caisson_error err;

	(void)arg;
	assert_true(setsid() > 0);
	launching_refused(launching_spec("'process':{'foreground':true}",
					 "write", "1", "it ran", NULL),
			  NULL, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_FOREGROUND,
			       "foreground: controlling terminal: No such "
			       "device or address");
}

static void
the_foreground_of_no_terminal_is_an_error(void **state)
{
	(void)state;
	harness_in_fork(without_terminal, NULL);
}

static void
a_cwd_that_is_not_its_real_path_is_refused(void **state)
{
	static const char *const tricks[] = { "/proc/self/cwd",
					      "/proc/self/fd/0",
					      "/proc/self/root", "/dev/fd/0" };
	const char *link = harness_path("cwd-link");
	struct caisson_error err;

	(void)state;
	assert_int_equal(symlink("/tmp", link), 0);
	launching_refused(launching_spec(harness_text("'cwd':'%s'", link),
					 "write", "1", "it ran", NULL),
			  NULL, &err);
	launching_assert_error(
	    &err, CAISSON_E_MISMATCH, CAISSON_STAGE_CWD,
	    harness_text("cwd: %s is not the real path of that directory (a "
			 "symbolic link?): name the real one",
			 link));
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		launching_refused(
		    launching_spec(harness_text("'cwd':'%s','stdio':{'stdin':"
						"{'file':'/dev/null'}}",
						tricks[i]),
				   "write", "1", "it ran", NULL),
		    NULL, &err);
		assert_int_equal(err.stage, CAISSON_STAGE_CWD);
	}
}

static void
misuse_is_an_error(void **state)
{
	struct caisson_launch_options options = { 0 };
	struct caisson_child *child = NULL;
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	json_t *before = harness_snapshot();
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_launch(spec, NULL, &child, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_launch(NULL, NULL, &child, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_launch(spec, NULL, NULL, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_launch(spec, &options, &child, &err),
			 CAISSON_E_USAGE);
	options.size = sizeof(options);
	options.engine = 99;
	assert_int_equal(caisson_launch(spec, &options, &child, NULL),
			 CAISSON_E_USAGE);
	assert_null(child);
	caisson_spec_free(spec);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

/* What a newer library's caller might pass. */
struct longer_options {
	struct caisson_launch_options known;
	uint64_t unknown;
};

static void
options_follow_their_size(void **state)
{
	struct longer_options o = { { sizeof(o), 0, 0, NULL }, 0 };
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	if (caisson_launch(spec, &o.known, &child, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(launching_finish(child).value, 0);
	o.unknown = 1;
	child = NULL;
	assert_int_equal(caisson_launch(spec, &o.known, &child, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_null(child);
	o.known.size = 8;
	o.known.setup_timeout_ms = 1;
	assert_int_equal(caisson_launch(spec, &o.known, &child, &err), 0);
	assert_int_equal(launching_finish(child).value, 0);
	caisson_spec_free(spec);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_program_is_not_found),
		cmocka_unit_test(a_directory_is_not_executable),
		cmocka_unit_test(a_fifo_or_a_device_is_not_executable),
		cmocka_unit_test(a_file_without_x_is_not_executable),
		cmocka_unit_test(a_script_without_its_interpreter_names_it),
		cmocka_unit_test(an_empty_file_says_so),
		cmocka_unit_test(a_text_without_an_interpreter_line_says_so),
		cmocka_unit_test(a_program_of_another_architecture_says_so),
		cmocka_unit_test(a_symbolic_link_is_followed),
		cmocka_unit_test(a_script_runs),
		cmocka_unit_test(a_step_that_fails_is_named),
		cmocka_unit_test(the_foreground_of_no_terminal_is_an_error),
		cmocka_unit_test(a_cwd_that_is_not_its_real_path_is_refused),
		cmocka_unit_test(misuse_is_an_error),
		cmocka_unit_test(options_follow_their_size),
	};

	return harness_main("launch_errors", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
