/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of who handles a secret: while it lives it is in its own mapping
 * and nowhere else, and afterwards nowhere.  What may have gone to swap before
 * cannot be looked at from here; that it is locked is a test of its own.
 */
#include "hunting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct nonce_range nothing;

static size_t
count_here(const struct nonce *n, struct nonce_range except)
{
	return nonce_count_in_memory(n, getpid(), except);
}

static struct nonce_range
range_of(const struct caisson_secret *secret)
{
	return (struct nonce_range){ caisson_secret_data(secret),
				     caisson_secret_len(secret) };
}

/* The positive controls: heap, stack, another mapping. */
static void
the_hunter_finds_what_is_there(void **state)
{
	struct nonce n = nonce_new(), other = nonce_new();
	volatile uint8_t stack[NONCE_LEN];
	void *heap = nonce_copy(&n);

	(void)state;
	assert_int_equal(count_here(&other, nothing), 0);
	assert_true(count_here(&n, nothing) >= NONCE_LEN / 8);
	assert_int_equal(count_here(&n,
				    (struct nonce_range){ heap, NONCE_LEN }),
			 0);
	explicit_bzero(heap, NONCE_LEN);
	assert_int_equal(count_here(&n, nothing), 0);
	free(heap);
	nonce_write(&n, (void *)(uintptr_t)stack);
	assert_true(count_here(&n, nothing) >= NONCE_LEN / 8);
	explicit_bzero((void *)(uintptr_t)stack, sizeof(stack));
	assert_int_equal(count_here(&n, nothing), 0);
}

static const size_t sizes[] = { NONCE_LEN, 4096, 70000, 1u << 20 };
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
a_secret_is_in_its_own_memory_and_then_nowhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		struct nonce n = nonce_new();
		struct caisson_secret *s = nonce_secret(&n, sizes[i]);

		assert_true(nonce_is_in(&n, caisson_secret_data(s),
					caisson_secret_len(s)));
		assert_int_equal(count_here(&n, range_of(s)), 0);
		caisson_secret_free(s);
		assert_int_equal(count_here(&n, nothing), 0);
	}
}

/* A pipe that holds it and is at its end. */
static int
pipe_with(const struct nonce *n)
{
	uint8_t *room = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[2];

	assert_true(room != MAP_FAILED);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	nonce_write(n, room);
	assert_int_equal(write(fd[1], room, NONCE_LEN), NONCE_LEN);
	explicit_bzero(room, 4096);
	(void)munmap(room, 4096);
	(void)close(fd[1]);
	return fd[0];
}

static void
reading_a_secret_leaves_no_copy(void **state)
{
	struct nonce n = nonce_new();
	struct caisson_secret *s = NULL;
	int fd = pipe_with(&n);
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_secret_read(fd, 0, 1000, &s, &err), 0);
	(void)close(fd);
	assert_int_equal(caisson_secret_len(s), NONCE_LEN);
	assert_true(nonce_is_in(&n, caisson_secret_data(s), NONCE_LEN));
	assert_int_equal(count_here(&n, range_of(s)), 0);
	caisson_secret_free(s);
	assert_int_equal(count_here(&n, nothing), 0);
}

static void
a_secret_that_is_too_long_is_not_left_anywhere(void **state)
{
	struct nonce n = nonce_new();
	struct caisson_secret *s = NULL;
	int fd = pipe_with(&n);
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(caisson_secret_read(fd, NONCE_LEN - 1, 1000, &s, &err),
			 CAISSON_E_USAGE);
	(void)close(fd);
	assert_null(s);
	assert_int_equal(count_here(&n, nothing), 0);

	s = nonce_secret(&n, 5000);
	{
		struct caisson_launch_options options = *speaking_options(0, s);

		options.handshake_limit = 4999;
		launching_refused(speaking_spec("v23", "read ready"), &options,
				  &err);
	}
	assert_false(nonce_is_in(&n, &err, sizeof(err)));
	assert_int_equal(count_here(&n, range_of(s)), 0);
	caisson_secret_free(s);
	assert_int_equal(count_here(&n, nothing), 0);
}

static void
launch_and_look(const char *protocol, uint32_t engine, size_t size)
{
	struct nonce n = nonce_new();
	struct caisson_secret *s = nonce_secret(&n, size);
	struct caisson_child *child =
	    launching_start(speaking_spec(protocol,
					  "read end ready await 0 exit 0"),
			    speaking_options(engine, s));

	assert_int_equal(count_here(&n, range_of(s)), 0);
	caisson_secret_free(s);
	assert_int_equal(count_here(&n, nothing), 0);
	speaking_wait_ready(child);
	assert_int_equal(count_here(&n, nothing), 0);
	/* the other control: the program has it, and it is found there */
	assert_true(
	    nonce_count_in_memory(&n, caisson_child_pid(child), nothing) > 0);
	(void)close(caisson_child_take_fd(child, 0));
	assert_int_equal(launching_finish(child).value, 0);
	assert_int_equal(count_here(&n, nothing), 0);
}

static void
the_launcher_keeps_nothing_of_it(void **state)
{
	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++)
			for (size_t i = 0; i < N_SIZES; i++)
				launch_and_look(speaking_protocols[p], *e,
						sizes[i]);
}

static void
a_launch_that_fails_keeps_nothing_of_it(void **state)
{
	static const char *const paths[] = { "/nonexistent/program", "/etc",
					     "/etc/passwd" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct nonce n = nonce_new();
		struct caisson_secret *s = nonce_secret(&n, 70000);
		struct caisson_spec *spec = speaking_spec("caisson", "ready");
		struct caisson_error err;

		assert_int_equal(caisson_spec_set_path(spec, paths[i], &err),
				 0);
		launching_refused(spec, speaking_options(0, s), &err);
		assert_false(nonce_is_in(&n, &err, sizeof(err)));
		assert_int_equal(count_here(&n, range_of(s)), 0);
		caisson_secret_free(s);
		assert_int_equal(count_here(&n, nothing), 0);
	}
}

struct forked {
	struct nonce n;
	bool is_leaking;
};

static void
look_in_fork(void *arg)
{
	struct forked *f = arg;

	/* what the launch must not do is what the control does */
	assert_true((count_here(&f->n, nothing) == 0) != f->is_leaking);
}

static void
a_forked_child_does_not_have_it(void **state)
{
	struct forked f = { nonce_new(), false };
	struct caisson_secret *s = nonce_secret(&f.n, 5000);
	void *copy;

	(void)state;
	harness_in_fork(look_in_fork, &f);
	copy = nonce_copy(&f.n);
	f.is_leaking = true;
	harness_in_fork(look_in_fork, &f);
	explicit_bzero(copy, NONCE_LEN);
	free(copy);
	caisson_secret_free(s);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hunter_finds_what_is_there),
		cmocka_unit_test(
		    a_secret_is_in_its_own_memory_and_then_nowhere),
		cmocka_unit_test(reading_a_secret_leaves_no_copy),
		cmocka_unit_test(
		    a_secret_that_is_too_long_is_not_left_anywhere),
		cmocka_unit_test(the_launcher_keeps_nothing_of_it),
		cmocka_unit_test(a_launch_that_fails_keeps_nothing_of_it),
		cmocka_unit_test(a_forked_child_does_not_have_it),
	};

	return harness_main("secrets_memory", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
