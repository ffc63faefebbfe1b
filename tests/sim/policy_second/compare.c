/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_decide is what is right; filters are run in the evaluator.  Nothing
 * is loaded.
 */
#include "compare.h"

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/proof.h"
#include "policy/second/compile.h"

#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define CPU_SECONDS 60

static char watched[256];

struct filters {
	struct filter first, second;
	bool swapped;
};

static uint32_t
run(const struct filters *filters, const struct filter *filter,
    const struct seccomp_data *data)
{
	struct seccomp_data own = *data;

	for (int i = 0; filters->swapped && i < 6; i++)
		own.args[i] = data->args[i] << 32 | data->args[i] >> 32;
	return bpf_run(filter->insns, &own, NULL);
}

static bool
agree(struct comparison *c, const struct filters *filters,
      const struct seccomp_data *data)
{
	const struct policy *reference =
	    c->reference != NULL ? c->reference : c->policy;
	uint32_t right = policy_decide(reference, data, NULL);
	uint32_t second = run(filters, &filters->second, data);
	uint32_t first = right;

	if (filters->first.insns != NULL)
		first = run(filters, &filters->first, data);
	if (first == right && second == right)
		return true;
	(void)snprintf(c->why, sizeof(c->why),
		       "arch %#x nr %#x (%#llx, %#llx, %#llx, %#llx, %#llx, "
		       "%#llx): policy %#x, generator %#x, libseccomp %#x",
		       data->arch, (unsigned)data->nr,
		       (unsigned long long)data->args[0],
		       (unsigned long long)data->args[1],
		       (unsigned long long)data->args[2],
		       (unsigned long long)data->args[3],
		       (unsigned long long)data->args[4],
		       (unsigned long long)data->args[5], right, first, second);
	return false;
}

/* Every step-th number from 0 to 1023, the same of x32, and -1. */
static bool
agree_on_numbers(struct comparison *c, const struct filters *filters,
		 uint32_t token, int step)
{
	struct seccomp_data data = { .arch = token };

	for (int nr = 0; nr < 1024; nr += step) {
		data.nr = nr;
		if (!agree(c, filters, &data))
			return false;
		data.nr |= (int)CALLS_X32_BIT;
		if (!agree(c, filters, &data))
			return false;
	}
	data.nr = -1;
	return agree(c, filters, &data);
}

static bool
agree_on_architectures(struct comparison *c, const struct filters *filters)
{
	static const uint32_t others[] = { AUDIT_ARCH_X86_64,
					   AUDIT_ARCH_I386,
					   AUDIT_ARCH_AARCH64,
					   AUDIT_ARCH_ARM,
					   AUDIT_ARCH_RISCV64,
					   AUDIT_ARCH_S390X,
					   0,
					   0x4000003e,
					   0xffffffff };

	for (size_t i = 0; i < c->policy->n_archs; i++)
		if (!agree_on_numbers(c, filters,
				      c->policy->archs[i].calls->token, 1))
			return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!agree_on_numbers(c, filters, others[i], 59))
			return false;
	return true;
}

static bool
agree_on_all(struct comparison *c, const struct filters *filters,
	     struct random_source *source)
{
	struct seccomp_data data;

	if (!agree_on_architectures(c, filters))
		return false;
	for (unsigned i = 0; i < c->calls; i++) {
		random_call(source, c->policy, &data);
		if (!agree(c, filters, &data))
			return false;
	}
	return true;
}

/* The proofs may look at numbers that libseccomp has its own mind about. */
static bool
is_proved(struct comparison *c, const struct filters *filters)
{
	struct proof_witness witness;
	struct caisson_error err;

	if (c->policy->archs[0].calls->token == AUDIT_ARCH_X86_64)
		return true;
	if (proof_boundaries(c->policy, &filters->second, &witness, &err) == 0)
		return true;
	(void)snprintf(c->why, sizeof(c->why), "%s", err.msg);
	return false;
}

static enum compared
compare_filters(struct comparison *c, struct filters *filters,
		struct random_source *source)
{
	const struct filter *second = &filters->second;

	filters->swapped = c->policy->archs[0].calls->big_endian !=
			   calls_arch_host()->big_endian;
	if (!bpf_is_valid(second->insns, second->len)) {
		(void)snprintf(c->why, sizeof(c->why), "not a valid filter");
		return COMPARED_WRONG;
	}
	if (!agree_on_all(c, filters, source) || !is_proved(c, filters))
		return COMPARED_WRONG;
	return COMPARED_EQUAL;
}

enum compared
compare(struct comparison *c, struct random_source *source)
{
	struct filters filters = { { NULL, 0 }, { NULL, 0 }, false };
	struct caisson_error err;
	enum compared result;
	int r = second_generate(c->policy, &filters.second, &err);

	if (r < 0) {
		(void)snprintf(c->why, sizeof(c->why), "%s", err.msg);
		return r == CAISSON_E_UNSUPPORTED ? COMPARED_SKIPPED
						  : COMPARED_WRONG;
	}
	/* Not for every architecture, and not without bounds of its own. */
	r = filter_generate(c->policy, &filters.first, &err);
	if (r < 0)
		filters.first = (struct filter){ NULL, 0 };
	result = compare_filters(c, &filters, source);
	if (r < 0 && r != CAISSON_E_UNSUPPORTED && r != CAISSON_E_POLICY) {
		(void)snprintf(c->why, sizeof(c->why), "%s", err.msg);
		result = COMPARED_WRONG;
	}
	filter_done(&filters.first);
	filter_done(&filters.second);
	return result;
}

static void
too_long(int signo)
{
	static const char text[] = ": too long\n";

	(void)signo;
	if (write(STDERR_FILENO, watched, strlen(watched)) < 0 ||
	    write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void
set_timer(time_t seconds)
{
	const struct itimerval timer = { .it_value = { .tv_sec = seconds } };

	(void)setitimer(ITIMER_PROF, &timer, NULL);
}

void
compare_watch(const char *what)
{
	const struct sigaction action = { .sa_handler = too_long };

	(void)snprintf(watched, sizeof(watched), "%s", what);
	(void)sigaction(SIGPROF, &action, NULL);
	set_timer(CPU_SECONDS);
}

void
compare_done(void)
{
	set_timer(0);
}
