/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at every allocation in turn: the importers answer "out
 * of memory", with no text and nothing lost.  Our own allocations are wrapped
 * by the linker, jansson's by its own hooks.
 *
 * jansson's fail only for a text without a token of 15 bytes or more: when it
 * cannot enlarge its token buffer it drops the byte and goes on.
 */
#include "importing.h"
#include "no_memory.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those that it needs */
#include <cmocka.h>

#define FAILURES_MAX 100000

int __real_vasprintf(char **out, const char *fmt, va_list args);
int __wrap_vasprintf(char **out, const char *fmt, va_list args);

int
__wrap_vasprintf(char **out, const char *fmt, va_list args)
{
	return no_memory_now() ? -1 : __real_vasprintf(out, fmt, args);
}

struct input {
	const char *file, *text;
};

static const struct input inputs[] = {
	{ "a.json",
	  "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":["
	  "\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"read\",\"write\","
	  "\"socket\",\"nosuch\",\"bind\",\"connect\",\"swapcontext\"],"
	  "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"clone\"],\"action\":"
	  "\"SCMP_ACT_TRAP\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
	  "\"SCMP_CMP_NE\"}]},{\"names\":[\"clone\"],\"action\":"
	  "\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
	  "\"SCMP_CMP_NE\"}]}]}" },
	{ "b.service", "SystemCallFilter=socket semget\n" },
	{ "a.service",
	  "SystemCallFilter=@network-io nosuch\n"
	  "SystemCallFilter=~socketpair mount:EPERM\nSystemCallLog=bind\n"
	  "RestrictAddressFamilies=AF_UNIX\nRestrictNamespaces=yes\n"
	  "MemoryDenyWriteExecute=yes\nRestrictSUIDSGID=yes\n"
	  "CapabilityBoundingSet=CAP_KILL\nProtectClock=yes\n" },
};

/* Whether all allocations were there. */
static bool
run(const struct importing *importing, const struct input *input, long n,
    const char *expected)
{
	struct caisson_error err = { 0 };
	char *out = NULL;
	int r;

	no_memory_failed = false;
	no_memory_after = n;
	r = importing_run(importing, input->text, strlen(input->text), &out,
			  &err);
	no_memory_after = -1;
	if (no_memory_failed) {
		assert_int_equal(r, CAISSON_E_NO_MEMORY);
		assert_int_equal(err.code, CAISSON_E_NO_MEMORY);
		assert_null(out);
	} else {
		assert_int_equal(r, 0);
		assert_string_equal(out, expected);
	}
	free(out);
	return !no_memory_failed;
}

static void
each_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct importing importing;
		char *expected = NULL;
		long n = 0;

		assert_int_equal(importing_init(&importing, ""), 0);
		importing.options.file = inputs[i].file;
		assert_int_equal(importing_run(&importing, inputs[i].text,
					       strlen(inputs[i].text),
					       &expected, NULL),
				 0);
		while (n < FAILURES_MAX &&
		       !run(&importing, &inputs[i], n, expected))
			n++;
		print_message("%s: %ld allocations\n", inputs[i].file, n);
		assert_in_range(n, 10, FAILURES_MAX - 1);
		free(expected);
		importing_done(&importing);
	}
}

/*
 * Too little for a profile, but all of it is read.  jansson answers a failed
 * allocation for a string with an invalid token, so there the text may be
 * blamed; it is refused all the same.
 */
static void
each_allocation_of_the_json_reader_may_fail(void **state)
{
	static const char text[] = "{\"a\":[\"b\",1,{\"c\":null}]}";
	struct importing importing;
	char *out = NULL;
	long n = 0, no_memory = 0;
	int r;

	(void)state;
	assert_int_equal(importing_init(&importing, ""), 0);
	importing.options.file = "a.json";
	json_set_alloc_funcs(__wrap_malloc, free);
	do {
		no_memory_failed = false;
		no_memory_after = n++;
		r = importing_run(&importing, text, sizeof(text) - 1, &out,
				  NULL);
		no_memory_after = -1;
		if (no_memory_failed)
			assert_true(r == CAISSON_E_NO_MEMORY ||
				    r == CAISSON_E_SYNTAX);
		else
			assert_int_equal(r, CAISSON_E_POLICY);
		no_memory += r == CAISSON_E_NO_MEMORY;
	} while (no_memory_failed && n < FAILURES_MAX);
	json_set_alloc_funcs(malloc, free);
	assert_in_range(n, 5, FAILURES_MAX - 1);
	assert_true(no_memory > 0);
	importing_done(&importing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(each_allocation_of_the_json_reader_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
