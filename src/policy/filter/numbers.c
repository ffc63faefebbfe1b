/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of system call numbers: rules, names without a rule, and the gaps
 * between them; for x86_64 and x32, who share a token, both in one.
 */
#include "policy/filter/numbers.h"

#include "policy/calls.h"

/* Beyond this, ends of tables are private numbers far away from the rest. */
#define WEIGHED_MAX 1024u

/* What an instruction costs beside a step, as measured when loading. */
#define STEPS_FACTOR 6u

/* Weights: of a number by itself, and of all @frequency together. */
#define WEIGHT_NUMBER 1024u
#define WEIGHT_SAID   ((uint64_t)4 * WEIGHED_MAX * WEIGHT_NUMBER)

/* A part of the numbers that is one architecture's; arch NULL: foreign. */
struct piece {
	uint32_t first, last;
	const struct policy_arch *arch;
};

struct scan {
	struct numbers *numbers;
	struct segments segments;
	struct args_options options;
	const struct piece *piece;
	uint32_t unnamed, unruled; /* nodes */
	uint64_t said; /* sum of the weights of rules */
	size_t rule, entry;
};

static const struct policy_arch *
arch_of(const struct numbers *numbers, uint32_t nr)
{
	const struct seccomp_data data = { .nr = (int)nr,
					   .arch = numbers->token };

	return policy_arch_of(numbers->policy, &data);
}

/* How often the numbers of a range are called, by themselves. */
static uint64_t
range_weight(const struct piece *piece, uint32_t first, uint32_t last)
{
	const struct calls_arch *calls;
	uint32_t end;

	if (piece->arch == NULL)
		return 0;
	calls = piece->arch->calls;
	end = calls->end < WEIGHED_MAX ? calls->end : WEIGHED_MAX;
	first -= calls->bit;
	last -= calls->bit;
	if (first >= end || last < first)
		return 0;
	return ((last < end ? last + 1 : end) - first) *
	       (uint64_t)WEIGHT_NUMBER;
}

static int
add(struct scan *scan, uint32_t first, uint32_t last, uint32_t leaf)
{
	const struct segment segment = {
		.first = first,
		.leaf = leaf,
		.weight = range_weight(scan->piece, first, last),
	};

	if (leaf == NODE_NONE)
		return -1;
	if (segments_add(&scan->segments, &segment) == 0)
		return 0;
	scan->numbers->graph->error = GRAPH_NO_MEMORY;
	return -1;
}

static int
add_rule(struct scan *scan, const struct policy_rule *rule)
{
	struct numbers *numbers = scan->numbers;
	struct graph_cost cost;
	uint32_t leaf = args_build(numbers->graph, rule, &scan->options, &cost);

	if (rule->n_clauses > 0 &&
	    (leaf == NODE_NONE || cost.insns > numbers->largest.insns)) {
		numbers->largest.insns = cost.insns;
		numbers->largest.origin = rule->clauses[0].origin;
	}
	if (add(scan, rule->nr, rule->nr, leaf) < 0)
		return -1;
	if (scan->said > 0)
		scan->segments.v[scan->segments.n - 1].weight +=
		    rule->weight * WEIGHT_SAID / scan->said;
	return 0;
}

/* One number that has a rule or a name. */
static int
add_number(struct scan *scan, uint32_t nr)
{
	const struct policy_arch *arch = scan->piece->arch;

	if (scan->rule < arch->n_rules && arch->rules[scan->rule].nr == nr)
		return add_rule(scan, &arch->rules[scan->rule]);
	return add(scan, nr, nr, scan->unruled);
}

/* The next one of them from `from` on; false: there is none. */
static bool
find_next(struct scan *scan, uint32_t from, uint32_t *out)
{
	const struct policy_arch *arch = scan->piece->arch;
	const struct calls_arch *calls = arch->calls;
	uint32_t next = scan->piece->last;
	bool found = false;

	while (scan->rule < arch->n_rules && arch->rules[scan->rule].nr < from)
		scan->rule++;
	while (scan->entry < calls->n &&
	       calls->by_number[scan->entry].nr < from)
		scan->entry++;
	if (scan->rule < arch->n_rules && arch->rules[scan->rule].nr <= next) {
		next = arch->rules[scan->rule].nr;
		found = true;
	}
	if (scan->entry < calls->n &&
	    calls->by_number[scan->entry].nr <= next) {
		next = calls->by_number[scan->entry].nr;
		found = true;
	}
	*out = next;
	return found;
}

