/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule word by word.  What is left of it under the facts decides which word
 * comes next; all values that it is compared with cut it into ranges, each
 * with its own continuation; a search tree tells them apart.  Comparisons
 * under a mask are made one by one.
 */
#include "policy/filter/args.h"
#include "policy/filter/tree.h"

#include <stdlib.h>

struct words {
	const struct args *args;
	uint32_t nodes_start;
};

/* What is left of a rule. */
struct rest {
	size_t from, to; /* clauses that may hold; the first one is open */
	uint8_t word; /* to be looked at */
};

struct cuts {
	uint32_t *v; /* heap */
	size_t n, room;
};

static uint32_t
decide(const struct words *words, const struct facts *facts, size_t from);

static enum truth
clause_truth(const struct args *args, const struct facts *facts, size_t i)
{
	const struct args_clause *clause = &args->clauses[i];
	enum truth truth = TRUTH_YES;

	for (size_t k = 0; k < clause->n; k++) {
		enum truth t =
		    facts_term(facts, &args->terms[clause->first + k]);

		if (t == TRUTH_NO)
			return TRUTH_NO;
		if (t == TRUTH_OPEN)
			truth = TRUTH_OPEN;
	}
	return truth;
}

static bool
is_exhausted(const struct words *words)
{
	const struct args *args = words->args;

	return *args->budget < 4 * args->n_terms + 4 ||
	       args->graph->n - words->nodes_start > args->nodes_max;
}

static void
count_uses(const struct args *args, const struct facts *facts, size_t i,
	   unsigned uses[WORDS_ARGS])
{
	const struct args_clause *clause = &args->clauses[i];

	for (size_t k = 0; k < clause->n; k++) {
		const struct term *term = &args->terms[clause->first + k];
		unsigned sides = 0;

		if (facts_term(facts, term) == TRUTH_OPEN)
			sides = facts_sides(facts, term);
		uses[term->word] += sides & 1;
		uses[term->word + 1] += sides >> 1;
	}
}

/* The word of the first open clause that most of the others look at too. */
static void
choose(const struct args *args, const struct facts *facts, struct rest *rest)
{
	unsigned first[WORDS_ARGS] = { 0 }, all[WORDS_ARGS] = { 0 };
	unsigned most = 0;

	count_uses(args, facts, rest->from, first);
	for (size_t i = rest->from; i < rest->to; i++) {
		enum truth truth = clause_truth(args, facts, i);

		if (truth == TRUTH_OPEN)
			count_uses(args, facts, i, all);
		else if (truth == TRUTH_YES)
			rest->to = i;
	}
	for (unsigned i = 0; i < WORDS_ARGS; i++) {
		unsigned word = args->high_first ? i ^ 1u : i;

		if (first[word] == 0 || all[word] <= most)
			continue;
		most = all[word];
		rest->word = (uint8_t)word;
	}
}

static int
add_cut(struct cuts *cuts, const struct fact *fact, uint32_t at)
{
	if (at <= fact->min || at > fact->max)
		return 0;
	if (cuts->n == cuts->room) {
		size_t room = cuts->room == 0 ? 16 : cuts->room * 2;
		uint32_t *v = reallocarray(cuts->v, room, sizeof(*v));

		if (v == NULL)
			return -1;
		cuts->v = v;
		cuts->room = room;
	}
	cuts->v[cuts->n++] = at;
	return 0;
}

/* Where the answer of one comparison changes, by what it says of the word. */
static int
cut_term(const struct facts *facts, const struct term *term, uint8_t word,
	 struct cuts *cuts)
{
	const struct fact *fact = &facts->words[word];
	const unsigned side = word & 1;
	const uint32_t value = term->value[side];
	int r;

	if (term->word != (word & ~1u) ||
	    (facts_sides(facts, term) >> side & 1) == 0)
		return 0;
	if (term->kind == TERM_BITS && term->mask[side] != UINT32_MAX)
		return 0;
	r = add_cut(cuts, fact, value);
	if (r == 0 && value != UINT32_MAX &&
	    (term->kind == TERM_BITS || side == 1))
		r = add_cut(cuts, fact, value + 1);
	return r;
}

