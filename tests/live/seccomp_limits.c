/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long filters may be, by themselves and together, and the two ways into
 * the kernel that a filter does not see, or sees otherwise: vDSO and vsyscall
 * page.
 */
#include "seccomp_support.h"

#include "policy/calls.h"
#include "policy/text.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define N(list)  (sizeof(list) / sizeof((list)[0]))
#define SIGSYSED (SIGNALED + SIGSYS)

/* A filter of n instructions of which each returns ALLOW. */
static struct sandbox
returns(size_t n)
{
	struct sandbox sandbox = { .policy = NULL };

	sandbox.filter.insns = calloc(n + 1, sizeof(struct sock_filter));
	assert_non_null(sandbox.filter.insns);
	sandbox.filter.len = n;
	for (size_t i = 0; i < n; i++)
		sandbox.filter.insns[i] =
		    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	return sandbox;
}

static int
act_load(void *sandbox)
{
	return sandbox_load(sandbox) == 0 ? 0 : errno;
}

static void
h10_the_kernel_takes_4096_instructions(void **state)
{
	static const struct {
		size_t n;
		int want;
	} table[] = {
		{ 0, EINVAL },
		{ 1, 0 },
		{ 2, 0 },
		{ FILTER_MAX, 0 },
		{ FILTER_MAX + 1, EINVAL },
		{ 32768, EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < N(table); i++) {
		struct sandbox sandbox = returns(table[i].n);

		assert_int_equal(outcome(act_load, &sandbox, NULL),
				 table[i].want);
		sandbox_done(&sandbox);
	}
}

/* A policy whose third line needs about two instructions for each value. */
static char *
long_policy(unsigned values)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	(void)fputs("@default return EPERM\n{exit_group, execve}: allow\n"
		    "lseek: arg1 == 1",
		    f);
	for (unsigned i = 1; i < values; i++)
		(void)fprintf(f, " || arg1 == 0x%x", i * 0x10001u + (i & 3));
	(void)fputs("\nread: allow\n", f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static int
generate(const char *text, struct sandbox *out, struct caisson_error *err)
{
	const struct text_options options = {
		.file = "long",
		.arch = calls_arch_host(),
		.dir_fd = -1,
	};

	assert_int_equal(text_parse(text, strlen(text), &options, &out->policy,
				    err),
			 0);
	return filter_generate(out->policy, &out->filter, err);
}

/* lseek on nothing: EBADF if it is carried out. */
static int
act_lseek(void *value)
{
	struct call call = { SYS_lseek, { -1, *(long *)value, 0 } };

	return act_call(&call);
}

static void
h10_a_policy_that_needs_more_is_refused_with_its_line(void **state)
{
	unsigned fits = 0, n = 1;
	struct caisson_error err = { 0 };
	struct sandbox sandbox;
	char *text;

	(void)state;
	/* The longest that fits is loaded, and says what it should. */
	for (unsigned step = 2048; step > 0; step /= 2) {
		sandbox = (struct sandbox){ .policy = NULL };
		text = long_policy(n + step);
		if (generate(text, &sandbox, &err) == 0) {
			n += step;
			fits = (unsigned)sandbox.filter.len;
		}
		free(text);
		sandbox_done(&sandbox);
	}
	print_message("%u values, %u instructions\n", n, fits);
	assert_in_range(fits, FILTER_MAX / 2, FILTER_MAX);
	text = long_policy(n);
	sandbox = (struct sandbox){ .policy = NULL };
	assert_int_equal(generate(text, &sandbox, &err), 0);
	for (long i = 1; i < (long)n; i += (long)n / 7) {
		long value = i * 0x10001 + (i & 3), other = value ^ 0x8000;

		assert_int_equal(outcome(act_lseek, &value, &sandbox), EBADF);
		assert_int_equal(outcome(act_lseek, &other, &sandbox), EPERM);
	}
	sandbox_done(&sandbox);
	free(text);
	text = long_policy(n + 1);
	sandbox = (struct sandbox){ .policy = NULL };
	assert_int_equal(generate(text, &sandbox, &err), CAISSON_E_POLICY);
	assert_int_equal(err.line, 3);
	assert_non_null(strstr(err.msg, "4096"));
	sandbox_done(&sandbox);
	free(text);
}

/* Filters until the kernel takes no more: how many it took. */
static int
act_fill(void *sandbox)
{
	int n = 0;

	while (n < 1000 && sandbox_load(sandbox) == 0)
		n++;
	return errno == ENOMEM ? n : -errno;
}

static void
h10_all_filters_of_a_process_have_a_bound(void **state)
{
	struct sandbox sandbox = returns(FILTER_MAX);
	int n = outcome(act_fill, &sandbox, NULL);

	/*
	 * 32,768 instructions in the kernel's own form, which has at least as
	 * many as ours and at most three for one; each filter costs four more.
	 */
	(void)state;
	print_message("%d filters of %d instructions\n", n, FILTER_MAX);
	assert_in_range(n, 2, 32768 / (FILTER_MAX + 4));
	sandbox_done(&sandbox);
	/* Launchers within launchers do not come near it. */
	sandbox = sandbox_profile("default");
	n = outcome(act_fill, &sandbox, NULL);
	print_message("%d times the default profile\n", n);
	assert_in_range(n, 64, 999);
	sandbox_done(&sandbox);
}

static struct sandbox
without_clocks(const char *action)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "@default return EPERM\n{exit_group, read}: allow\n"
		       "{time, clock_gettime, gettimeofday, getcpu}: %s\n",
		       action);
	return sandbox_text(text);
}

