/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor maps against a model: all permutations of five descriptors,
 * random maps with gaps, cycles and shared sources, and callers with strange
 * tables.  The census program says what it really has.
 *
 *	fds_maps [--maps=N] [--seed=N]
 */
#include "launching.h"
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKERS 24
#define TOP     1024

static uint64_t marker_ino[MARKERS];
static int marker_fd[MARKERS];

/* A descriptor with an inode of its own, at exactly this number. */
static void
put_marker(size_t i, int fd)
{
	int made = memfd_create("marker", MFD_CLOEXEC);
	struct stat st;

	assert_true(made >= 0);
	assert_int_equal(fstat(made, &st), 0);
	if (made != fd) {
		assert_int_equal(dup3(made, fd, O_CLOEXEC), fd);
		assert_int_equal(close(made), 0);
	}
	marker_ino[i] = st.st_ino;
	marker_fd[i] = fd;
}

/* For each target the number of the marker it is to be, -1: nothing. */
struct model {
	int marker[TOP];
	int report; /* the census writes here */
};

static struct caisson_spec *
spec_of(const struct model *m)
{
	const char *argv[] = { harness_census(), harness_text("%d", m->report),
			       NULL };
	struct caisson_spec *spec = NULL;
	struct caisson_error err;

	assert_int_equal(caisson_spec_new(&spec, &err), 0);
	assert_int_equal(caisson_spec_set_path(spec, argv[0], &err), 0);
	assert_int_equal(caisson_spec_set_argv(spec, argv, &err), 0);
	for (int fd = 0; fd < TOP; fd++) {
		int r = 0;

		if (fd == m->report)
			r = caisson_spec_fd_pipe(spec, fd, CAISSON_FROM_CHILD,
						 &err);
		else if (m->marker[fd] >= 0)
			r = caisson_spec_fd_inherit(spec, fd,
						    marker_fd[m->marker[fd]],
						    &err);
		else if (fd < 3)
			r = caisson_spec_fd_closed(spec, fd, &err);
		assert_int_equal(r, 0);
	}
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	return spec;
}

static void
compare(const struct model *m, const struct census_entry *list, size_t n,
	uint64_t report_ino)
{
	bool seen[TOP] = { false };

	for (size_t i = 0; i < n; i++) {
		int fd = list[i].fd;

		if (fd >= TOP || (m->marker[fd] < 0 && fd != m->report))
			fail_msg("foreign descriptor %d", fd);
		assert_int_equal(list[i].ino, fd == m->report
						  ? report_ino
						  : marker_ino[m->marker[fd]]);
		seen[fd] = true;
	}
	for (int fd = 0; fd < TOP; fd++)
		if (!seen[fd] && (m->marker[fd] >= 0 || fd == m->report))
			fail_msg("descriptor %d is missing", fd);
}

static void
check(const struct model *m, uint32_t engine)
{
	struct census_entry list[CENSUS_MAX];
	struct caisson_spec *spec = spec_of(m);
	struct caisson_child *child =
	    launching_start(spec, launching_engine(engine));
	int fd = caisson_child_fd(child, m->report);
	struct caisson_exit e;
	struct stat st;
	ssize_t n;

	assert_int_equal(fstat(fd, &st), 0);
	n = read(fd, list, sizeof(list));
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 0);
	assert_true(n >= 0);
	compare(m, list, (size_t)n / sizeof(list[0]), st.st_ino);
}

static void
check_both(const struct model *m)
{
	check(m, CAISSON_ENGINE_FORK);
	if (!harness_is_root())
		check(m, CAISSON_ENGINE_VFORK);
}

static void
clear(struct model *m, int report)
{
	for (int fd = 0; fd < TOP; fd++)
		m->marker[fd] = -1;
	m->report = report;
}

/* Number `code` of the permutations of 0..4, in out. */
static void
permutation(unsigned int code, int out[5])
{
	int pool[5] = { 0, 1, 2, 3, 4 };

	for (unsigned int i = 0; i < 5; i++) {
		unsigned int pick = code % (5 - i);

		code /= 5 - i;
		out[i] = pool[pick];
		memmove(&pool[pick], &pool[pick + 1],
			(4 - pick) * sizeof(pool[0]));
	}
}

static void
permutations_at(int base, int report)
{
	for (unsigned int code = 0; code < 120; code++) {
		struct model m;
		int order[5];

		clear(&m, report);
		permutation(code, order);
		for (int i = 0; i < 5; i++)
			m.marker[base + i] = order[i];
		check_both(&m);
	}
}

static void
in_clean_table(void *arg)
{
	int base = *(int *)arg;

	assert_int_equal(close_range(3, ~0u, 0), 0);
	for (int i = 0; i < 5; i++)
		put_marker((size_t)i, base + i + (base == 0 ? 3 : 0));
	permutations_at(base, base + 5);
	permutations_at(base, base == 0 ? 700 : base - 1);
}

static void
all_permutations_of_five_extra_descriptors(void **state)
{
	int base = 4;

	(void)state;
	harness_in_fork(in_clean_table, &base);
}

static void
all_permutations_of_five_that_include_stdio(void **state)
{
	int base = 0;

	(void)state;
	harness_in_fork(in_clean_table, &base);
}

static unsigned int seed;

static int
pick(int n)
{
	return (int)((unsigned int)rand_r(&seed) % (unsigned int)n);
}

