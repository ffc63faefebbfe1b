/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defects for the proofs to find.  A place is found by what an instruction
 * does (which word it compares, with what), or the policy is changed before
 * the filter is made of it.  The first place counts at which the answer to
 * some call changes; which one, is tried with calls made of the constants of
 * both filters, so that the proofs have no part in the choice.
 */
#include "mutants.h"

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/policy.h"

#include <linux/bpf_common.h>
#include <stdlib.h>
#include <string.h>

#define CALLS   400000
#define NO_WORD 0xff

struct spot {
	struct sock_filter *f;
	uint8_t word; /* that A holds, masked or not */
	const struct policy *policy;
};

/* Each: false, if this is no such place. */
static bool
later(struct spot *spot)
{
	spot->f->k++;
	return spot->word == 0 && spot->f->code == (BPF_JMP | BPF_JGE);
}

static bool
earlier(struct spot *spot)
{
	spot->f->k--;
	return spot->word == 0 && spot->f->code == (BPF_JMP | BPF_JGE);
}

static bool
bound(struct spot *spot)
{
	uint16_t code = spot->f->code;

	spot->f->k++;
	return spot->word >= 4 && spot->word != NO_WORD &&
	       (code == (BPF_JMP | BPF_JGE) || code == (BPF_JMP | BPF_JGT));
}

static bool
half(struct spot *spot, bool high)
{
	spot->f->jf = spot->f->jt;
	return spot->word >= 4 && spot->word != NO_WORD &&
	       (spot->word & 1) == high && spot->f->code == (BPF_JMP | BPF_JEQ);
}

static bool
high(struct spot *spot)
{
	return half(spot, true);
}

static bool
low(struct spot *spot)
{
	return half(spot, false);
}

static bool
swapped(struct spot *spot)
{
	uint8_t jt = spot->f->jt;

	spot->f->jt = spot->f->jf;
	spot->f->jf = jt;
	return spot->word == 0 && BPF_CLASS(spot->f->code) == BPF_JMP &&
	       BPF_OP(spot->f->code) != BPF_JA;
}

static bool
returns(struct spot *spot, uint32_t action, uint32_t instead)
{
	bool here = spot->f->code == (BPF_RET | BPF_K) && spot->f->k == action;

	spot->f->k = instead;
	return here;
}

static bool
by_default(struct spot *spot)
{
	return returns(spot, spot->policy->archs[0].default_action,
		       SECCOMP_RET_ALLOW);
}

static bool
unknown(struct spot *spot)
{
	return returns(spot, spot->policy->archs[0].unknown_action,
		       SECCOMP_RET_ALLOW);
}

static bool
foreign(struct spot *spot)
{
	return returns(spot, spot->policy->foreign_action, SECCOMP_RET_ALLOW);
}

static bool
number(struct spot *spot)
{
	uint32_t action = spot->f->k++ & SECCOMP_RET_ACTION_FULL;

	return spot->f->code == (BPF_RET | BPF_K) &&
	       action == SECCOMP_RET_ERRNO;
}

static bool
x32(struct spot *spot)
{
	spot->f->jt = spot->f->jf;
	return spot->word == 0 && spot->f->k == CALLS_X32_BIT &&
	       BPF_CLASS(spot->f->code) == BPF_JMP;
}

static bool
minus_one(struct spot *spot)
{
	spot->f->jt = spot->f->jf;
	return spot->word == 0 && spot->f->k == CALLS_NONE &&
	       spot->f->code == (BPF_JMP | BPF_JEQ);
}

static bool
architecture(struct spot *spot)
{
	spot->f->jf = spot->f->jt;
	return spot->word == 1 && spot->f->code == (BPF_JMP | BPF_JEQ);
}

static bool
bit(struct spot *spot)
{
	uint32_t k = spot->f->k;

	spot->f->k = k & (k - 1);
	return spot->word >= 4 && spot->word != NO_WORD &&
	       (spot->f->code == (BPF_JMP | BPF_JSET) ||
		spot->f->code == (BPF_ALU | BPF_AND));
}

/* In a policy: false, if there is nothing to be changed. */
static bool
width(struct policy_rule *rule)
{
	bool any = false;

	for (size_t c = 0; c < rule->n_clauses; c++)
		for (size_t i = 0; i < rule->clauses[c].n_atoms; i++) {
			struct policy_atom *atom = &rule->clauses[c].atoms[i];

			any |= atom->width == 32;
			atom->width = 64;
		}
	return any;
}

static bool
forgotten(struct policy_rule *rule)
{
	if (rule->n_clauses < 2)
		return false;
	/* policy_free frees what is counted. */
	free(rule->clauses[--rule->n_clauses].atoms);
	return true;
}

static bool
inclusive(struct policy_rule *rule)
{
	bool any = false;

	for (size_t c = 0; c < rule->n_clauses; c++)
		for (size_t i = 0; i < rule->clauses[c].n_atoms; i++) {
			uint8_t *op = &rule->clauses[c].atoms[i].op;

			any |= *op == POLICY_LT || *op == POLICY_GT;
			if (*op == POLICY_LT)
				*op = POLICY_LE;
			if (*op == POLICY_GT)
				*op = POLICY_GE;
		}
	return any;
}

