/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's side of the handshake, driven by a launcher in C that knows
 * the bytes, and nothing of the library.
 */
#include "raw.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const char *inheritor;

/* "secret LENGTH HASH", as the program prints it. */
static void
secret_line(const uint8_t *secret, size_t len, char *out, size_t size)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ secret[i]) * 1099511628211u;
	(void)snprintf(out, size, "\nsecret %zu %016llx\n", len,
		       (unsigned long long)hash);
}

/* It got the secret, said that it is ready, and ended well. */
static void
assert_took_over(const struct form *form, struct raw *raw,
		 const uint8_t *secret, size_t len)
{
	struct raw_end end;
	char expected[128];
	pid_t pid = raw->pid;

	assert_int_equal(raw_finish(raw, &end), 0);
	secret_line(secret, len, expected, sizeof(expected));
	assert_non_null(strstr(end.out, expected));
	(void)snprintf(expected, sizeof(expected), "protocol %s\n", form->name);
	assert_non_null(strstr(end.out, expected));
	assert_non_null(strstr(end.out, "ready 0\n"));
	if (strcmp(form->name, "caisson") != 0)
		assert_non_null(strstr(end.out, "map \nentry k=v\n"));
	assert_int_equal(raw_ready(form, pid, expected, sizeof(expected)),
			 end.status_len);
	assert_memory_equal(end.status, expected, end.status_len);
}

static const char *const *
steps(const char *first)
{
	static const char *argv[6];

	argv[0] = inheritor;
	argv[1] = first;
	argv[2] = "look";
	argv[3] = "ready";
	argv[4] = NULL;
	return argv;
}

/* While it reads: the pipe is smaller than what is sent. */
static void
send_while_it_reads(const struct form *form, const uint8_t *secret, size_t len)
{
	size_t n;
	uint8_t *frames = raw_frames(form, secret, len, &n);
	struct raw raw = raw_start(form, steps("inherit"), -1);

	raw_write(raw.data, frames, n);
	free(frames);
	assert_took_over(form, &raw, secret, len);
}

static void
send_in_a_sealed_memfd(const struct form *form, const uint8_t *secret,
		       size_t len)
{
	size_t n;
	uint8_t *frames = raw_frames(form, secret, len, &n);
	int low = memfd_create("", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd = fcntl(low, F_DUPFD_CLOEXEC, 100);
	struct raw raw;

	assert_true(fd >= 0);
	(void)close(low);
	raw_write(fd, frames, n);
	free(frames);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS,
			       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
				   F_SEAL_SEAL),
			 0);
	raw = raw_start(form, steps("inherit"), fd);
	assert_took_over(form, &raw, secret, len);
}

static void
secrets_of_all_sizes_arrive_in_all_protocols(void **state)
{
	static const size_t sizes[] = { 0,     1,     4095,  4096,   4097,
					65535, 65536, 65537, 1 << 20 };
	uint8_t *secret = malloc(1 << 20);

	(void)state;
	assert_non_null(secret);
	for (size_t i = 0; i < 1 << 20; i++)
		secret[i] = (uint8_t)(i * 31 >> 3);
	for (size_t f = 0; f < N_FORMS; f++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			send_while_it_reads(&forms[f], secret, sizes[i]);
			send_in_a_sealed_memfd(&forms[f], secret, sizes[i]);
		}
	free(secret);
}

/* The first part has been read, all of it, before the rest is sent. */
static void
what_is_split_anywhere_arrives(void **state)
{
	static const uint8_t secret[] = "the secret";

	(void)state;
	for (size_t f = 0; f < N_FORMS; f++) {
		size_t n;
		uint8_t *frames =
		    raw_frames(&forms[f], secret, sizeof(secret), &n);

		for (size_t i = 0; i <= n; i++) {
			struct raw raw =
			    raw_start(&forms[f], steps("inherit"), -1);

			raw_write(raw.data, frames, i);
			raw_wait_empty(raw.data);
			raw_write(raw.data, frames + i, n - i);
			assert_took_over(&forms[f], &raw, secret,
					 sizeof(secret));
		}
		free(frames);
	}
}

static void
what_is_cut_short_anywhere_is_refused(void **state)
{
	static const uint8_t secret[] = "the secret";
	struct raw_end end;
	size_t n;

	(void)state;
	for (size_t f = 0; f < N_FORMS; f++) {
		uint8_t *frames =
		    raw_frames(&forms[f], secret, sizeof(secret), &n);

		for (size_t i = 0; i < n; i++) {
			const char *argv[] = { inheritor, "inherit", "fds",
					       NULL };
			struct raw raw = raw_start(&forms[f], argv, -1);

			raw_write(raw.data, frames, i);
			assert_int_equal(raw_finish(&raw, &end), 0);
			assert_int_equal(end.status_len, 0);
			assert_non_null(strstr(end.out, "inherit -18 "));
			assert_non_null(strstr(end.out, "\nfds 0 1 2\n"));
		}
		free(frames);
	}
}

/* Eight threads at once, while the bytes come one by one. */
static void
threads_take_it_over_together(void **state)
{
	static const uint8_t secret[] = "the secret";

	(void)state;
	for (size_t f = 0; f < N_FORMS; f++) {
		size_t n;
		uint8_t *frames =
		    raw_frames(&forms[f], secret, sizeof(secret), &n);
		struct raw raw = raw_start(&forms[f], steps("threads"), -1);

		for (size_t i = 0; i < n; i++) {
			raw_write(raw.data, frames + i, 1);
			raw_wait_empty(raw.data);
		}
		free(frames);
		assert_took_over(&forms[f], &raw, secret, sizeof(secret));
	}
}

/* Nobody hears it: an error, no signal, and the same error again. */
static void
nobody_hears_it(void **state)
{
	static const uint8_t secret[] = "the secret";
	const char *argv[] = { inheritor, "inherit", "ready", "ready", NULL };
	struct raw_end end;
	char *first;
	size_t n;

	(void)state;
	for (size_t f = 0; f < N_FORMS; f++) {
		uint8_t *frames =
		    raw_frames(&forms[f], secret, sizeof(secret), &n);
		struct raw raw = raw_start(&forms[f], argv, -1);

		(void)close(raw.status);
		raw.status = -1;
		raw_write(raw.data, frames, n);
		free(frames);
		assert_int_equal(raw_finish(&raw, &end), 0);
		assert_non_null(strstr(end.out, "inherit 0\n"));
		first = strstr(end.out, "ready -6 32 ");
		assert_non_null(first);
		assert_non_null(strstr(first + 1, "ready -6 32 "));
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_of_all_sizes_arrive_in_all_protocols),
		cmocka_unit_test(what_is_split_anywhere_arrives),
		cmocka_unit_test(what_is_cut_short_anywhere_is_refused),
		cmocka_unit_test(threads_take_it_over_together),
		cmocka_unit_test(nobody_hears_it),
	};

	if (argc != 2)
		return 2;
	inheritor = argv[1];
	/* What we were started with is not for the programs that we start. */
	(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
