/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be asked of a policy, and calls that are wrong. */
#include "api_testing.h"

#include "policy/calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X86_64 "@arch x86_64\n"

static struct caisson_verdict
decided(const struct caisson_policy *policy, uint32_t nr, uint64_t arg)
{
	const struct caisson_call call = { .arch = AUDIT_ARCH_X86_64,
					   .nr = nr,
					   .args = { arg } };
	struct caisson_verdict verdict;

	caisson_policy_decide(policy, &call, &verdict);
	return verdict;
}

/* On the machine that the test is for. */
static uint32_t
action_here(const struct caisson_policy *policy, uint32_t nr)
{
	const struct caisson_call call = { .arch = calls_arch_host()->token,
					   .nr = nr };
	struct caisson_verdict verdict;

	caisson_policy_decide(policy, &call, &verdict);
	return verdict.action;
}

static void
a_policy_answers_calls_and_says_where(void **state)
{
	struct caisson_policy *p = parsed(X86_64 "@default return EPERM\n" ENDS
						 "personality: arg0 == 8\n");
	struct caisson_call call = { .arch = AUDIT_ARCH_AARCH64, .nr = 93 };
	struct caisson_verdict v = decided(p, 135, 8);

	(void)state;
	assert_int_equal(v.action, SECCOMP_RET_ALLOW);
	assert_int_equal(v.line, 4);
	assert_string_equal(v.file, "policy");
	v = decided(p, 135, 9);
	assert_int_equal(v.action, SECCOMP_RET_ERRNO | EPERM);
	caisson_policy_decide(p, &call, &v);
	assert_int_equal(v.action, SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(v.line, 0);
	assert_null(v.file);
	caisson_policy_free(p);
}

static void
the_filter_is_there_from_the_beginning(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	const void *a = NULL, *b = NULL;
	size_t n = 0, m = 0;

	(void)state;
	assert_int_equal(caisson_policy_filter(p, &a, &n, NULL), 0);
	assert_int_equal(caisson_policy_filter(p, &b, &m, NULL), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(n, m);
	assert_in_range(n, 3, 100);
	assert_int_equal(BPF_CLASS(((const struct sock_filter *)a)[n - 1].code),
			 BPF_RET);
	caisson_policy_free(p);
	caisson_policy_free(NULL);
}

/* More comparisons than 4096 instructions can make. */
static char *
too_large(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	(void)fputs("@default return EPERM\n" ENDS "mmap: ", f);
	for (unsigned i = 0; i < 2000; i++)
		(void)fprintf(f, "%sarg0 == 0x%x00000001 && arg1 == %u",
			      i == 0 ? "" : " || ", i * 3 + 1, i * 7);
	(void)fputc('\n', f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
a_policy_without_a_filter_can_be_asked_but_not_compiled(void **state)
{
	char *text = too_large(), *smt = NULL;
	struct caisson_policy *p = parsed(text);
	struct caisson_policy *small = parsed("@default return EPERM\n" ENDS);
	struct caisson_difference *found = NULL;
	struct caisson_error err;
	const void *insns = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(action_here(p, SYS_execve), SECCOMP_RET_ALLOW);
	assert_int_equal(caisson_policy_filter(p, &insns, &n, &err),
			 CAISSON_E_POLICY);
	assert_int_equal(err.code, CAISSON_E_POLICY);
	assert_int_equal(err.line, 3);
	assert_null(insns);
	assert_int_equal(caisson_policy_diff(p, small, &found, &n, &err),
			 CAISSON_E_POLICY);
	assert_int_equal(caisson_policy_diff(small, p, &found, &n, NULL),
			 CAISSON_E_POLICY);
	assert_int_equal(caisson_policy_smt(p, &smt, &err), CAISSON_E_POLICY);
	assert_null(found);
	assert_null(smt);
	caisson_policy_free(small);
	caisson_policy_free(p);
	free(text);
}

static void
warnings_come_one_after_the_other(void **state)
{
	struct caisson_policy *p =
	    parsed("@default return EPERM\n" ENDS "read: allow\nread: allow\n");
	struct caisson_policy *clean = parsed("@default return EPERM\n" ENDS);

	(void)state;
	assert_non_null(caisson_policy_warning(p, 0));
	assert_non_null(strstr(caisson_policy_warning(p, 0), "policy:4:1: "));
	assert_null(caisson_policy_warning(p, 1));
	assert_null(caisson_policy_warning(p, SIZE_MAX));
	assert_null(caisson_policy_warning(clean, 0));
	assert_null(caisson_policy_warning(NULL, 0));
	caisson_policy_free(p);
	caisson_policy_free(clean);
}

static void
differences_are_all_found(void **state)
{
	struct caisson_policy *a =
	    parsed(X86_64 "@default return EPERM\n" ENDS "read: allow\n"
			  "personality: arg0 == 8\n");
	struct caisson_policy *b = parsed(X86_64 "@default return EPERM\n" ENDS
						 "personality: arg0 == 9\n");
	struct caisson_difference *found = NULL;
	size_t n = 99, allowed_by_a = 0;

	(void)state;
	assert_int_equal(caisson_policy_diff(a, a, &found, &n, NULL), 0);
	assert_int_equal(n, 0);
	free(found);
	assert_int_equal(caisson_policy_diff(a, b, &found, &n, NULL), 0);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		const struct caisson_difference *d = &found[i];
		struct caisson_verdict v;

		caisson_policy_decide(a, &d->call, &v);
		assert_int_equal(v.action, d->a);
		caisson_policy_decide(b, &d->call, &v);
		assert_int_equal(v.action, d->b);
		assert_int_not_equal(d->a, d->b);
		allowed_by_a += d->a == SECCOMP_RET_ALLOW;
	}
	assert_int_equal(allowed_by_a, 2);
	free(found);
	caisson_policy_free(a);
	caisson_policy_free(b);
}

static void
the_claim_for_a_prover_is_text(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	char *smt = NULL;

	(void)state;
	assert_int_equal(caisson_policy_smt(p, &smt, NULL), 0);
	assert_non_null(strstr(smt, "(set-logic QF_BV)"));
	assert_non_null(strstr(smt, "(check-sat)"));
	free(smt);
	caisson_policy_free(p);
}

static void
every_shipped_profile_is_a_policy_with_a_filter(void **state)
{
	struct caisson_policy *p = NULL;
	struct caisson_error err;
	const void *insns;
	size_t n, i = 0;

	(void)state;
	for (; caisson_policy_profile_name(i) != NULL; i++) {
		const char *name = caisson_policy_profile_name(i);

		assert_int_equal(caisson_policy_profile(name, NULL, &p, &err),
				 0);
		assert_int_equal(caisson_policy_filter(p, &insns, &n, NULL), 0);
		assert_null(caisson_policy_warning(p, 0));
		caisson_policy_free(p);
	}
	assert_in_range(i, 5, 100);
	assert_string_equal(caisson_policy_profile_name(0), "default");
	p = NULL;
	assert_int_equal(caisson_policy_profile("defaults", NULL, &p, &err),
			 CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, "no profile \"defaults\": there are "
					"default, "));
	assert_null(p);
}

static void
files_are_read_in_both_languages(void **state)
{
	static const char *const texts[] = {
		"@default return EPERM\n" ENDS "mount: allow\n",
		"{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [ {"
		" \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\" } "
		"] }",
	};
	char path[] = "/tmp/caisson-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < 2; i++) {
		struct caisson_policy *p = NULL;
		size_t len = strlen(texts[i]);

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, texts[i], len, 0), (ssize_t)len);
		assert_int_equal(caisson_policy_load(path, NULL, &p, NULL), 0);
		assert_int_equal(action_here(p, SYS_mount), SECCOMP_RET_ALLOW);
		assert_int_equal(action_here(p, SYS_read),
				 SECCOMP_RET_ERRNO | EPERM);
		caisson_policy_free(p);
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void
other_formats_become_text_that_parses(void **state)
{
	char *text = NULL;
	struct caisson_policy *p;

	(void)state;
	assert_int_equal(
	    caisson_policy_import(CAISSON_POLICY_OCI,
				  "{ \"defaultAction\": \"SCMP_ACT_ERRNO\" }",
				  NULL, &text, NULL),
	    0);
	p = parsed(text);
	assert_int_equal(action_here(p, SYS_read), SECCOMP_RET_ERRNO | EPERM);
	caisson_policy_free(p);
	free(text);
	assert_int_equal(caisson_policy_import(CAISSON_POLICY_SYSTEMD,
					       "SystemCallFilter=read\n", NULL,
					       &text, NULL),
			 0);
	p = parsed(text);
	assert_int_equal(action_here(p, SYS_read), SECCOMP_RET_ALLOW);
	assert_int_equal(action_here(p, SYS_mount), SECCOMP_RET_KILL_PROCESS);
	caisson_policy_free(p);
	free(text);
	text = NULL;
	assert_int_equal(caisson_policy_import(3, "", NULL, &text, NULL),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_policy_import(CAISSON_POLICY_OCI, "{", NULL,
					       &text, NULL),
			 CAISSON_E_SYNTAX);
	assert_null(text);
}

static void
names_and_numbers_are_found(void **state)
{
	uint32_t nr = 7;

	(void)state;
	assert_string_equal(caisson_syscall_name("x86_64", 165), "mount");
	assert_string_equal(caisson_syscall_name("aarch64", 40), "mount");
	assert_null(caisson_syscall_name("x86_64", 100000));
	assert_null(caisson_syscall_name("z80", 1));
	assert_true(caisson_syscall_number("x86_64", "mount", &nr));
	assert_int_equal(nr, 165);
	assert_false(caisson_syscall_number("x86_64", "mounte", &nr));
	assert_false(caisson_syscall_number("z80", "mount", &nr));
	assert_false(caisson_syscall_number(NULL, NULL, &nr));
	assert_false(caisson_syscall_number(NULL, "mount", NULL));
	assert_int_equal(nr, 165);
	assert_true(caisson_syscall_number(NULL, "exit_group", &nr));
	assert_string_equal(caisson_syscall_name(NULL, nr), "exit_group");
}

static void
a_null_is_a_wrong_call(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	struct caisson_policy *out = NULL;
	struct caisson_difference *found = NULL;
	const void *insns = NULL;
	char *text = NULL;
	size_t n = 0;

	(void)state;
#define WRONG(call) assert_int_equal((call), CAISSON_E_USAGE)
	WRONG(caisson_policy_parse(NULL, 0, NULL, &out, NULL));
	WRONG(caisson_policy_parse("", 0, NULL, NULL, NULL));
	WRONG(caisson_policy_load(NULL, NULL, &out, NULL));
	WRONG(caisson_policy_load("/x", NULL, NULL, NULL));
	WRONG(caisson_policy_profile(NULL, NULL, &out, NULL));
	WRONG(caisson_policy_profile("default", NULL, NULL, NULL));
	WRONG(
	    caisson_policy_import(CAISSON_POLICY_OCI, NULL, NULL, &text, NULL));
	WRONG(caisson_policy_import(CAISSON_POLICY_OCI, "", NULL, NULL, NULL));
	WRONG(caisson_policy_filter(NULL, &insns, &n, NULL));
	WRONG(caisson_policy_filter(p, NULL, &n, NULL));
	WRONG(caisson_policy_filter(p, &insns, NULL, NULL));
	WRONG(caisson_policy_diff(NULL, p, &found, &n, NULL));
	WRONG(caisson_policy_diff(p, NULL, &found, &n, NULL));
	WRONG(caisson_policy_diff(p, p, NULL, &n, NULL));
	WRONG(caisson_policy_diff(p, p, &found, NULL, NULL));
	WRONG(caisson_policy_smt(NULL, &text, NULL));
	WRONG(caisson_policy_smt(p, NULL, NULL));
	assert_null(out);
	assert_null(found);
	assert_null(insns);
	assert_null(text);
	caisson_policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_answers_calls_and_says_where),
		cmocka_unit_test(the_filter_is_there_from_the_beginning),
		cmocka_unit_test(
		    a_policy_without_a_filter_can_be_asked_but_not_compiled),
		cmocka_unit_test(warnings_come_one_after_the_other),
		cmocka_unit_test(differences_are_all_found),
		cmocka_unit_test(the_claim_for_a_prover_is_text),
		cmocka_unit_test(
		    every_shipped_profile_is_a_policy_with_a_filter),
		cmocka_unit_test(files_are_read_in_both_languages),
		cmocka_unit_test(other_formats_become_text_that_parses),
		cmocka_unit_test(names_and_numbers_are_found),
		cmocka_unit_test(a_null_is_a_wrong_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
