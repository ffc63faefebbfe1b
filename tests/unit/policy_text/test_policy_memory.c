/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at every allocation of the reader in turn: the answer
 * is "out of memory", no policy, nothing lost.  Remarks alone may get lost.
 */
#include "policy/text.h"
#include "no_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const texts[] = {
	"{read, write, close, lseek, poll}: allow\n",
	"@arch x86_64 aarch64\n@swap: return EPERM\nread: arg1 < 0\n",
	"open: arg0 == 1 && arg1 == 2 || arg1 == 3; kill\nopen: arg1 == 9\n",
	"read: allow\nread: allow\n@swap: allow\n@swap: kill-thread\n",
	"@denylist\nptrace: { arg0 == 1, arg0 == 2, arg0 == 3, trap }\n",
	"@include ./a.policy\n@frequency ./a.frequency\nwrite: allow\n",
};

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

static char dir[] = "/tmp/policy_memory.XXXXXX";
static int dir_fd = -1;

static void
put(const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int
read_text(const char *text, struct policy **out, struct caisson_error *err)
{
	const struct text_options options = {
		.file = "text",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = dir_fd,
	};

	return text_parse(text, strlen(text), &options, out, err);
}

static int
load_text(const char *name, struct policy **out, struct caisson_error *err)
{
	const struct text_options options = {
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return text_load(path, &options, out, err);
}

/* How often it was refused for want of memory. */
static unsigned
starve(int (*read)(const char *, struct policy **, struct caisson_error *),
       const char *text)
{
	unsigned refused = 0;
	bool starved = true;

	for (long n = 0; starved; n++) {
		struct policy *policy = NULL;
		struct caisson_error err = { 0 };
		int r;

		no_memory_failed = false;
		no_memory_after = n;
		r = read(text, &policy, &err);
		no_memory_after = -1;
		starved = no_memory_failed;
		assert_int_equal(r == 0, policy != NULL);
		policy_free(policy);
		if (r == 0)
			continue;
		assert_true(starved);
		assert_int_equal(r, CAISSON_E_NO_MEMORY);
		assert_int_equal(r, err.code);
		assert_string_equal(err.msg, "out of memory");
		refused++;
	}
	return refused;
}

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TEXTS; i++)
		assert_true(starve(read_text, texts[i]) > 10);
}

static void
test_load(void **state)
{
	(void)state;
	assert_true(starve(load_text, "first.policy") > 10);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	put("a.policy", "read: allow\nclose: arg0 > 2\n");
	put("a.frequency", "read: 5\nlseek: 7\n");
	put("first.policy", texts[N_TEXTS - 1]);
	return dir_fd >= 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlinkat(dir_fd, "a.policy", 0);
	(void)unlinkat(dir_fd, "a.frequency", 0);
	(void)unlinkat(dir_fd, "first.policy", 0);
	(void)close(dir_fd);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
