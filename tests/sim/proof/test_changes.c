/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every small change of one instruction, for each instruction of a filter: the
 * comparison of filters says whether it matters, and if it does the check at
 * the boundaries has to find it too; if not, it has to pass.  The arguments
 * are profiles or files.
 */
#include "loading.h"

#include "policy/bpf.h"
#include "policy/proof.h"

#include <linux/bpf_common.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHANGES_MAX 128

struct count {
	unsigned changes, matter;
};

static size_t
add(struct sock_filter changes[CHANGES_MAX], size_t n,
    const struct sock_filter *f, uint32_t k)
{
	changes[n] = *f;
	changes[n].k = k;
	return n + 1;
}

static size_t
change_constant(const struct sock_filter *f,
		struct sock_filter changes[CHANGES_MAX])
{
	size_t n = 0;

	for (unsigned bit = 0; bit < 32; bit++)
		n = add(changes, n, f, f->k ^ UINT32_C(1) << bit);
	n = add(changes, n, f, f->k + 1);
	n = add(changes, n, f, f->k - 1);
	n = add(changes, n, f, 0);
	n = add(changes, n, f, UINT32_MAX);
	for (uint32_t at = 0; at < sizeof(struct seccomp_data); at += 4)
		n = add(changes, n, f, at);
	return n;
}

static size_t
change_jump(const struct sock_filter *f,
	    struct sock_filter changes[CHANGES_MAX])
{
	static const uint16_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	const uint8_t jt = f->jt, jf = f->jf;
	const uint8_t targets[][2] = {
		{ jf, jt },
		{ jt, jt },
		{ jf, jf },
		{ (uint8_t)(jt + 1), jf },
		{ (uint8_t)(jt - 1), jf },
		{ jt, (uint8_t)(jf + 1) },
		{ jt, (uint8_t)(jf - 1) },
	};
	size_t n = 0;

	if (BPF_CLASS(f->code) != BPF_JMP || BPF_OP(f->code) == BPF_JA)
		return 0;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		changes[n] = *f;
		changes[n].jt = targets[i][0];
		changes[n++].jf = targets[i][1];
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		changes[n] = *f;
		changes[n++].code = (uint16_t)(BPF_JMP | ops[i]);
	}
	return n;
}

static void
check_change(const struct loading *wrong, const struct filter *right,
	     struct count *count)
{
	struct proof_witness one;
	struct proof_list list = { .v = &one, .max = 1 };
	struct caisson_error err = { 0 };
	int r;

	if (!bpf_is_valid(wrong->filter.insns, wrong->filter.len) ||
	    proof_differences(&wrong->filter, right, &list, &err) < 0)
		return;
	count->changes++;
	count->matter += list.n > 0;
	r = proof_boundaries(wrong->policy, &wrong->filter, NULL, &err);
	if (r == 0 && list.n > 0)
		fail_msg("not found: call %#x of %#x, %#llx %#llx %#llx",
			 (unsigned)one.data.nr, one.data.arch, one.data.args[0],
			 one.data.args[1], one.data.args[2]);
	if (r < 0 && list.n == 0)
		fail_msg("no difference, but: %s", err.msg);
}

static void
check_policy(const char *name, struct count *count)
{
	struct loading right = loading_named(name, "x86_64");
	struct loading wrong = loading_named(name, "x86_64");
	struct sock_filter changes[CHANGES_MAX];

	for (size_t i = 0; i < right.filter.len; i++) {
		const struct sock_filter *f = &right.filter.insns[i];
		size_t n = change_constant(f, changes);

		n += change_jump(f, changes + n);
		for (size_t c = 0; c < n; c++) {
			wrong.filter.insns[i] = changes[c];
			check_change(&wrong, &right.filter, count);
		}
		wrong.filter.insns[i] = *f;
	}
	loading_done(&right);
	loading_done(&wrong);
}

static char **policies;

static void
every_change_that_matters_is_found_at_the_boundaries(void **state)
{
	struct count count = { 0 };

	(void)state;
	for (char **name = policies; *name != NULL; name++)
		check_policy(*name, &count);
	assert_in_range(count.matter, 1000, UINT32_MAX);
	assert_in_range(count.changes - count.matter, 10, UINT32_MAX);
	print_message("%u changes, of which %u matter\n", count.changes,
		      count.matter);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_change_that_matters_is_found_at_the_boundaries),
	};

	if (argc < 2)
		return 2;
	policies = argv + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
