/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, wherever it does: an error, no grants, nothing lost.
 * Remarks may be lost, and "did you mean".
 */
#include "no_memory.h"
#include "town.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char text[] =
    "permit user agent, group staff as user builder group staff {\n"
    "\tprogram /usr/bin/make\n"
    "\tprogram /usr/bin/bash\n"
    "\tprogram /opt/tools/ scripts\n"
    "\tseccomp build\n"
    "\tcapabilities chown\n"
    "\tenv PATH LC_*\n"
    "\tchroot /srv\n"
    "}\n"
    "permit everybody as uid 7 gid 7 groups gid 8 {\n"
    "\tprogram /usr/bin/make\n"
    "}\n"
    "permit user agent as uid 7 gid 7 {\n"
    "\tprogram /usr/bin/make\n"
    "\tprogram /usr/bin/cc\n"
    "}\n"
    "expect permit user agent as user builder group staff /usr/bin/make with "
    "env PATH, chroot /srv\n";

static const char *const wrong[] = {
	"permit user agnet as user builder {\n",
	"permit group bilders as user builder {\n",
	"permit user agent as user builder group stuff {\n",
	"permit user agent as user builder {\n\tseccomp buld\n",
	"permit user agent as user builder {\n\tprogram /tmp/x\n",
	"xyzzy\n",
};

static int
run(const struct grant_options *options, const char *bytes,
    struct grant_bytes *out, struct caisson_error *err)
{
	struct grant_text read = { .options = options };
	int r = grant_text_add(&read, "input", bytes, strlen(bytes), err);

	if (r == 0)
		r = grant_text_finish(&read, out, err);
	grant_text_done(&read);
	return r;
}

static void
test_memory_that_runs_out_is_an_error(void **state)
{
	struct grant_options options = { .system = &town };
	long n = 0;

	(void)state;
	for (;; n++) {
		struct grant_bytes bytes = { NULL, 0 };
		struct caisson_error err = { 0 };
		int r;

		options.notes = n % 2 == 0 ? notes_new() : NULL;
		no_memory_failed = false;
		no_memory_after = n;
		r = run(&options, text, &bytes, &err);
		no_memory_after = -1;
		notes_free(options.notes);
		if (r == 0) {
			free(bytes.data);
			if (!no_memory_failed)
				break;
			continue;
		}
		assert_true(no_memory_failed);
		assert_int_equal(r, CAISSON_E_NO_MEMORY);
		assert_int_equal(err.code, r);
		assert_null(bytes.data);
	}
	assert_true(n > 40);
}

static void
test_what_is_wrong_stays_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct grant_options options = { .system = &town };

		no_memory_failed = true;
		for (long n = 0; no_memory_failed; n++) {
			struct grant_bytes bytes = { NULL, 0 };
			int r;

			no_memory_failed = false;
			no_memory_after = n;
			r = run(&options, wrong[i], &bytes, NULL);
			no_memory_after = -1;
			assert_true(r < 0);
			assert_null(bytes.data);
			if (!no_memory_failed)
				assert_int_not_equal(r, CAISSON_E_NO_MEMORY);
		}
	}
}

static void
test_an_answer_for_which_there_is_no_memory(void **state)
{
	const struct grant_options options = { .system = &town };
	struct grant_text read = { .options = &options };
	struct grant_bytes bytes = { NULL, 0 };
	struct caisson_error err = { 0 };
	char said[GRANT_SAY_SIZE];
	bool permitted = false;
	int r = -1;

	(void)state;
	assert_int_equal(grant_text_answer(&read, &bytes, said, &permitted,
					   &err),
			 CAISSON_E_USAGE);
	assert_int_equal(grant_text_add(&read, "x", text, strlen(text), &err),
			 0);
	assert_int_equal(grant_text_finish(&read, &bytes, &err), 0);
	for (long n = 0; r < 0; n++) {
		no_memory_failed = false;
		no_memory_after = n;
		r = grant_text_answer(&read, &bytes, said, &permitted, &err);
		no_memory_after = -1;
		assert_int_equal(r, no_memory_failed ? CAISSON_E_NO_MEMORY : 0);
	}
	assert_true(permitted);
	assert_string_equal(said, "permitted by the rule of x:1");
	free(bytes.data);
	grant_text_done(&read);
}

static void
write_file(const char *dir, const char *name, const char *bytes)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(bytes, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
remove_file(const char *dir, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void
test_files_for_which_there_is_no_memory(void **state)
{
	const struct grant_options options = { .system = &town };
	char dir[] = "/tmp/caisson-grants-XXXXXX";
	int r = -1;

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file(dir, "a.grants", "# nothing\n");
	for (long n = 0; r < 0; n++) {
		struct grant_text read = { .options = &options };

		no_memory_failed = false;
		no_memory_after = n;
		r = grant_text_add_directory(&read, dir, NULL);
		no_memory_after = -1;
		grant_text_done(&read);
		if (r < 0) {
			assert_true(no_memory_failed);
			assert_int_equal(r, CAISSON_E_NO_MEMORY);
		}
	}
	assert_false(no_memory_failed);
	remove_file(dir, "a.grants");
	assert_int_equal(rmdir(dir), 0);
}

/* The system's own answers: users, groups, filters. */
static void
test_the_system_without_memory(void **state)
{
	static const char real[] =
	    "permit user root, group root as user root group root {\n"
	    "\tprogram /usr/bin/true\n"
	    "\tseccomp default\n"
	    "\troot\n"
	    "}\n";
	const struct grant_options options = { .system = &grant_system };
	struct grant_bytes bytes = { NULL, 0 };
	struct caisson_error err;
	int r = run(&options, real, &bytes, &err);

	(void)state;
	free(bytes.data);
	if (r < 0) {
		print_message("not here: %s\n", err.msg);
		skip();
	}
	no_memory_failed = true;
	for (long n = 0; no_memory_failed; n++) {
		bytes = (struct grant_bytes){ NULL, 0 };
		no_memory_failed = false;
		no_memory_after = n;
		r = run(&options, real, &bytes, &err);
		no_memory_after = -1;
		assert_int_equal(r == 0, bytes.data != NULL);
		if (!no_memory_failed)
			assert_int_equal(r, 0);
		free(bytes.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_that_runs_out_is_an_error),
		cmocka_unit_test(test_what_is_wrong_stays_wrong),
		cmocka_unit_test(test_an_answer_for_which_there_is_no_memory),
		cmocka_unit_test(test_files_for_which_there_is_no_memory),
		cmocka_unit_test(test_the_system_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