static int
act_clock_syscall(void *arg)
{
	struct timespec ts;

	(void)arg;
	return result(syscall(SYS_clock_gettime, (long)CLOCK_MONOTONIC, &ts));
}

static int
act_clock_vdso(void *arg)
{
	struct timespec ts;

	(void)arg;
	return clock_gettime(CLOCK_MONOTONIC, &ts) == 0 ? 0 : errno;
}

/* Does this machine's clock work without the kernel? */
static bool
has_vdso_clock(void)
{
	static const char path[] = "/sys/devices/system/clocksource/"
				   "clocksource0/current_clocksource";
	char name[32] = "";
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	if (fgets(name, sizeof(name), f) == NULL)
		name[0] = '\0';
	(void)fclose(f);
	name[strcspn(name, "\n")] = '\0';
	print_message("the clock is %s\n", name);
	return strcmp(name, "tsc") == 0 || strcmp(name, "kvm-clock") == 0;
}

static void
h12_what_the_vdso_answers_is_no_system_call(void **state)
{
	struct sandbox sandbox = without_clocks("kill-process");

	(void)state;
	assert_int_equal(outcome(act_clock_syscall, NULL, NULL), 0);
	assert_int_equal(outcome(act_clock_syscall, NULL, &sandbox), SIGSYSED);
	if (!has_vdso_clock()) {
		sandbox_done(&sandbox);
		print_message("this machine's clock needs the kernel\n");
		skip();
	}
	assert_int_equal(outcome(act_clock_vdso, NULL, &sandbox), 0);
	sandbox_done(&sandbox);
}

/* time(2) at its old fixed address, which the kernel emulates. */
static int
act_vsyscall(void *arg)
{
	long (*vtime)(long *) = (long (*)(long *))(uintptr_t)0xffffffffff600400;
	long r = vtime(NULL);

	(void)arg;
	return r < 0 ? (int)-r : 0;
}

static void
h12_the_vsyscall_page_is_filtered_as_the_call_it_is(void **state)
{
	struct sandbox kill = without_clocks("kill-process");
	struct sandbox refuse = without_clocks("return 2000");
	struct sandbox allow = without_clocks("allow");
	int before = outcome(act_vsyscall, NULL, NULL);

	(void)state;
	if (before == 0) {
		assert_int_equal(outcome(act_vsyscall, NULL, &allow), 0);
		assert_int_equal(outcome(act_vsyscall, NULL, &refuse), 2000);
		assert_int_equal(outcome(act_vsyscall, NULL, &kill), SIGSYSED);
	}
	sandbox_done(&kill);
	sandbox_done(&refuse);
	sandbox_done(&allow);
	if (before != 0) {
		assert_int_equal(before, SIGNALED + SIGSEGV);
		print_message("this kernel has no vsyscall page\n");
		skip();
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h10_the_kernel_takes_4096_instructions),
		cmocka_unit_test(
		    h10_a_policy_that_needs_more_is_refused_with_its_line),
		cmocka_unit_test(h10_all_filters_of_a_process_have_a_bound),
		cmocka_unit_test(h12_what_the_vdso_answers_is_no_system_call),
		cmocka_unit_test(
		    h12_the_vsyscall_page_is_filtered_as_the_call_it_is),
	};

	return sandbox_main(argc, argv, tests, N(tests));
}
