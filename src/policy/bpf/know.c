/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds and known bits of one word, narrowed by condition after condition.
 * Each step only leaves out what the condition excludes; nothing here decides
 * whether conditions can hold together, only whether they openly cannot.
 */
#include "policy/bpf/know.h"

bool
know_holds(uint32_t word, const struct bpf_condition *condition)
{
	uint32_t value = word & condition->mask, k = condition->k;

	switch ((enum bpf_test)condition->test) {
	case BPF_TEST_EQ:
		return value == k;
	case BPF_TEST_NE:
		return value != k;
	case BPF_TEST_GT:
		return value > k;
	case BPF_TEST_LE:
		return value <= k;
	case BPF_TEST_GE:
		return value >= k;
	case BPF_TEST_LT:
		return value < k;
	case BPF_TEST_SET:
		return (value & k) != 0;
	case BPF_TEST_CLEAR:
		return (value & k) == 0;
	}
	return false;
}

struct bpf_condition
know_negated(const struct bpf_condition *condition)
{
	static const uint8_t opposite[] = {
		[BPF_TEST_EQ] = BPF_TEST_NE,
		[BPF_TEST_NE] = BPF_TEST_EQ,
		[BPF_TEST_GT] = BPF_TEST_LE,
		[BPF_TEST_LE] = BPF_TEST_GT,
		[BPF_TEST_GE] = BPF_TEST_LT,
		[BPF_TEST_LT] = BPF_TEST_GE,
		[BPF_TEST_SET] = BPF_TEST_CLEAR,
		[BPF_TEST_CLEAR] = BPF_TEST_SET,
	};
	struct bpf_condition negated = *condition;

	negated.test = opposite[condition->test];
	return negated;
}

bool
know_allows(const struct know *know, const struct bpf_condition *condition)
{
	uint32_t mask = condition->mask, k = condition->k;
	uint32_t low = know->ones & mask, high = ~know->zeros & mask;

	/* A masked word is never more than the word. */
	if (high > know->max)
		high = know->max;
	if (mask == UINT32_MAX && low < know->min)
		low = know->min;
	switch ((enum bpf_test)condition->test) {
	case BPF_TEST_EQ:
		return k >= low && k <= high && (k & ~mask) == 0 &&
		       (k & know->zeros) == 0 && (know->ones & mask & ~k) == 0;
	case BPF_TEST_NE:
		return low != high || low != k;
	case BPF_TEST_GT:
		return high > k;
	case BPF_TEST_LE:
		return low <= k;
	case BPF_TEST_GE:
		return high >= k;
	case BPF_TEST_LT:
		return low < k;
	case BPF_TEST_SET:
		return (~know->zeros & mask & k) != 0;
	case BPF_TEST_CLEAR:
		return (know->ones & mask & k) == 0;
	}
	return false;
}

/* Bounds tell of the bits that they share, bits tell of the bounds. */
static bool
settle(struct know *know)
{
	uint32_t differ = know->min ^ know->max, shared;

	if (know->min > know->max)
		return false;
	for (unsigned shift = 1; shift < 32; shift *= 2)
		differ |= differ >> shift;
	shared = ~differ;
	know->ones |= know->min & shared;
	know->zeros |= ~know->min & shared;
	if (know->min < know->ones)
		know->min = know->ones;
	if (know->max > ~know->zeros)
		know->max = ~know->zeros;
	return (know->ones & know->zeros) == 0 && know->min <= know->max;
}

static bool
is_single(uint32_t bits)
{
	return bits != 0 && (bits & (bits - 1)) == 0;
}

static void
learn_bits(struct know *know, const struct bpf_condition *condition)
{
	uint32_t mask = condition->mask, k = condition->k;

	switch ((enum bpf_test)condition->test) {
	case BPF_TEST_EQ:
		know->ones |= k;
		know->zeros |= mask & ~k;
		break;
	case BPF_TEST_NE:
		if (is_single(mask) && k == mask)
			know->zeros |= mask;
		if (is_single(mask) && k == 0)
			know->ones |= mask;
		break;
	case BPF_TEST_SET:
		if (is_single(~know->zeros & mask & k))
			know->ones |= ~know->zeros & mask & k;
		break;
	case BPF_TEST_CLEAR:
		know->zeros |= mask & k;
		break;
	case BPF_TEST_GT:
	case BPF_TEST_LE:
	case BPF_TEST_GE:
	case BPF_TEST_LT:
		break;
	}
}

static void
learn_bounds(struct know *know, const struct bpf_condition *condition)
{
	uint32_t k = condition->k;

	switch ((enum bpf_test)condition->test) {
	case BPF_TEST_EQ:
		know->min = know->max = k;
		break;
	case BPF_TEST_NE:
		know->min += k == know->min;
		know->max -= k == know->max;
		break;
	case BPF_TEST_GT:
		know->min = k >= know->min ? k + 1 : know->min;
		break;
	case BPF_TEST_LE:
		know->max = k < know->max ? k : know->max;
		break;
	case BPF_TEST_GE:
		know->min = k > know->min ? k : know->min;
		break;
	case BPF_TEST_LT:
		know->max = k <= know->max ? k - 1 : know->max;
		break;
	case BPF_TEST_SET:
	case BPF_TEST_CLEAR:
		break;
	}
}

/* What is not allowed is gone, so no sum or difference here wraps around. */
bool
know_learn(struct know *know, const struct bpf_condition *condition)
{
	if (!know_allows(know, condition))
		return false;
	if (condition->mask == UINT32_MAX)
		learn_bounds(know, condition);
	learn_bits(know, condition);
	return settle(know);
}