static const struct mutant {
	const char *name;
	bool (*change)(struct spot *spot);
	bool (*change_rule)(struct policy_rule *rule);
} mutants[] = {
	{ "a_range_of_numbers_begins_one_later", later, NULL },
	{ "a_range_of_numbers_begins_one_earlier", earlier, NULL },
	{ "the_bound_of_an_argument_is_off_by_one", bound, NULL },
	{ "a_high_word_is_not_compared", high, NULL },
	{ "a_low_word_is_not_compared", low, NULL },
	{ "the_targets_of_a_jump_are_swapped", swapped, NULL },
	{ "the_default_is_another_answer", by_default, NULL },
	{ "unknown_numbers_are_allowed", unknown, NULL },
	{ "foreign_architectures_are_allowed", foreign, NULL },
	{ "an_error_number_is_off_by_one", number, NULL },
	{ "x32_is_not_looked_at", x32, NULL },
	{ "the_number_minus_one_is_taken_for_x32", minus_one, NULL },
	{ "the_architecture_is_not_looked_at", architecture, NULL },
	{ "a_bit_of_a_mask_is_lost", bit, NULL },
	{ "the_width_of_an_argument_is_forgotten", NULL, width },
	{ "a_clause_is_forgotten", NULL, forgotten },
	{ "a_bound_is_taken_to_be_inside", NULL, inclusive },
};

#define N_MUTANTS (sizeof(mutants) / sizeof(mutants[0]))

const char *
mutant_at(size_t i)
{
	return i < N_MUTANTS ? mutants[i].name : NULL;
}

/* What word A holds at each instruction; masks keep it. */
static void
find_words(const struct filter *filter, uint8_t words[FILTER_MAX])
{
	memset(words, NO_WORD, FILTER_MAX);
	for (size_t i = 0; i + 1 < filter->len; i++) {
		const struct sock_filter *f = &filter->insns[i];

		if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			words[i + 1] = (uint8_t)(f->k / 4);
		else if (f->code == (BPF_JMP | BPF_JA))
			words[i + 1 + f->k] = words[i];
		else if (BPF_CLASS(f->code) == BPF_JMP)
			words[i + 1 + f->jt] = words[i + 1 + f->jf] = words[i];
		else if (BPF_CLASS(f->code) == BPF_ALU)
			words[i + 1] = words[i];
	}
}

static uint64_t seed;

static uint32_t
random_word(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 32);
}

/* Of an instruction, or near it. */
static uint32_t
random_constant(const struct filter *a, const struct filter *b)
{
	const struct filter *from = random_word() % 2 == 0 ? a : b;

	if (random_word() % 8 == 0)
		return random_word() % 2 == 0 ? 0 : CALLS_X32_BIT;
	return from->insns[random_word() % from->len].k + random_word() % 3 - 1;
}

/* Is there a call that both answer differently? */
static bool
bites(const struct filter *a, const struct filter *b,
      const struct policy *policy)
{
	seed = 1;
	for (unsigned i = 0; i < CALLS; i++) {
		const struct policy_arch *arch =
		    &policy->archs[random_word() % policy->n_archs];
		struct seccomp_data data = { .arch = arch->calls->token };
		uint64_t arg = (uint64_t)random_constant(a, b) << 32;

		arg |= random_constant(a, b);
		if (random_word() % 2 == 0)
			arg &= UINT32_MAX;
		data.nr = (int)random_constant(a, b);
		if (random_word() % 2 == 0)
			data.nr =
			    (int)arch->rules[random_word() % arch->n_rules].nr;
		if (random_word() % 64 == 0)
			data.arch ^= 1;
		for (int n = 0; n < 6; n++)
			data.args[n] = arg;
		if (bpf_run(a->insns, &data, NULL) !=
		    bpf_run(b->insns, &data, NULL))
			return true;
	}
	return false;
}

static int
change_filter(const struct mutant *mutant, const struct policy *policy,
	      struct filter *filter)
{
	struct filter good = { calloc(filter->len, sizeof(*good.insns)),
			       filter->len };
	uint8_t words[FILTER_MAX];
	bool found = false;

	if (good.insns == NULL)
		return -1;
	memcpy(good.insns, filter->insns, good.len * sizeof(*good.insns));
	find_words(&good, words);
	for (size_t i = 0; i < good.len && !found; i++) {
		struct spot spot = { &filter->insns[i], words[i], policy };

		found = mutant->change(&spot) &&
			bpf_is_valid(filter->insns, filter->len) &&
			bites(&good, filter, policy);
		if (!found)
			filter->insns[i] = good.insns[i];
	}
	filter_done(&good);
	return found ? 0 : -1;
}

/* All rules; the first architecture is enough. */
static int
change_policy(const struct mutant *mutant, const struct policy *policy,
	      struct filter *filter)
{
	struct policy *copy = policy_copy(policy);
	struct filter made = { 0 };
	bool any = false;

	if (copy == NULL)
		return -1;
	for (size_t i = 0; i < copy->archs[0].n_rules; i++)
		any |= mutant->change_rule(&copy->archs[0].rules[i]);
	if (!any || filter_generate(copy, &made, NULL) < 0 ||
	    !bites(filter, &made, policy)) {
		policy_free(copy);
		filter_done(&made);
		return -1;
	}
	policy_free(copy);
	filter_done(filter);
	*filter = made;
	return 0;
}

int
mutant_apply(const char *name, const struct policy *policy,
	     struct filter *filter)
{
	for (size_t i = 0; i < N_MUTANTS; i++)
		if (strcmp(mutants[i].name, name) == 0)
			return mutants[i].change != NULL
				   ? change_filter(&mutants[i], policy, filter)
				   : change_policy(&mutants[i], policy, filter);
	return -1;
}
