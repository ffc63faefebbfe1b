/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What packages ship, imported: the container engines' profile for several
 * capabilities, kernels and architectures, and every unit of systemd's that
 * has a filter.  Each parses, makes a filter that agrees with it, and answers
 * what the file says.  And the limits, which no case directory should hold.
 */
#include "importing.h"
#include "whole_file.h"

#include "policy/proof.h"

#include <errno.h>
#include <glob.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
/* after those that it needs */
#include <cmocka.h>

#define PROFILE "/usr/share/containers/seccomp.json"
#define UNITS   "/lib/systemd/system/*.service"

/* Imports, parses, generates; fails the test with whatever goes wrong. */
static struct policy *
import(const char *path, const char *words)
{
	struct text_options options = { .file = "imported", .dir_fd = -1 };
	struct filter filter = { 0 };
	struct caisson_error err = { 0 };
	struct importing importing;
	struct policy *policy = NULL;
	size_t len = 0;
	char *input = whole_file(path, &len), *text = NULL;

	assert_non_null(input);
	assert_int_equal(importing_init(&importing, words), 0);
	importing.options.file = path;
	options.arch = importing.options.arch;
	if (importing_run(&importing, input, len, &text, &err) < 0 ||
	    text_parse(text, strlen(text), &options, &policy, &err) < 0 ||
	    filter_generate(policy, &filter, &err) < 0 ||
	    proof_boundaries(policy, &filter, NULL, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	filter_done(&filter);
	importing_done(&importing);
	free(text);
	free(input);
	return policy;
}

static uint32_t
decide(const struct policy *policy, uint32_t arch, int nr, uint64_t arg0,
       uint64_t arg2)
{
	struct seccomp_data data = { .nr = nr,
				     .arch = arch,
				     .args = { arg0, 0, arg2 } };

	return policy_decide(policy, &data, NULL);
}

static void
need(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		print_message("SKIP: %s is missing\n", path);
		skip();
	}
	(void)fclose(f);
}

#define ERRNO(value) (SECCOMP_RET_ERRNO | (value))

static void
the_profile_answers_as_it_says(void **state)
{
	const uint32_t x64 = AUDIT_ARCH_X86_64, x86 = AUDIT_ARCH_I386;
	struct policy *policy;

	(void)state;
	need(PROFILE);
	policy = import(PROFILE, "");
	assert_int_equal(decide(policy, x64, SYS_read, 0, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, x86, 3, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, x64, SYS_bpf, 0, 0), ERRNO(EPERM));
	assert_int_equal(decide(policy, x64, SYS_kexec_load, 0, 0),
			 ERRNO(EPERM));
	assert_int_equal(decide(policy, x64, 1000, 0, 0), ERRNO(ENOSYS));
	assert_int_equal(decide(policy, x64, SYS_personality, 8, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, x64, SYS_personality, 9, 0),
			 ERRNO(ENOSYS));
	assert_int_equal(decide(policy, x64, SYS_socket, 16, 9), ERRNO(EINVAL));
	assert_int_equal(decide(policy, x64, SYS_socket, 16, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, AUDIT_ARCH_AARCH64, 63, 0, 0),
			 SECCOMP_RET_KILL_PROCESS);
	policy_free(policy);
}

static void
capabilities_open_what_they_are_for(void **state)
{
	const uint32_t x64 = AUDIT_ARCH_X86_64;
	struct policy *policy;

	(void)state;
	need(PROFILE);
	policy = import(PROFILE, "caps=CAP_SYS_ADMIN,CAP_AUDIT_WRITE");
	assert_int_equal(decide(policy, x64, SYS_bpf, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, x64, SYS_socket, 16, 9),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(decide(policy, x64, SYS_chroot, 0, 0), ERRNO(EPERM));
	policy_free(policy);
}

static void
every_architecture_and_kernel_gives_a_policy(void **state)
{
	static const char *const words[] = { "kernel=3.10",  "kernel=4.8",
					     "kernel=6.1",   "arch=x86",
					     "arch=aarch64", "arch=arm" };

	(void)state;
	need(PROFILE);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		policy_free(import(PROFILE, words[i]));
}

static bool
has_filter(const char *path)
{
	size_t len;
	char *text = whole_file(path, &len);
	bool found = text != NULL && strstr(text, "\nSystemCallFilter=@");

	free(text);
	return found;
}

/* They are all lists of what is allowed, with @system-service at least. */
static void
every_unit_of_systemd_gives_a_policy(void **state)
{
	const uint32_t x64 = AUDIT_ARCH_X86_64;
	size_t n = 0;
	glob_t units;

	(void)state;
	if (glob(UNITS, 0, NULL, &units) != 0)
		skip();
	for (size_t i = 0; i < units.gl_pathc; i++) {
		struct policy *policy;

		if (!has_filter(units.gl_pathv[i]))
			continue;
		n++;
		policy = import(units.gl_pathv[i], "");
		assert_int_equal(decide(policy, x64, SYS_read, 0, 0),
				 SECCOMP_RET_ALLOW);
		assert_int_not_equal(decide(policy, x64, SYS_kexec_load, 0, 0),
				     SECCOMP_RET_ALLOW);
		policy_free(policy);
	}
	globfree(&units);
	print_message("%zu units\n", n);
	if (n == 0)
		skip();
}

static void
assert_refused(const char *file, const char *text, size_t len, int code,
	       const char *message)
{
	struct caisson_error err = { 0 };
	struct importing importing;
	char *out = NULL;

	assert_int_equal(importing_init(&importing, ""), 0);
	importing.options.file = file;
	assert_int_equal(importing_run(&importing, text, len, &out, &err),
			 code);
	assert_string_equal(err.msg, message);
	assert_null(out);
	importing_done(&importing);
}

static void
a_text_of_more_than_a_mebibyte_is_refused(void **state)
{
	size_t size = TEXT_SIZE_MAX + 1;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	assert_refused("a.json", text, size, CAISSON_E_SYNTAX,
		       "a.json: longer than 1 MiB");
	assert_refused("a.service", text, size, CAISSON_E_SYNTAX,
		       "a.service:1:1: longer than 1 MiB");
	assert_refused("a.json", text, size - 1, CAISSON_E_SYNTAX,
		       "a.json:1: the text ends too early");
	assert_refused("a.service", text, size - 1, CAISSON_E_POLICY,
		       "a.service:1:1: no setting that makes a filter");
	free(text);
}

/* Comments about thousands of unknown names. */
static void
a_result_of_more_than_a_mebibyte_is_refused(void **state)
{
	static const char head[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\","
				   "\"syscalls\":[{\"action\":"
				   "\"SCMP_ACT_ALLOW\",\"names\":[\"read\"";
	size_t size = TEXT_SIZE_MAX, len = sizeof(head) - 1;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memcpy(text, head, len);
	while (len + 16 < size) {
		memcpy(text + len, ",\"none\"", 7);
		len += 7;
	}
	memcpy(text + len, "]}]}", 4);
	assert_refused("a.json", text, len + 4, CAISSON_E_POLICY,
		       "a.json: /: longer than 1 MiB as policy text");
	free(text);
}

/* What is quoted in a comment. */
static void
a_unit_that_becomes_more_than_a_mebibyte_is_refused(void **state)
{
	static const char head[] = "ProtectClock=y\nCapabilityBoundingSet=";
	char *text = malloc(TEXT_SIZE_MAX);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', TEXT_SIZE_MAX);
	memcpy(text, head, sizeof(head) - 1);
	assert_refused("a.service", text, TEXT_SIZE_MAX, CAISSON_E_POLICY,
		       "a.service:1:1: longer than 1 MiB as policy text");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_answers_as_it_says),
		cmocka_unit_test(capabilities_open_what_they_are_for),
		cmocka_unit_test(every_architecture_and_kernel_gives_a_policy),
		cmocka_unit_test(every_unit_of_systemd_gives_a_policy),
		cmocka_unit_test(a_text_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(a_result_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(
		    a_unit_that_becomes_more_than_a_mebibyte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
