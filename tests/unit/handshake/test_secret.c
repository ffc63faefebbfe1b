/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: what the kernel says of their memory, what a forked child finds in
 * it, and that it goes.  Ordinary memory is asked the same questions, and has
 * to answer differently.
 */
#include "testing.h"

#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static const char text[] = "correct horse battery staple";

static uint8_t *
ordinary_page(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	memset(p, 'o', PAGE);
	return p;
}

/* Is at in the mapping whose first line this is? */
static bool
is_first_line(const char *line, uintptr_t at, bool *is_in)
{
	unsigned long from, to;

	if (sscanf(line, "%lx-%lx ", &from, &to) != 2)
		return false;
	*is_in = at >= from && at < to;
	return true;
}

/* Has the kernel this two-letter flag at that address? */
static bool
has_flag(const void *at, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	bool is_in = false, was_found = false, has = false;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (is_first_line(line, (uintptr_t)at, &is_in) || !is_in)
			continue;
		if (strncmp(line, "VmFlags:", 8) != 0)
			continue;
		was_found = true;
		has = strstr(line + 8, flag) != NULL;
	}
	(void)fclose(f);
	assert_true(was_found);
	return has;
}

static bool
is_mapped(void *at)
{
	unsigned char vec;
	int r = mincore(at, PAGE, &vec);

	assert_true(r == 0 || errno == ENOMEM);
	return r == 0;
}

static void
a_secret_is_a_copy(void **state)
{
	struct caisson_secret *s = NULL;
	char original[sizeof(text)];

	(void)state;
	memcpy(original, text, sizeof(text));
	must(caisson_secret_new(original, sizeof(text), &s, &error));
	memset(original, 0, sizeof(original));
	assert_int_equal(caisson_secret_len(s), sizeof(text));
	assert_memory_equal(caisson_secret_data(s), text, sizeof(text));
	assert_ptr_equal(secret_bytes(s), caisson_secret_data(s));
	caisson_secret_free(s);
	caisson_secret_free(NULL);
}

static void
a_secret_may_be_empty_or_large(void **state)
{
	static const size_t sizes[] = { 0,    1,     4095,  4096,
					4097, 65535, 65536, 1u << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct caisson_secret *s = NULL;

		must(secret_alloc(sizes[i], &s, &error));
		assert_non_null(caisson_secret_data(s));
		assert_int_equal(caisson_secret_len(s), sizes[i]);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(secret_bytes(s)[j], 0);
		memset(secret_bytes(s), 'x', sizes[i]);
		caisson_secret_free(s);
	}
}

static void
a_wrong_size_is_refused(void **state)
{
	struct caisson_secret *s = NULL;

	(void)state;
	must_fail(caisson_secret_new(NULL, 1, &s, &error), CAISSON_E_USAGE,
		  "data is NULL");
	must_fail(secret_alloc(SIZE_MAX, &s, &error), CAISSON_E_NO_MEMORY,
		  "out of memory");
	must_fail(secret_alloc(SIZE_MAX / 2, &s, &error), CAISSON_E_NO_MEMORY,
		  "out of memory");
	assert_null(s);
	must(caisson_secret_new(NULL, 0, &s, &error));
	caisson_secret_free(s);
}

static void
secrets_are_equal_byte_by_byte(void **state)
{
	struct caisson_secret *s = NULL;
	char other[sizeof(text)];

	(void)state;
	must(caisson_secret_new(text, sizeof(text), &s, &error));
	assert_true(caisson_secret_equal(s, text, sizeof(text)));
	assert_false(caisson_secret_equal(s, text, sizeof(text) - 1));
	assert_false(caisson_secret_equal(s, text, 0));
	for (size_t i = 0; i < 8 * sizeof(text); i++) {
		memcpy(other, text, sizeof(text));
		other[i / 8] = (char)(other[i / 8] ^ 1 << i % 8);
		assert_false(caisson_secret_equal(s, other, sizeof(other)));
		/* two differences do not cancel each other out */
		other[(i / 8 + 1) % sizeof(text)] ^= (char)(1 << i % 8);
		assert_false(secret_is_equal(text, other, sizeof(other)));
	}
	caisson_secret_free(s);
	must(caisson_secret_new("", 0, &s, &error));
	assert_true(caisson_secret_equal(s, NULL, 0));
	caisson_secret_free(s);
}

