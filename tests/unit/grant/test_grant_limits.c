/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are too large, and files and directories that are not what they
 * should be.
 */
#include "town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct grant_options options = { .system = &town };

#define RULE "permit uid %u as uid 7 gid 7 {\n\tprogram /%.*s\n}\n"
#define CASE "expect deny everybody as uid 7 gid 7 /x\n"

/* So many rules, each with a program of such a length, and so many cases. */
static char *
write_rules(unsigned rules, int length, unsigned cases)
{
	static const char x[] =
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	for (unsigned i = 0; i < rules; i++)
		(void)fprintf(f, RULE, i, length, x);
	for (unsigned i = 0; i < cases; i++)
		(void)fputs(CASE, f);
	assert_int_equal(fclose(f), 0);
	return out;
}

static int
run(const char *text, struct caisson_error *err)
{
	struct grant_text read = { .options = &options };
	struct grant_bytes bytes = { NULL, 0 };
	int r = grant_text_add(&read, "input", text, strlen(text), err);

	if (r == 0)
		r = grant_text_finish(&read, &bytes, err);
	grant_text_done(&read);
	free(bytes.data);
	return r;
}

static void
assert_says(const struct caisson_error *err, const char *said)
{
	if (strstr(err->msg, said) == NULL)
		fail_msg("\"%s\" has no \"%s\"", err->msg, said);
}

static void
test_rules_and_cases_are_counted(void **state)
{
	struct caisson_error err = { 0 };
	char *text = write_rules(GRANT_RULES_MAX, 5, 0);

	(void)state;
	assert_int_equal(run(text, &err), 0);
	free(text);
	text = write_rules(GRANT_RULES_MAX + 1, 5, 0);
	assert_int_equal(run(text, &err), CAISSON_E_POLICY);
	assert_says(&err, "more than 1024 rules");
	free(text);
	text = write_rules(1, 5, GRANT_CASES_MAX);
	assert_int_equal(run(text, &err), 0);
	free(text);
	text = write_rules(1, 5, GRANT_CASES_MAX + 1);
	assert_int_equal(run(text, &err), CAISSON_E_POLICY);
	assert_says(&err, "more than 4096 cases");
	free(text);
}

/* Many long programs in few lines: below the limit of a text. */
static void
test_the_file_of_numbers_has_a_limit(void **state)
{
	struct grant_text read = { .options = &options };
	struct grant_bytes bytes = { NULL, 0 };
	struct caisson_error err = { 0 };
	char *text = NULL;
	size_t size = 0;

	(void)state;
	for (unsigned file = 0; file < 2; file++) {
		FILE *f = open_memstream(&text, &size);

		assert_non_null(f);
		(void)fprintf(f, "permit uid %u as uid 7 gid 7 {\n", file);
		for (unsigned i = 0; i < 250; i++)
			(void)fprintf(f, "\tprogram /%04000u\n", i);
		(void)fprintf(f, "}\n");
		assert_int_equal(fclose(f), 0);
		assert_int_equal(grant_text_add(&read, "x", text, size, &err),
				 0);
		free(text);
	}
	assert_int_equal(grant_text_finish(&read, &bytes, &err),
			 CAISSON_E_POLICY);
	assert_says(&err, "1048576 bytes");
	assert_null(bytes.data);
	grant_text_done(&read);
}

static void
test_a_text_has_a_limit(void **state)
{
	struct caisson_error err = { 0 };
	char *text = calloc(1, GRANT_TEXT_SIZE_MAX + 2);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', GRANT_TEXT_SIZE_MAX);
	assert_int_equal(run(text, &err), 0);
	text[GRANT_TEXT_SIZE_MAX] = '\n';
	assert_int_equal(run(text, &err), CAISSON_E_POLICY);
	assert_says(&err, "longer than 1048576 bytes");
	free(text);
}

struct place {
	char dir[40];
	char path[64];
};

static const char *
at(struct place *place, const char *name)
{
	(void)snprintf(place->path, sizeof(place->path), "%s/%s", place->dir,
		       name);
	return place->path;
}

