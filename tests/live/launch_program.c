/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that cannot run: each its own code, stage and sentence; nothing
 * ran, nothing is left over.
 */
#include "launching.h"

#include "base/compat.h"

#include <elf.h>
#include <errno.h>
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
	};

	return harness_main("launch_program", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