static int
free_number(void)
{
	/* Mostly low, where the targets are; sometimes far away. */
	int span = pick(4) == 0 ? 1500 : 40;

	for (;;) {
		int fd = 3 + pick(span);

		if (fcntl(fd, F_GETFD) < 0)
			return fd;
	}
}

static void
random_map(struct model *m)
{
	int span = pick(4) == 0 ? TOP : 40, targets = pick(30);

	clear(m, 1 + pick(span - 1)); /* stdin cannot be written to */
	for (int i = 0; i < targets; i++) {
		int fd = pick(span);

		if (fd != m->report)
			m->marker[fd] = pick(MARKERS);
	}
}

static void
random_maps_in_fork(void *arg)
{
	unsigned long maps = harness_argument("--maps", 300);

	(void)arg;
	seed = (unsigned int)harness_argument("--seed", 1);
	for (unsigned long i = 0; i < maps; i++) {
		struct model m;

		if (i % 50 == 0) {
			assert_int_equal(close_range(3, ~0u, 0), 0);
			for (size_t k = 0; k < MARKERS; k++)
				put_marker(k, free_number());
		}
		random_map(&m);
		check_both(&m);
	}
}

static void
random_maps_with_gaps_and_cycles(void **state)
{
	(void)state;
	harness_in_fork(random_maps_in_fork, NULL);
}

/*
 * The limit is lowered below descriptors that are open.  The launch works or
 * says that it ran out of descriptors; what it never does is leak.
 */
static void
launch_with_limit(rlim_t soft, const struct model *m)
{
	struct rlimit old, low;
	struct caisson_spec *spec = spec_of(m);
	struct caisson_child *child = NULL;
	static struct census_entry list[CENSUS_MAX];
	struct caisson_error err = { 0 };
	struct stat st;
	ssize_t n;
	int r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low.rlim_cur = soft;
	low.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	r = caisson_launch(spec, NULL, &child, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	caisson_spec_free(spec);
	if (r != 0) {
		assert_int_equal(err.code, CAISSON_E_SYSTEM);
		assert_int_equal(err.sys_errno, EMFILE);
		assert_true(soft <= 4);
		return;
	}
	assert_int_equal(fstat(caisson_child_fd(child, m->report), &st), 0);
	n = read(caisson_child_fd(child, m->report), list, sizeof(list));
	assert_int_equal(launching_finish(child).value, 0);
	assert_true(n > 0);
	compare(m, list, (size_t)n / sizeof(list[0]), st.st_ino);
}

static void
high_descriptors_in_fork(void *arg)
{
	static const rlim_t limits[] = { 4, 16, 64 };
	struct model m;

	(void)arg;
	assert_int_equal(close_range(3, ~0u, 0), 0);
	for (int fd = 900; fd < 910; fd++)
		assert_int_equal(dup2(0, fd), fd);
	put_marker(0, 3000);
	for (size_t i = 0; i < 3; i++) {
		json_t *before = harness_snapshot();

		clear(&m, 1);
		m.marker[0] = 0;
		m.marker[2] = 0;
		launch_with_limit(limits[i], &m);
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
}

static void
descriptors_above_a_lowered_limit_do_not_leak(void **state)
{
	(void)state;
	harness_in_fork(high_descriptors_in_fork, NULL);
}

static void
full_table_in_fork(void *arg)
{
	struct rlimit limit = { 256, 256 };
	struct model m;

	(void)arg;
	assert_int_equal(close_range(3, ~0u, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	clear(&m, 1);
	for (int free_ones = 0; free_ones < 12; free_ones++) {
		struct caisson_spec *spec = spec_of(&m);
		struct caisson_child *child = NULL;
		struct caisson_error err = { 0 };
		json_t *before = harness_snapshot();
		int r, last = -1;

		for (int fd = 3; (fd = dup(0)) >= 0;)
			last = fd;
		for (int i = 0; i < free_ones; i++)
			assert_int_equal(close(last - i), 0);
		r = caisson_launch(spec, NULL, &child, &err);
		if (r != 0)
			assert_int_equal(err.sys_errno, EMFILE);
		caisson_child_free(child);
		caisson_spec_free(spec);
		for (int fd = last - free_ones; fd >= 0; fd--)
			if (fcntl(fd, F_GETFD) == 0 && fd > 2)
				(void)close(fd);
		harness_assert_unchanged(before);
		harness_assert_childless();
		if (free_ones == 0)
			assert_true(r != 0);
		if (free_ones == 11)
			assert_int_equal(r, 0);
	}
}

static void
a_full_table_is_an_error_and_no_more(void **state)
{
	(void)state;
	harness_in_fork(full_table_in_fork, NULL);
}

static bool
has_enough_descriptors(void)
{
	struct rlimit all = { 0, 0 };

	(void)getrlimit(RLIMIT_NOFILE, &all);
	all.rlim_cur = all.rlim_max; /* a login's soft one may be too low */
	return all.rlim_max >= 4096 && setrlimit(RLIMIT_NOFILE, &all) == 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_permutations_of_five_extra_descriptors),
		cmocka_unit_test(all_permutations_of_five_that_include_stdio),
		cmocka_unit_test(random_maps_with_gaps_and_cycles),
		cmocka_unit_test(descriptors_above_a_lowered_limit_do_not_leak),
		cmocka_unit_test(a_full_table_is_an_error_and_no_more),
	};

	if (!has_enough_descriptors()) {
		(void)puts("the hard limit of open files is below 4096");
		return HARNESS_SKIP;
	}
	return harness_main("fds_maps", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