static void
put(struct place *place, const char *name, const char *text)
{
	FILE *f = fopen(at(place, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
read_directory(struct place *place, struct grant_text *read,
	       struct caisson_error *err)
{
	*read = (struct grant_text){ .options = &options };
	return grant_text_add_directory(read, place->dir, err);
}

static void
test_a_directory_is_read_in_the_order_of_names(void **state)
{
	static const char rule[] =
	    "permit everybody as uid 7 gid 7 {\n\tprogram /x\n}\n";
	struct place place = { "/tmp/caisson-grants-XXXXXX", "" };
	struct grant_text read;
	struct caisson_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(place.dir));
	put(&place, "20-b.grants", "# b\n");
	put(&place, "10-a.grants", rule);
	put(&place, "B.grants", "# c\n");
	put(&place, "x.grants~", "wrong\n");
	put(&place, ".x.grants", "wrong\n");
	put(&place, "x.bak", "wrong\n");
	put(&place, ".grants", "wrong\n");
	assert_int_equal(read_directory(&place, &read, &err), 0);
	assert_int_equal(read.n_sources, 3);
	assert_non_null(strstr(read.sources[0].name, "/10-a.grants"));
	assert_non_null(strstr(read.sources[1].name, "/20-b.grants"));
	assert_non_null(strstr(read.sources[2].name, "/B.grants"));
	assert_int_equal(read.n_rules, 1);
	grant_text_done(&read);
	put(&place, "30-c.grants", "wrong\n");
	assert_int_equal(read_directory(&place, &read, &err), CAISSON_E_SYNTAX);
	assert_says(&err, "/30-c.grants:1:1: ");
	grant_text_done(&read);
	for (size_t i = 0; i < 8; i++) {
		static const char *const names[] = {
			"20-b.grants", "10-a.grants", "B.grants", "x.grants~",
			".x.grants",   "x.bak",       ".grants",  "30-c.grants"
		};

		assert_int_equal(unlink(at(&place, names[i])), 0);
	}
	assert_int_equal(rmdir(place.dir), 0);
}

static void
test_what_is_no_file_is_refused(void **state)
{
	struct place place = { "/tmp/caisson-grants-XXXXXX", "" };
	struct grant_text read = { .options = &options };
	struct caisson_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(place.dir));
	assert_int_equal(grant_text_add_file(&read, at(&place, "none"), &err),
			 CAISSON_E_SYSTEM);
	assert_says(&err, "No such file");
	assert_int_equal(grant_text_add_file(&read, place.dir, &err),
			 CAISSON_E_POLICY);
	assert_says(&err, "not a regular file");
	assert_int_equal(mkfifo(at(&place, "x.grants"), 0600), 0);
	assert_int_equal(read_directory(&place, &read, &err), CAISSON_E_POLICY);
	grant_text_done(&read);
	assert_int_equal(unlink(at(&place, "x.grants")), 0);
	assert_int_equal(mkdir(at(&place, "x.grants"), 0700), 0);
	assert_int_equal(read_directory(&place, &read, &err), CAISSON_E_POLICY);
	grant_text_done(&read);
	assert_int_equal(rmdir(at(&place, "x.grants")), 0);
	put(&place, "file", "");
	read = (struct grant_text){ .options = &options };
	assert_int_equal(grant_text_add_directory(&read, at(&place, "file"),
						  &err),
			 CAISSON_E_SYSTEM);
	assert_says(&err, "Not a directory");
	assert_int_equal(grant_text_add_file(&read, "/proc/self/mem", &err),
			 CAISSON_E_SYSTEM);
	grant_text_done(&read);
	assert_int_equal(unlink(at(&place, "file")), 0);
	assert_int_equal(rmdir(place.dir), 0);
}

static void
test_a_directory_has_a_limit(void **state)
{
	struct place place = { "/tmp/caisson-grants-XXXXXX", "" };
	struct grant_text read;
	struct caisson_error err = { 0 };
	char name[32];

	(void)state;
	assert_non_null(mkdtemp(place.dir));
	for (unsigned i = 0; i < GRANT_FILES_MAX + 1; i++) {
		if (i == GRANT_FILES_MAX) {
			assert_int_equal(read_directory(&place, &read, &err),
					 0);
			grant_text_done(&read);
		}
		(void)snprintf(name, sizeof(name), "%u.grants", i);
		put(&place, name, "");
	}
	assert_int_equal(read_directory(&place, &read, &err), CAISSON_E_POLICY);
	assert_says(&err, "more than 256 files");
	grant_text_done(&read);
	for (unsigned i = 0; i < GRANT_FILES_MAX + 1; i++) {
		(void)snprintf(name, sizeof(name), "%u.grants", i);
		assert_int_equal(unlink(at(&place, name)), 0);
	}
	assert_int_equal(rmdir(place.dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_and_cases_are_counted),
		cmocka_unit_test(test_the_file_of_numbers_has_a_limit),
		cmocka_unit_test(test_a_text_has_a_limit),
		cmocka_unit_test(
		    test_a_directory_is_read_in_the_order_of_names),
		cmocka_unit_test(test_what_is_no_file_is_refused),
		cmocka_unit_test(test_a_directory_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
