/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of filters: its paths are all there are, exclude each other, and
 * end as the filter does.  Random filters of every instruction that keeps
 * values masked words; then the shapes that must not become too many paths.
 */
#include "policy/bpf.h"
#include "policy/bpf/know.h"

#include <linux/bpf_common.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN          40
#define CALLS        50
#define WORD(i)      ((uint32_t)(i)*4)
#define LD(i)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WORD(i))
#define RET(k)       BPF_STMT(BPF_RET | BPF_K, (k))
#define JEQ(k, t, f) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (t), (f))

static uint64_t seed = 7;

static uint32_t
random_word(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 32);
}

/* Small and near each other, so that comparisons meet. */
static uint32_t
random_constant(void)
{
	switch (random_word() % 4) {
	case 0:
		return UINT32_C(1) << random_word() % 32;
	case 1:
		return UINT32_MAX - random_word() % 4;
	default:
		return random_word() % 8;
	}
}

static struct sock_filter
random_insn(size_t left)
{
	static const uint16_t plain[] = {
		BPF_LD | BPF_W | BPF_ABS,  BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_W | BPF_ABS,  BPF_ALU | BPF_AND | BPF_K,
		BPF_MISC | BPF_TAX,        BPF_MISC | BPF_TXA,
		BPF_ALU | BPF_AND | BPF_X, BPF_ST,
		BPF_LD | BPF_MEM,          BPF_LDX | BPF_IMM,
		BPF_LDX | BPF_W | BPF_LEN,
	};
	static const uint16_t jumps[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	struct sock_filter f = { .k = random_constant() };

	if (random_word() % 2 == 0 && left > 1) {
		f.code = (uint16_t)(BPF_JMP | jumps[random_word() % 4]);
		f.code |= random_word() % 8 == 0 ? BPF_X : BPF_K;
		f.jt = (uint8_t)(random_word() % (left < 6 ? left : 6));
		f.jf = (uint8_t)(random_word() % (left < 6 ? left : 6));
		return f;
	}
	f.code = plain[random_word() % (sizeof(plain) / sizeof(plain[0]))];
	if (f.code == (BPF_LD | BPF_W | BPF_ABS))
		f.k = WORD(random_word() % 3);
	if (f.code == BPF_ST || f.code == (BPF_LD | BPF_MEM))
		f.k = random_word() % 2;
	if (random_word() % 6 == 0)
		return (struct sock_filter)RET(random_word() % 5);
	return f;
}

static void
random_filter(struct sock_filter insns[LEN])
{
	do {
		for (size_t i = 0; i < LEN - 1; i++)
			insns[i] = random_insn(LEN - 1 - i);
		insns[0] = (struct sock_filter)BPF_STMT(BPF_ST, 0);
		insns[1] = (struct sock_filter)BPF_STMT(BPF_ST, 1);
		insns[LEN - 1] = (struct sock_filter)RET(9);
	} while (!bpf_is_valid(insns, LEN));
}

struct call {
	struct seccomp_data data;
	uint32_t words[16];
	unsigned taken; /* paths whose conditions it fulfils */
	uint32_t action;
};

struct calls {
	struct call v[CALLS];
	const struct sock_filter *insns;
	unsigned paths, possible;
};

static bool
takes(const struct call *call, const struct bpf_path *path)
{
	for (size_t i = 0; i < path->n; i++)
		if (!know_holds(call->words[path->conditions[i].word],
				&path->conditions[i]))
			return false;
	return true;
}

static int
note_path(const struct bpf_path *path, void *arg)
{
	struct calls *calls = arg;
	uint32_t words[16] = { 0 };
	struct seccomp_data data;

	calls->paths++;
	for (size_t i = 0; i < CALLS; i++)
		if (takes(&calls->v[i], path)) {
			calls->v[i].taken++;
			calls->v[i].action = path->action;
		}
	if (!bpf_solve(path->conditions, path->n, words))
		return 0;
	calls->possible++;
	memcpy(&data, words, sizeof(data));
	assert_int_equal(bpf_run(calls->insns, &data, NULL), path->action);
	return 0;
}

static void
each_call_takes_one_path_and_gets_its_answer(void **state)
{
	struct sock_filter insns[LEN];
	unsigned walked = 0, possible = 0, given_up = 0;

	(void)state;
	for (unsigned round = 0; round < 1500; round++) {
		struct calls calls = { .insns = insns };

		random_filter(insns);
		for (size_t i = 0; i < CALLS; i++) {
			for (size_t w = 0; w < 16; w++)
				calls.v[i].words[w] = random_constant();
			memcpy(&calls.v[i].data, calls.v[i].words,
			       sizeof(calls.v[i].data));
		}
		if (bpf_walk(insns, LEN, note_path, &calls) < 0) {
			given_up++;
			continue;
		}
		walked++;
		possible += calls.possible;
		for (size_t i = 0; i < CALLS; i++) {
			assert_int_equal(calls.v[i].taken, 1);
			assert_int_equal(calls.v[i].action,
					 bpf_run(insns, &calls.v[i].data,
						 NULL));
		}
	}
	assert_in_range(walked, 1000, 1500);
	assert_in_range(given_up, 1, 500);
	assert_in_range(possible, 3000, UINT32_MAX);
}

static int
count(const struct bpf_path *path, void *arg)
{
	(void)path;
	(*(unsigned *)arg)++;
	return 0;
}

static void
a_list_of_numbers_has_one_path_each(void **state)
{
	static struct sock_filter insns[2002];
	unsigned paths = 0;

	(void)state;
	insns[0] = (struct sock_filter)LD(0);
	for (uint32_t i = 0; i < 1000; i++) {
		/* Twice the same numbers: the second time nothing is open. */
		insns[1 + 2 * i] = (struct sock_filter)JEQ(i % 500, 0, 1);
		insns[2 + 2 * i] = (struct sock_filter)RET(i % 500);
	}
	insns[2001] = (struct sock_filter)RET(SECCOMP_RET_KILL);
	assert_true(bpf_is_valid(insns, 2002));
	assert_int_equal(bpf_walk(insns, 2002, count, &paths), 0);
	assert_int_equal(paths, 501);
}

static void
what_is_not_a_masked_word_is_not_walked(void **state)
{
	struct sock_filter insns[] = {
		LD(0),        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		JEQ(1, 0, 1), RET(1),
		RET(2),
	};
	unsigned paths = 0;

	(void)state;
	assert_int_equal(bpf_walk(insns, 5, count, &paths), BPF_WALK_UNKNOWN);
	insns[1] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 5);
	assert_int_equal(bpf_walk(insns, 5, count, &paths), 0);
	assert_int_equal(paths, 2);
	/* Calculated, but neither compared nor returned. */
	insns[1].code = BPF_ALU | BPF_NEG;
	insns[2] = (struct sock_filter)LD(4);
	assert_int_equal(bpf_walk(insns, 5, count, &paths), 0);
	insns[2].code = BPF_RET | BPF_A;
	assert_int_equal(bpf_walk(insns, 5, count, &paths), BPF_WALK_UNKNOWN);
}

