/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the cases of a directory.  What a case means is its test's to say: here
 * they are only found, and outcomes compared with what is expected.
 */
#include "cases.h"

#include "whole_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those that it needs */
#include <cmocka.h>

static const struct cases *running;
static const char *directory;

void
cases_path(const char *name, const char *file, char out[CASES_PATH_SIZE])
{
	(void)snprintf(out, CASES_PATH_SIZE, "%s/%s/%s", directory, name, file);
}

char *
cases_read(const char *name, const char *file, size_t *len)
{
	char path[CASES_PATH_SIZE];

	cases_path(name, file, path);
	return whole_file(path, len);
}

/* A message has no room for all of a long text: from where they differ. */
static void
assert_same(const char *outcome, const char *expect)
{
	size_t at = 0, start = 0;
	unsigned line = 1;

	if (strcmp(outcome, expect) == 0)
		return;
	for (; outcome[at] == expect[at]; at++)
		if (outcome[at] == '\n') {
			start = at + 1;
			line++;
		}
	fail_msg("from line %u on, expect has\n%.400s\nand the outcome is\n"
		 "%.400s",
		 line, expect + start, outcome + start);
}

static void
run_case(void **state)
{
	size_t len;
	char *expect = cases_read(*state, "expect", &len);
	char *outcome = running->outcome_of(*state);

	if (expect == NULL)
		fail_msg("no expect, but:\n%s", outcome);
	assert_same(outcome, expect);
	free(outcome);
	free(expect);
}

static int
is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
run_all(struct dirent **names, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int r;

	if (tests == NULL)
		return 2;
	for (size_t i = 0; i < n; i++)
		tests[i] =
		    (struct CMUnitTest){ .name = names[i]->d_name,
					 .test_func = run_case,
					 .initial_state = names[i]->d_name };
	r = _cmocka_run_group_tests(running->group, tests, n, NULL, NULL);
	free(tests);
	return r;
}

static int
print_outcome(const char *name)
{
	char *outcome = running->outcome_of(name);

	(void)fputs(outcome, stdout);
	free(outcome);
	return 0;
}

int
cases_main(const struct cases *cases, int argc, char **argv)
{
	struct dirent **names;
	int n, r;

	if (argc < 2 || argc > 3)
		return 2;
	running = cases;
	directory = argv[1];
	if (argc == 3)
		return print_outcome(argv[2]);
	n = scandir(directory, &names, is_case, alphasort);
	if (n < cases->least) {
		(void)fprintf(stderr, "%s: fewer than %d cases\n", directory,
			      cases->least);
		return 2;
	}
	r = run_all(names, (size_t)n);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}
