/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's groups are the plan's, no more and no fewer, in whatever order
 * the kernel has them: in a user namespace that is not the order of the
 * numbers.
 */
#include "harness.h"

#include "run/child_steps.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY    65536u
#define EXTENTS 128u
#define EXTENT  (MANY / EXTENTS)

static uint32_t scratch[MANY + 1], many[MANY];

/* Is everything as planned, as far as that is looked at up to the groups? */
static bool
are(const uint32_t *groups, size_t n)
{
	const struct plan plan = {
		PLAN_NONE,
		.uid = getuid(),
		.gid = getgid(),
		.groups = groups,
		.n_groups = n,
		.groups_scratch = scratch,
		/* and this is not, so that all is looked at */
		.sets = { .inheritable = ~(uint64_t)0 },
	};
	uint32_t index = 0;

	assert_int_equal(step_verify(&plan, &index), -PLAN_MISMATCH);
	assert_in_range(index, PLAN_VERIFY_GROUPS, PLAN_VERIFY_CAPS);
	return index != PLAN_VERIFY_GROUPS;
}

static void
few_in_fork(void *arg)
{
	static const gid_t have[] = { 4, 7, 9 }, twice[] = { 4, 4, 9 };

	(void)arg;
	assert_int_equal(setgroups(3, have), 0);
	assert_true(are((uint32_t[]){ 4, 7, 9 }, 3));
	assert_false(are((uint32_t[]){ 4, 7, 8 }, 3));
	assert_false(are((uint32_t[]){ 3, 7, 9 }, 3));
	assert_false(are((uint32_t[]){ 4, 7 }, 2));
	assert_false(are((uint32_t[]){ 4, 7, 9, 10 }, 4));
	assert_false(are(NULL, 0));
	assert_int_equal(setgroups(3, twice), 0);
	assert_true(are((uint32_t[]){ 4, 4, 9 }, 3));
	assert_false(are((uint32_t[]){ 4, 9, 9 }, 3));
	assert_false(are((uint32_t[]){ 4, 7, 9 }, 3));
	assert_int_equal(setgroups(0, NULL), 0);
	assert_true(are(NULL, 0));
	assert_false(are((uint32_t[]){ 4 }, 1));
}

static void
all_of_them_and_no_others(void **state)
{
	(void)state;
	harness_in_fork(few_in_fork, NULL);
}

/* What the namespace has first is last outside. */
static void
map_ids(pid_t pid)
{
	static char text[4096];
	size_t len = 0;
	int fd;

	for (unsigned i = 0; i < EXTENTS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%u %u %u\n", i * EXTENT,
					100000 + (EXTENTS - 1 - i) * EXTENT,
					EXTENT);
	fd = open(harness_text("/proc/%d/gid_map", pid), O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(close(fd), 0);
	fd = open(harness_text("/proc/%d/uid_map", pid), O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "0 0 1\n", 6), 6);
	assert_int_equal(close(fd), 0);
}

/* 77: no user namespace; 1: wrong. */
static int
in_namespace(int mapped, int ready)
{
	char byte = 0;

	if (unshare(CLONE_NEWUSER) != 0)
		return HARNESS_SKIP;
	if (write(ready, "x", 1) != 1 || read(mapped, &byte, 1) != 1 ||
	    setgroups(MANY, many) != 0)
		return 1;
	/* the order is not ours, or this shows nothing */
	if (getgroups((int)MANY, scratch) != (int)MANY || scratch[0] == 0)
		return 1;
	if (!are(many, MANY))
		return 1;
	many[MANY / 2] = many[MANY / 2 + 1];
	return are(many, MANY);
}

static void
the_order_in_a_user_namespace_does_not_matter(void **state)
{
	int mapped[2], ready[2], status = 0;
	char byte;
	pid_t pid;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		many[i] = i;
	assert_int_equal(pipe2(mapped, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(in_namespace(mapped[0], ready[1]));
	assert_int_equal(close(ready[1]), 0);
	if (read(ready[0], &byte, 1) == 1) {
		map_ids(pid);
		assert_int_equal(write(mapped[1], "x", 1), 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	(void)close(ready[0]);
	(void)close(mapped[0]);
	(void)close(mapped[1]);
	if (WEXITSTATUS(status) == HARNESS_SKIP) {
		print_message("no user namespace can be made here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_them_and_no_others),
		cmocka_unit_test(the_order_in_a_user_namespace_does_not_matter),
	};

	return harness_main("child_groups", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
