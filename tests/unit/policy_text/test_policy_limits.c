/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are small and stand for much, and texts that are as large as may
 * be: each ends, with a policy or with an error that names the bound.
 */
#include "policy/text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct text {
	char *v;
	size_t n, max;
};

static struct text
new_text(void)
{
	struct text text = { malloc(TEXT_SIZE_MAX), 0, TEXT_SIZE_MAX };

	assert_non_null(text.v);
	return text;
}

/* False: it would not fit. */
static bool __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *fmt, ...)
{
	char line[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	assert_true(n > 0 && (size_t)n < sizeof(line));
	if ((size_t)n > text->max - text->n)
		return false;
	memcpy(text->v + text->n, line, (size_t)n);
	text->n += (size_t)n;
	return true;
}

static int
parse(struct text *text, int dir_fd, const char *says)
{
	const struct text_options options = {
		.file = "text",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = dir_fd,
	};
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;
	int r = text_parse(text->v, text->n, &options, &policy, &err);

	if (r == 0)
		assert_string_equal(says, "");
	else if (strstr(err.msg, says) == NULL || says[0] == '\0')
		fail_msg("%s", err.msg);
	policy_free(policy);
	free(text->v);
	return r;
}

static void
test_rules(void **state)
{
	struct text text = new_text();

	(void)state;
	for (unsigned i = 4096; i > 0; i--)
		assert_true(add(&text, "%u: allow\n", i * 7));
	assert_int_equal(parse(&text, -1, ""), 0);
	text = new_text();
	for (unsigned i = 4097; i > 0; i--)
		assert_true(add(&text, "%u: allow\n", i * 7));
	(void)parse(&text, -1, "more than 4096 system calls");
}

/* A few bytes for hundreds of calls, on eight architectures. */
static void
test_groups(void **state)
{
	struct text text = new_text();

	(void)state;
	assert_true(add(&text, "@arch x86_64 x86 x32 aarch64 arm mips ppc "
			       "s390x\n"));
	while (add(&text, "@known:1\n"))
		continue;
	(void)parse(&text, -1, "more than 262144 calls and conditions");
}

static void
test_conditions_of_groups(void **state)
{
	struct text text = new_text();

	(void)state;
	assert_true(add(&text, "@known: arg1 == 0"));
	for (unsigned i = 1; i < 4096; i++)
		assert_true(add(&text, " || arg1 == %u", i));
	(void)parse(&text, -1, "more than 262144 calls and conditions");
}

static void
test_merged(void **state)
{
	struct text text = new_text();

	(void)state;
	for (unsigned i = 0; i < 4096; i++)
		assert_true(
		    add(&text, "read: arg1 == %u && arg2 != %u\n", i, i));
	assert_int_equal(parse(&text, -1, ""), 0);
}

/* As many comparisons as fit. */
static void
test_comparisons(void **state)
{
	struct text text = new_text();

	(void)state;
	assert_true(add(&text, "read:arg1&1"));
	for (unsigned i = 1;
	     add(&text, "%sarg1&%u", i % 64 == 0 ? "||" : "&&", i % 9 + 1); i++)
		continue;
	assert_int_equal(parse(&text, -1, ""), 0);
}

static void
test_lines(void **state)
{
	struct text text = new_text();

	(void)state;
	while (add(&text, "\\\n"))
		continue;
	assert_int_equal(parse(&text, -1, ""), 0);
	text = new_text();
	while (add(&text, "#\\\n"))
		continue;
	assert_int_equal(parse(&text, -1, ""), 0);
	text = new_text();
	assert_true(add(&text, "read: arg0 == "));
	while (add(&text, "("))
		continue;
	(void)parse(&text, -1, "more than 16 nested parentheses");
	text = new_text();
	assert_true(add(&text, "{read"));
	while (add(&text, ",read"))
		continue;
	text.n -= 5;
	text.max = TEXT_SIZE_MAX;
	while (text.n + 4 > text.max)
		text.n -= 5;
	assert_true(add(&text, "}:1\n"));
	(void)parse(&text, -1, "more than 262144 calls and conditions");
}

static void
test_text(void **state)
{
	struct text text = { calloc(1, TEXT_SIZE_MAX + 1), TEXT_SIZE_MAX + 1,
			     0 };

	(void)state;
	assert_non_null(text.v);
	memset(text.v, ' ', text.n);
	(void)parse(&text, -1, "the text is longer than 1048576 bytes");
}

static void
test_files(void **state)
{
	char dir[] = "/tmp/policy_limits.XXXXXX";
	struct text text = new_text(), part = new_text();
	int dir_fd, fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir_fd >= 0);
	fd = openat(dir_fd, "part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (add(&part, "#######\n"))
		continue;
	assert_int_equal(write(fd, part.v, part.n), part.n);
	free(part.v);
	for (int i = 0; i < 5; i++)
		assert_true(add(&text, "@include ./part\n"));
	(void)parse(&text, dir_fd, "longer than 4194304 bytes together");
	(void)close(fd);
	(void)unlinkat(dir_fd, "part", 0);
	(void)close(dir_fd);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_conditions_of_groups),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
