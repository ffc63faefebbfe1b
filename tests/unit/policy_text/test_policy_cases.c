/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/policy: input.policy through the
 * reader, the outcome compared byte for byte with expect.  The first line of
 * expect is "ok", or "error CODE LINE COLUMN" with the message in the next;
 * then come the remarks as they are shown, and of what was accepted the policy.
 * A file "options" has words: an architecture, ignore-unknown, confined, pipe
 * (the policy is no file), and built-on-x86_64 (elsewhere it is skipped:
 * constants are those of the machine).  Arguments: the directory of cases; and
 * to see the outcome of one, its name.
 */
#include "cases.h"
#include "outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* Some emulators have none, and then nothing confined can be included. */
static void
need_openat2(void)
{
	if (syscall(SYS_openat2, -1, "", NULL, (size_t)0) < 0 &&
	    errno == ENOSYS) {
		print_message("no openat2 here\n");
		skip();
	}
}

static void
set_option(struct text_options *options, const char *word)
{
	if (strcmp(word, "ignore-unknown") == 0) {
		options->ignore_unknown = true;
	} else if (strcmp(word, "confined") == 0) {
		need_openat2();
		options->confined = true;
	} else if (strcmp(word, "pipe") == 0) {
		options->dir_fd = -1;
	} else if (strcmp(word, "built-on-x86_64") == 0) {
		if (strcmp(calls_arch_host()->name, "x86_64") != 0)
			skip();
	} else {
		options->arch = calls_arch_by_name(word);
		assert_non_null(options->arch);
	}
}

static void
read_options(const char *name, struct text_options *options)
{
	size_t len;
	char *text = cases_read(name, "options", &len), *save = NULL;

	if (text == NULL)
		return;
	for (char *word = strtok_r(text, " \n", &save); word != NULL;
	     word = strtok_r(NULL, " \n", &save))
		set_option(options, word);
	free(text);
}

static int
open_case(const char *name)
{
	char path[CASES_PATH_SIZE];
	int fd;

	cases_path(name, ".", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Without notes of the caller's the answer is the same. */
static void
assert_same_without_notes(const char *input, size_t len,
			  const struct text_options *options, int expected)
{
	struct text_options other = *options;
	struct policy *policy = NULL;

	other.notes = NULL;
	assert_int_equal(text_parse(input, len, &other, &policy, NULL),
			 expected);
	if (expected == 0)
		assert_int_equal(policy->notes != NULL ? policy->notes->n : 0,
				 options->notes->n);
	policy_free(policy);
}

static char *
outcome_of(const char *name)
{
	size_t len = 0;
	int fd = open_case(name), r;
	char *input = cases_read(name, "input.policy", &len);
	struct text_options options = {
		.file = "input.policy",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = fd,
		.notes = notes_new(),
	};
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;
	char *head, *body, *notes, *whole = NULL;

	assert_non_null(input);
	read_options(name, &options);
	r = text_parse(input, len, &options, &policy, &err);
	assert_int_equal(r, err.code);
	assert_int_equal(r == 0, policy != NULL);
	assert_same_without_notes(input, len, &options, r);
	head = r < 0 ? outcome_of_error(&err) : strdup("ok\n");
	body = r < 0 ? strdup("") : outcome_of_policy(policy);
	notes = outcome_of_notes(options.notes);
	assert_true(asprintf(&whole, "%s%s%s", head, notes, body) > 0);
	free(head);
	free(body);
	free(notes);
	free(input);
	notes_free(options.notes);
	policy_free(policy);
	(void)close(fd);
	return whole;
}

int
main(int argc, char **argv)
{
	const struct cases cases = { .group = "policy cases",
				     .least = 100,
				     .outcome_of = outcome_of };

	return cases_main(&cases, argc, argv);
}
