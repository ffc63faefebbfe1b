/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are numbered high, which a launch fetches rather than copy the
 * table up to them; where it may not, it copies: the program has the same.
 */
#include "oracle.h"
#include "refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIGH 3000

/* What stands in the way, and whether the other descriptors are in it too. */
struct obstacle {
	uint32_t nr; /* 0: none */
	uint16_t error;
	bool undumpable;
};

static ino_t
inode_of(const json_t *state, int number)
{
	const json_t *fds = json_object_get(state, "fds"), *fd;
	size_t i;

	json_array_foreach(fds, i, fd)
	{
		if (launching_number(fd, "fd") == number)
			return (ino_t)launching_number(fd, "ino");
	}
	return 0;
}

static void
launch_with_high_sources(uint32_t engine)
{
	json_t *before = harness_snapshot();
	struct launched l = launching_state(
	    harness_text("'stdio':{'stdin':'fd:%d','stdout':'pipe',"
			 "'stderr':'null'},'extra_fds':[{'fd':5,'type':"
			 "'inherit','from':%d},{'fd':7,'type':'inherit',"
			 "'from':%d}]",
			 HIGH, HIGH, HIGH + 1),
	    launching_engine(engine));
	struct stat st;

	assert_string_equal(oracle_fds(l.state),
			    "0:file 1:pipe 2:character 5:file 7:file");
	assert_int_equal(fstat(HIGH, &st), 0);
	assert_int_equal(inode_of(l.state, 0), st.st_ino);
	assert_int_equal(inode_of(l.state, 5), st.st_ino);
	assert_int_equal(fstat(HIGH + 1, &st), 0);
	assert_int_equal(inode_of(l.state, 7), st.st_ino);
	json_decref(l.state);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
with_obstacle(void *arg)
{
	const struct obstacle *o = arg;

	for (int i = 0; i < 2; i++) {
		int fd = memfd_create("high", MFD_CLOEXEC);

		assert_int_equal(dup3(fd, HIGH + i, O_CLOEXEC), HIGH + i);
		assert_int_equal(close(fd), 0);
	}
	/* a foreign one on the way, without close-on-exec */
	assert_int_equal(dup2(0, HIGH - 1), HIGH - 1);
	if (o->undumpable)
		assert_int_equal(prctl(PR_SET_DUMPABLE, 0), 0);
	if (o->nr != 0)
		refusal_add(o->nr, REFUSAL_ANY, o->error);
	launch_with_high_sources(CAISSON_ENGINE_AUTO);
	launch_with_high_sources(CAISSON_ENGINE_FORK);
}

static void
high_sources_arrive_whatever_stands_in_the_way(void **state)
{
	static const struct obstacle obstacles[] = {
		{ 0, 0, false },
		{ 0, 0, true },
		{ SYS_pidfd_getfd, EPERM, false },
		{ SYS_pidfd_getfd, ENOSYS, false },
		{ SYS_pidfd_getfd, 0, false },
		{ SYS_pidfd_open, EPERM, false },
		{ SYS_pidfd_open, ENOSYS, false },
		{ SYS_kcmp, EPERM, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		struct obstacle o = obstacles[i];

		harness_in_fork(with_obstacle, &o);
	}
}

/* The launcher is a thread with a descriptor table of its own. */
static void *
launch_from_own_table(void *arg)
{
	int fd = memfd_create("own", MFD_CLOEXEC);

	if (unshare(CLONE_FILES) != 0)
		return arg;
	if (dup3(fd, HIGH, O_CLOEXEC) != HIGH ||
	    dup3(fd, HIGH + 1, O_CLOEXEC) != HIGH + 1)
		return arg;
	launch_with_high_sources(CAISSON_ENGINE_AUTO);
	return NULL;
}

static void
own_table(void *arg)
{
	static char own[] = "no table of its own";
	pthread_t thread;
	void *failed = NULL;

	assert_int_equal(dup2(0, HIGH), HIGH);
	assert_int_equal(dup2(0, HIGH + 1), HIGH + 1);
	assert_int_equal(pthread_create(&thread, NULL, launch_from_own_table,
					own),
			 0);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	(void)arg;
}

static void
a_thread_with_its_own_table_gives_its_own_descriptors(void **state)
{
	(void)state;
	harness_in_fork(own_table, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    high_sources_arrive_whatever_stands_in_the_way),
		cmocka_unit_test(
		    a_thread_with_its_own_table_gives_its_own_descriptors),
	};

	struct rlimit limit;

	/* a login's soft limit is too low for numbers as high as these */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return harness_main("fds_fetch", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
