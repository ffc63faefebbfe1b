/* SPDX-License-Identifier: Apache-2.0 */
/* Case files: what a case finds in a policy and its filter, and what not. */
#include "policy/text/cases.h"

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/text.h"

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct cases *
parse_well(const char *text)
{
	const struct cases_options options = {
		.file = "file",
		.arch = calls_arch_by_name("x86_64"),
	};
	struct caisson_error err = { 0 };
	struct cases *cases = NULL;

	if (cases_parse(text, strlen(text), &options, &cases, &err) < 0)
		fail_msg("%s", err.msg);
	return cases;
}

struct subject {
	struct policy *policy;
	struct filter filter;
};

static struct subject
subject_of(const char *text)
{
	const struct text_options options = {
		.file = "policy",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	struct caisson_error err = { 0 };
	struct subject s = { .policy = NULL };

	if (text_parse(text, strlen(text), &options, &s.policy, &err) < 0 ||
	    filter_generate(s.policy, &s.filter, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static void
subject_done(struct subject *s)
{
	policy_free(s->policy);
	filter_done(&s->filter);
}

static struct cases_result
check(const struct subject *s, const char *text)
{
	struct cases *cases = parse_well(text);
	struct cases_result result = { .ok = false };
	struct caisson_error err = { 0 };

	assert_int_equal(cases->n, 1);
	if (cases_check(&cases->v[0], s->policy, &s->filter, &result, &err) < 0)
		fail_msg("%s", err.msg);
	cases_free(cases);
	return result;
}

static const char subject_text[] =
    "@default return EPERM\n@unknown return ENOSYS\n"
    "{read, exit_group, execve}: allow\n"
    "socket: { arg0 == 1, arg0 == 17 && arg1 == 4; "
    "return EAFNOSUPPORT, arg2 > 7; log }\n"
    "lseek: arg1 & 0x100000001\n";

/* What holds, and what is so close to it that it does not. */
static const struct {
	const char *text;
	bool ok;
} claims[] = {
	{ "read allow", true },
	{ "read EPERM", false },
	{ "read(1, 2, 3, 4, 5, 6) allow", true },
	{ "write EPERM", true },
	{ "write allow", false },
	{ "write EACCES", false },
	{ "socket(1) allow", true },
	{ "socket(1/0xffffffff) allow", true },
	{ "socket(0x100000001) allow", true }, /* an int to the kernel */
	{ "socket(17) EAFNOSUPPORT", false }, /* of type 4 only */
	{ "socket(17, 4) EAFNOSUPPORT", true },
	{ "socket(17, 0x900000004) EAFNOSUPPORT", true },
	{ "socket(!1/0xffffffff) EPERM", false },
	{ "socket(!1/0xffffffff, !4/0xffffffff, 0) EPERM", true },
	{ "socket(!1/0xffffffff, *, 0) EPERM", false },
	{ "socket(2, *, *) EPERM", false }, /* logged */
	{ "socket(2, *, 7) EPERM", true },
	{ "socket(2, *, 8/0xffffffff) log", true },
	{ "lseek(*, 0/0x100000001) EPERM", true },
	{ "lseek(*, 1/1) allow", true },
	{ "lseek(*, 0x100000000/0x100000000) allow", true },
	{ "lseek(*, !0) allow", false },
	{ "lseek(*, !0/0x100000001) allow", true },
	{ "lseek(*, !0x100000001) allow", false },
	{ "lseek(*, !0/0x100000000, !1, !2/3) allow", true },
	{ "500..0x3fffffff ENOSYS", true },
	{ "0..0x3fffffff ENOSYS", false },
	{ "1..7 EPERM", true },
	{ "1..8 EPERM", false },
	{ "x32:read kill", true },
	{ "x32:0..0x3fffffff kill", true },
	{ "x86:0..0xffffffff kill", true },
	{ "x86:3 allow", false },
	{ "aarch64:read kill", true },
	{ "0xffffffff ENOSYS", true },
};

static void
a_case_holds_for_every_call_that_fits_it(void **state)
{
	struct subject s = subject_of(subject_text);

	(void)state;
	for (size_t i = 0; i < N(claims); i++)
		if (check(&s, claims[i].text).ok != claims[i].ok)
			fail_msg("%s: not %d", claims[i].text, claims[i].ok);
	subject_done(&s);
}

static void
a_case_that_fails_has_a_call_that_shows_it(void **state)
{
	struct subject s = subject_of(subject_text);
	struct cases_result r = check(&s, "socket(!1/0xffffffff) EPERM");

	(void)state;
	assert_int_equal(r.data.nr, 41);
	assert_int_equal(r.data.arch, AUDIT_ARCH_X86_64);
	assert_true((uint32_t)r.data.args[0] != 1);
	assert_int_equal(r.policy, r.filter);
	assert_int_not_equal(r.filter, SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(r.filter, bpf_run(s.filter.insns, &r.data, NULL));
	assert_int_equal(r.origin.line, 4);
	r = check(&s, "lseek(*, !0) allow");
	assert_true(r.data.args[1] != 0 && (r.data.args[1] & 0x100000001) == 0);
	subject_done(&s);
}

/* Either of the two may be the one that is wrong. */
static void
policy_and_filter_are_both_asked(void **state)
{
	struct subject a = subject_of("@default return EPERM\n"
				      "{read, execve, exit_group}: allow\n");
	struct subject b = subject_of("@default return EPERM\n"
				      "{write, execve, exit_group}: allow\n");
	struct subject mixed = { a.policy, b.filter };
	struct cases_result r;

	(void)state;
	assert_true(check(&a, "read allow").ok);
	assert_true(check(&b, "write allow").ok);
	r = check(&mixed, "read allow");
	assert_false(r.ok);
	assert_int_equal(r.policy, SECCOMP_RET_ALLOW);
	assert_int_equal(r.filter, SECCOMP_RET_ERRNO | EPERM);
	assert_false(check(&mixed, "write allow").ok);
	assert_false(check(&mixed, "write EPERM").ok);
	assert_true(check(&mixed, "close EPERM").ok);
	subject_done(&a);
	subject_done(&b);
}

static int
check_error(const struct subject *s, const char *text)
{
	struct cases *cases = parse_well(text);
	struct cases_result result;
	struct caisson_error err = { 0 };
	int r = cases_check(&cases->v[0], s->policy, &s->filter, &result, &err);

	assert_int_equal(err.code, r);
	cases_free(cases);
	return r;
}

static void
what_cannot_be_decided_is_an_error(void **state)
{
	struct subject s = subject_of(subject_text);
	struct sock_filter computes[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
	};
	struct subject odd = { s.policy, { computes, N(computes) } };

	(void)state;
	/* i386 has no upper halves. */
	assert_int_equal(check_error(&s, "x86:read(0x100000000) kill"),
			 CAISSON_E_POLICY);
	assert_int_equal(check_error(&odd, "read allow"),
			 CAISSON_E_UNSUPPORTED);
	subject_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_holds_for_every_call_that_fits_it),
		cmocka_unit_test(a_case_that_fails_has_a_call_that_shows_it),
		cmocka_unit_test(policy_and_filter_are_both_asked),
		cmocka_unit_test(what_cannot_be_decided_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
