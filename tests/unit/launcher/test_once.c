/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a launcher for one launch confines itself with: its filter in the
 * evaluator, beside its policy for every number, and beside a list that says
 * it again.  Whatever is not on the list kills.
 */
#include "confine/profile.h"
#include "policy/bpf.h"
#include "policy/load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

extern const struct profile once_profile[];

/* Whatever their arguments are. */
static const char *const always[] = {
	"ppoll",
	"clock_gettime",
	"recvmsg",
	"sendmsg",
	"read",
	"pread64",
	"close",
	"waitid",
	"exit_group",
	"getpgid",
	"getsid",
	"getpid",
	"pidfd_send_signal",
};

static const struct call {
	const char *name;
	uint64_t args[6];
	bool is_allowed;
} calls[] = {
	/* a process or a group, but neither our own nor all of the world */
	{ "kill", { (uint32_t)-2, 9 }, true },
	{ "kill", { (uint32_t)-70000, 15 }, true },
	{ "kill", { 70000, 9 }, true },
	{ "kill", { (uint32_t)-1, 9 }, false },
	{ "kill", { UINT64_MAX, 9 }, false },
	{ "kill", { 0, 9 }, false },
	{ "kill", { 0xffffffff00000000, 9 }, false },
	/* a lock's end or beginning, and neither waiting nor flags */
	{ "fcntl", { 5, F_OFD_SETLK }, true },
	{ "fcntl", { 5, F_OFD_SETLKW }, false },
	{ "fcntl", { 5, F_SETLK }, false },
	{ "fcntl", { 5, F_DUPFD }, false },
	{ "fcntl", { 5, F_SETFL, O_ASYNC }, false },
	{ "fcntl", { 5, F_SETOWN, 1 }, false },
	/* a line of the log goes out as answers do */
	{ "sendto", { 4, 0, 9, MSG_DONTWAIT | MSG_NOSIGNAL }, false },
};

static struct policy *policy;

static uint32_t
answer(uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };
	uint32_t filter, meant;

	memcpy(data.args, args, sizeof(data.args));
	filter = bpf_run(once_profile[0].insns, &data, NULL);
	meant = policy_decide(policy, &data, NULL);
	if (filter != meant)
		fail_msg("number %u: the filter says %x, the policy %x", nr,
			 filter, meant);
	return filter;
}

static bool
is_known(const char *name)
{
	for (size_t i = 0; i < N(always); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	for (size_t i = 0; i < N(calls); i++)
		if (strcmp(name, calls[i].name) == 0)
			return true;
	return false;
}

/* Arguments at which something that is allowed could be hidden. */
static const uint64_t probes[][6] = {
	{ 0 },
	{ 1, 1, 1, 1, 1, 1 },
	{ 5, F_OFD_SETLK, O_CLOEXEC, MSG_DONTWAIT | MSG_NOSIGNAL },
	{ (uint32_t)-2, 9, 0, MSG_DONTWAIT | MSG_NOSIGNAL },
	{ 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff },
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
};

static void
every_call_that_is_not_listed_kills(void **state)
{
	const struct calls_arch *host = calls_arch_host();
	size_t killed = 0;

	(void)state;
	for (uint32_t nr = 0; nr < 4096; nr++) {
		const char *name = calls_name(host, nr);

		for (size_t i = 0; i < N(probes); i++) {
			uint32_t r = answer(host->token, nr, probes[i]);

			if (name != NULL && is_known(name))
				continue;
			assert_int_equal(r, SECCOMP_RET_KILL_PROCESS);
			killed++;
		}
	}
	assert_true(killed > 4000 * N(probes));
}

static void
strange_numbers_and_other_architectures_kill(void **state)
{
	static const uint32_t others[] = {
		AUDIT_ARCH_I386, AUDIT_ARCH_X86_64,  AUDIT_ARCH_AARCH64,
		AUDIT_ARCH_ARM,  AUDIT_ARCH_RISCV64, 0,
		UINT32_MAX
	};
	const struct calls_arch *host = calls_arch_host();

	(void)state;
	for (unsigned bit = 12; bit < 32; bit++)
		for (uint32_t nr = 0; nr < 512; nr++)
			assert_int_equal(answer(host->token,
						(uint32_t)1 << bit | nr,
						probes[2]),
					 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(host->token, UINT32_MAX, probes[0]),
			 SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < N(others); i++)
		for (uint32_t nr = 0; nr < 512; nr++)
			if (others[i] != host->token)
				assert_int_equal(answer(others[i], nr,
							probes[2]),
						 SECCOMP_RET_KILL_PROCESS);
}

static void
what_is_listed_is_allowed_and_no_more_of_it(void **state)
{
	const struct calls_arch *host = calls_arch_host();
	uint32_t nr = 0;

	(void)state;
	for (size_t i = 0; i < N(always); i++) {
		assert_true(calls_number(host, always[i], &nr));
		for (size_t p = 0; p < N(probes); p++)
			assert_int_equal(answer(host->token, nr, probes[p]),
					 SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < N(calls); i++) {
		uint32_t expect = calls[i].is_allowed
				      ? SECCOMP_RET_ALLOW
				      : SECCOMP_RET_KILL_PROCESS;

		assert_true(calls_number(host, calls[i].name, &nr));
		if (answer(host->token, nr, calls[i].args) != expect)
			fail_msg("%s, case %zu", calls[i].name, i);
	}
}

/* The names that its text says are those above: none is forgotten here. */
static void
the_policy_names_nothing_else(void **state)
{
	const struct policy_arch *arch = &policy->archs[0];

	(void)state;
	assert_int_equal(policy->n_archs, 1);
	assert_int_equal(arch->default_action, SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(arch->unknown_action, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < arch->n_rules; i++) {
		const char *name = calls_name(arch->calls, arch->rules[i].nr);

		assert_non_null(name);
		if (!is_known(name))
			fail_msg("%s is allowed, and not tested", name);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_that_is_not_listed_kills),
		cmocka_unit_test(strange_numbers_and_other_architectures_kill),
		cmocka_unit_test(what_is_listed_is_allowed_and_no_more_of_it),
		cmocka_unit_test(the_policy_names_nothing_else),
	};
	const struct load_options options = { .confined = false };
	struct caisson_error err = { 0 };
	int r;

	if (argc != 2 || load_file(argv[1], &options, &policy, &err) < 0)
		return 2;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	policy_free(policy);
	return r;
}