static int
scan_numbers(struct scan *scan)
{
	const struct piece *piece = scan->piece;
	uint32_t at = piece->first, next = 0;

	scan->rule = scan->entry = 0;
	while (find_next(scan, at, &next)) {
		if (next > at && add(scan, at, next - 1, scan->unnamed) < 0)
			return -1;
		if (add_number(scan, next) < 0)
			return -1;
		if (next == piece->last)
			return 0;
		at = next + 1;
	}
	return add(scan, at, piece->last, scan->unnamed);
}

static int
scan_piece(struct scan *scan, const struct piece *piece)
{
	struct numbers *numbers = scan->numbers;
	const struct policy_arch *arch = piece->arch;

	scan->piece = piece;
	if (arch == NULL)
		return add(scan, piece->first, piece->last,
			   graph_return(numbers->graph,
					numbers->policy->foreign_action));
	scan->unnamed = graph_return(numbers->graph, arch->unknown_action);
	scan->unruled = graph_return(numbers->graph, arch->default_action);
	scan->options = (struct args_options){
		.default_action = arch->default_action,
		.big_endian = arch->calls->big_endian,
		.budget = &numbers->budget,
	};
	return scan_numbers(scan);
}

/*
 * The end that x86_64 has when neither it nor x32 has rules there: one test of
 * the bit does for four of the ranges, and none of it is on the way of a
 * number that there is.
 */
static int
fold_end(struct scan *scan)
{
	static const uint32_t firsts[] = { CALLS_X32_BIT, 2 * CALLS_X32_BIT,
					   3 * CALLS_X32_BIT, CALLS_NONE };
	struct segment *v = scan->segments.v;
	struct node test = { .word = WORD_NR };
	size_t n = scan->segments.n;

	if (n < 5)
		return 0;
	v += n - 5;
	for (size_t i = 0; i < 4; i++)
		if (v[1 + i].first != firsts[i])
			return 0;
	if (v[0].leaf != v[2].leaf || v[1].leaf != v[3].leaf)
		return 0;
	test.k = CALLS_NONE;
	test.yes = v[4].leaf;
	test.no = v[1].leaf;
	test.yes = graph_eq(scan->numbers->graph, &test);
	test.k = test.mask = CALLS_X32_BIT;
	test.no = v[0].leaf;
	v[0].leaf = graph_bits(scan->numbers->graph, &test);
	scan->segments.n = n - 4;
	return v[0].leaf == NODE_NONE ? -1 : 0;
}

static uint64_t
sum_of_weights(const struct numbers *numbers)
{
	const struct policy *policy = numbers->policy;
	uint64_t sum = 0;

	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];

		if (arch->calls->token != numbers->token)
			continue;
		for (size_t k = 0; k < arch->n_rules; k++)
			sum += arch->rules[k].weight;
	}
	return sum;
}

uint32_t
numbers_build(struct numbers *numbers)
{
	static const uint32_t firsts[] = { 0, CALLS_X32_BIT, 2 * CALLS_X32_BIT,
					   3 * CALLS_X32_BIT, CALLS_NONE };
	struct scan scan = {
		.numbers = numbers,
		.segments = { .last = UINT32_MAX,
			      .word = WORD_NR,
			      .steps_factor = STEPS_FACTOR },
		.said = sum_of_weights(numbers),
	};
	uint32_t root = NODE_NONE;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 5; i++) {
		struct piece piece = { .first = firsts[i] };

		piece.last = i < 4 ? firsts[i + 1] - 1 : UINT32_MAX;
		piece.arch = arch_of(numbers, piece.first);
		r = scan_piece(&scan, &piece);
	}
	if (r == 0 && fold_end(&scan) == 0)
		root = tree_build(numbers->graph, &scan.segments);
	segments_done(&scan.segments);
	return root;
}