static int
compare_cuts(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
find_cuts(const struct args *args, const struct facts *facts,
	  const struct rest *rest, struct cuts *cuts)
{
	for (size_t i = rest->from; i < rest->to; i++) {
		const struct args_clause *clause = &args->clauses[i];

		if (clause_truth(args, facts, i) != TRUTH_OPEN)
			continue;
		for (size_t k = 0; k < clause->n; k++) {
			const struct term *term =
			    &args->terms[clause->first + k];

			if (facts_term(facts, term) == TRUTH_OPEN &&
			    cut_term(facts, term, rest->word, cuts) < 0)
				return -1;
		}
	}
	if (cuts->n > 0)
		qsort(cuts->v, cuts->n, sizeof(*cuts->v), compare_cuts);
	return 0;
}

static uint8_t
data_word(const struct args *args, unsigned word)
{
	return (uint8_t)(4 + (word ^ args->big_endian));
}

/* One range of the word: what follows.  A range without values is left out. */
static int
add_range(const struct words *words, const struct facts *facts,
	  const struct rest *rest, uint32_t bounds[2], struct segments *out)
{
	struct facts inside = *facts;
	struct segment segment = { .first = bounds[0], .weight = 16 };

	if (!facts_narrow(&inside.words[rest->word], bounds[0], bounds[1]))
		return 0;
	if (out->n == 0)
		segment.first = facts->words[rest->word].min;
	segment.leaf = decide(words, &inside, rest->from);
	if (segment.leaf == NODE_NONE)
		return -1;
	if (segments_add(out, &segment) < 0) {
		words->args->graph->error = GRAPH_NO_MEMORY;
		return -1;
	}
	return 0;
}

static uint32_t
split(const struct words *words, const struct facts *facts,
      const struct rest *rest, const struct cuts *cuts)
{
	const struct fact *fact = &facts->words[rest->word];
	struct segments segments = {
		.word = data_word(words->args, rest->word),
		.last = fact->max,
		.steps_factor = 2,
	};
	uint32_t bounds[2] = { fact->min, 0 }, node = NODE_NONE;
	int r = 0;

	for (size_t i = 0; r == 0 && i <= cuts->n; i++) {
		bounds[1] = i < cuts->n ? cuts->v[i] - 1 : fact->max;
		if (i < cuts->n && cuts->v[i] == bounds[0])
			continue; /* the same cut again */
		r = add_range(words, facts, rest, bounds, &segments);
		bounds[0] = bounds[1] + 1;
	}
	if (r == 0)
		node = tree_build(words->args->graph, &segments);
	segments_done(&segments);
	return node;
}

/* The first open masked comparison of the word. */
static const struct term *
masked_term(const struct args *args, const struct facts *facts,
	    const struct rest *rest)
{
	const struct args_clause *clause = &args->clauses[rest->from];
	const unsigned side = rest->word & 1;

	for (size_t k = 0; k < clause->n; k++) {
		const struct term *term = &args->terms[clause->first + k];

		if (term->word == (rest->word & ~1u) &&
		    facts_term(facts, term) == TRUTH_OPEN &&
		    (facts_sides(facts, term) >> side & 1) != 0)
			return term;
	}
	return NULL;
}

static uint32_t
branch(const struct words *words, const struct facts *facts,
       const struct rest *rest)
{
	const struct term *term = masked_term(words->args, facts, rest);
	const unsigned side = rest->word & 1;
	struct facts yes = *facts, no = *facts;
	struct node test = { .word = data_word(words->args, rest->word) };

	/* What cannot be kept in mind would be asked again and again. */
	if (term == NULL || (term->id[side] == FACTS_REFUTED &&
			     (term->mask[side] & (term->mask[side] - 1)) != 0))
		return NODE_NONE;
	facts_learn(&yes, term, side, true);
	facts_learn(&no, term, side, false);
	test.mask = term->mask[side];
	test.k = term->value[side];
	test.yes = decide(words, &yes, rest->from);
	if (test.yes == NODE_NONE)
		return NODE_NONE;
	test.no = decide(words, &no, rest->from);
	return graph_bits(words->args->graph, &test);
}

static uint32_t
decide(const struct words *words, const struct facts *facts, size_t from)
{
	const struct args *args = words->args;
	enum truth truth = TRUTH_NO;
	struct rest rest = { .to = args->n_clauses };
	struct cuts cuts = { NULL, 0, 0 };
	uint32_t node = NODE_NONE;

	if (is_exhausted(words))
		return NODE_NONE;
	while (from < rest.to && truth == TRUTH_NO) {
		truth = clause_truth(args, facts, from);
		*args->budget -= args->clauses[from].n;
		from += truth == TRUTH_NO;
	}
	if (truth != TRUTH_OPEN)
		return truth == TRUTH_NO ? args->otherwise
					 : args->clauses[from].leaf;
	*args->budget -= 3 * args->n_terms;
	rest.from = from;
	choose(args, facts, &rest);
	if (find_cuts(args, facts, &rest, &cuts) < 0)
		args->graph->error = GRAPH_NO_MEMORY;
	else if (cuts.n == 0)
		node = branch(words, facts, &rest);
	else
		node = split(words, facts, &rest, &cuts);
	free(cuts.v);
	return node;
}

uint32_t
args_by_word(const struct args *args)
{
	const struct words words = { args, args->graph->n };
	struct facts facts;

	facts_init(&facts);
	return decide(&words, &facts, 0);
}