/* Twenty-one tests of bits that say nothing of each other. */
static void
too_many_paths_are_given_up(void **state)
{
	struct sock_filter insns[64];
	size_t n = 0;
	unsigned paths = 0;

	(void)state;
	insns[n++] = (struct sock_filter)LD(0);
	for (unsigned bit = 0; bit < 21; bit++) {
		insns[n++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						 UINT32_C(1) << bit, 0, 1);
		insns[n++] = (struct sock_filter)LD(0);
	}
	insns[n++] = (struct sock_filter)RET(0);
	assert_true(bpf_is_valid(insns, n));
	assert_int_equal(bpf_walk(insns, n, count, &paths), BPF_WALK_TOO_MUCH);
	assert_int_equal(paths, BPF_PATHS_MAX);
	insns[3].jt = insns[3].jf; /* one bit less */
	insns[5].jt = insns[5].jf; /* and another */
	paths = 0;
	assert_int_equal(bpf_walk(insns, n, count, &paths), 0);
	assert_int_equal(paths, 1u << 19);
}

static int
stop(const struct bpf_path *path, void *arg)
{
	(void)arg;
	return path->action == 5 ? 17 : 0;
}

static void
a_visitor_ends_the_walk(void **state)
{
	struct sock_filter insns[] = { LD(0), JEQ(1, 0, 1), RET(4), RET(5) };

	(void)state;
	assert_int_equal(bpf_walk(insns, 4, stop, NULL), 17);
	insns[3].k = 6;
	assert_int_equal(bpf_walk(insns, 4, stop, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_takes_one_path_and_gets_its_answer),
		cmocka_unit_test(a_list_of_numbers_has_one_path_each),
		cmocka_unit_test(what_is_not_a_masked_word_is_not_walked),
		cmocka_unit_test(too_many_paths_are_given_up),
		cmocka_unit_test(a_visitor_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