static void
a_secret_is_not_dumped_and_not_forked(void **state)
{
	uint8_t *ordinary = ordinary_page();
	struct caisson_secret *s = NULL;

	(void)state;
	must(caisson_secret_new(text, sizeof(text), &s, &error));
	assert_true(has_flag(caisson_secret_data(s), " dd"));
	assert_true(has_flag(caisson_secret_data(s), " wf"));
	assert_false(has_flag(ordinary, " dd"));
	assert_false(has_flag(ordinary, " wf"));
	/* Locked, where other memory can be, too. */
	(void)mlock(ordinary, PAGE);
	assert_int_equal(has_flag(caisson_secret_data(s), " lo"),
			 has_flag(ordinary, " lo"));
	caisson_secret_free(s);
	(void)munmap(ordinary, PAGE);
}

/* In the child: 0 if all is as it should be. */
static int
look_in_child(struct caisson_secret *s, const uint8_t *ordinary)
{
	const uint8_t *data = caisson_secret_data(s);
	size_t len = caisson_secret_len(s);
	struct caisson_secret *own = NULL;

	if (ordinary[0] != 'o' || ordinary[PAGE - 1] != 'o')
		return 1;
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0)
			return 2;
	caisson_secret_free(s);
	if (caisson_secret_new(text, sizeof(text), &own, NULL) < 0 ||
	    !caisson_secret_equal(own, text, sizeof(text)))
		return 3;
	caisson_secret_free(own);
	return len == 3 * PAGE + 1 ? 0 : 4;
}

static void
a_forked_child_finds_zeros(void **state)
{
	uint8_t *ordinary = ordinary_page();
	struct caisson_secret *s = NULL;
	int status;
	pid_t pid;

	(void)state;
	must(secret_alloc(3 * PAGE + 1, &s, &error));
	memset(secret_bytes(s), 's', 3 * PAGE + 1);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(look_in_child(s, ordinary));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The parent's is as it was. */
	assert_int_equal(secret_bytes(s)[3 * PAGE], 's');
	caisson_secret_free(s);
	(void)munmap(ordinary, PAGE);
}

static void
a_secret_that_was_freed_is_not_mapped(void **state)
{
	struct caisson_secret *s = NULL;
	uint8_t *at;

	(void)state;
	must(secret_alloc(2 * PAGE, &s, &error));
	at = secret_bytes(s);
	assert_true(is_mapped(at));
	assert_true(is_mapped(at + PAGE));
	caisson_secret_free(s);
	assert_false(is_mapped(at));
	assert_false(is_mapped(at + PAGE));
}

static void
a_local_is_freed_at_the_end_of_its_scope(void **state)
{
	uint8_t *at;

	(void)state;
	{
		SECRET_OWNED s = NULL;

		must(caisson_secret_new(text, sizeof(text), &s, &error));
		at = secret_bytes(s);
		assert_true(is_mapped(at));
	}
	assert_false(is_mapped(at));
}

static void
a_wipe_leaves_zeros_and_nothing_else_changes(void **state)
{
	uint8_t room[16];

	(void)state;
	memset(room, 'x', sizeof(room));
	secret_wipe(room + 4, 8);
	for (size_t i = 0; i < sizeof(room); i++)
		assert_int_equal(room[i], i < 4 || i >= 12 ? 'x' : 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_a_copy),
		cmocka_unit_test(a_secret_may_be_empty_or_large),
		cmocka_unit_test(a_wrong_size_is_refused),
		cmocka_unit_test(secrets_are_equal_byte_by_byte),
		cmocka_unit_test(a_secret_is_not_dumped_and_not_forked),
		cmocka_unit_test(a_forked_child_finds_zeros),
		cmocka_unit_test(a_secret_that_was_freed_is_not_mapped),
		cmocka_unit_test(a_local_is_freed_at_the_end_of_its_scope),
		cmocka_unit_test(a_wipe_leaves_zeros_and_nothing_else_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
