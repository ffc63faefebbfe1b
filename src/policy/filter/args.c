/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule to nodes: in both ways, and the cheaper one is taken.  Decides about
 * speed only; each of the ways is right.
 */
#include "policy/filter/args.h"

#include <stdlib.h>

/* Comparisons in a rule; more of them are not worth a second try. */
#define SEVERAL_WAYS_MAX 1024u

static size_t
count_terms(const struct policy_rule *rule, size_t *n_clauses)
{
	size_t n = 0, i = 0;

	while (i < rule->n_clauses) {
		n += rule->clauses[i].n_atoms;
		if (rule->clauses[i++].n_atoms == 0)
			break;
	}
	*n_clauses = i;
	return n;
}

/* The masked comparisons that have a number: where each is first. */
struct numbered {
	const struct term *terms[FACTS_REFUTED];
	uint8_t n;
};

/* Equal masked comparisons of the same half have one number. */
static void
number_term(struct numbered *numbered, struct term *term, unsigned side)
{
	const uint32_t mask = term->mask[side], value = term->value[side];

	if (term->kind != TERM_BITS || mask == UINT32_MAX || mask == 0)
		return;
	for (uint8_t i = 0; i < numbered->n; i++) {
		const struct term *other = numbered->terms[i];

		if (other->id[side] == i && other->word == term->word &&
		    other->mask[side] == mask && other->value[side] == value) {
			term->id[side] = i;
			return;
		}
	}
	if (numbered->n == FACTS_REFUTED)
		return;
	numbered->terms[numbered->n] = term;
	term->id[side] = numbered->n++;
}

static void
fill(struct args *args, const struct policy_rule *rule)
{
	struct numbered numbered = { .n = 0 };
	size_t n = 0;

	for (size_t i = 0; i < args->n_clauses; i++) {
		const struct policy_clause *clause = &rule->clauses[i];

		args->clauses[i] = (struct args_clause){
			.first = n,
			.n = clause->n_atoms,
			.leaf = graph_return(args->graph, clause->action),
		};
		for (size_t k = 0; k < clause->n_atoms; k++, n++) {
			term_init(&args->terms[n], &clause->atoms[k]);
			number_term(&numbered, &args->terms[n], 0);
			number_term(&numbered, &args->terms[n], 1);
		}
	}
}

static void
args_done(struct args *args)
{
	free(args->clauses);
	free(args->terms);
}

static int
args_init(struct args *args, struct graph *graph,
	  const struct policy_rule *rule, const struct args_options *options)
{
	*args = (struct args){
		.graph = graph,
		.big_endian = options->big_endian,
		.budget = options->budget,
	};
	args->n_terms = count_terms(rule, &args->n_clauses);
	args->nodes_max = (uint32_t)(8 * args->n_terms + 64);
	args->otherwise = graph_return(graph, options->default_action);
	args->clauses = calloc(args->n_clauses + 1, sizeof(*args->clauses));
	args->terms = calloc(args->n_terms + 1, sizeof(*args->terms));
	if (args->clauses == NULL || args->terms == NULL) {
		args_done(args);
		graph->error = GRAPH_NO_MEMORY;
		return -1;
	}
	fill(args, rule);
	return 0;
}

/* The cheaper one of *best and root becomes *best. */
static void
compete(struct graph *graph, uint32_t root, uint32_t *best,
	struct graph_cost *cost)
{
	struct graph_cost new;

	if (root == NODE_NONE || graph_cost(graph, root, &new) < 0)
		return;
	if (*best != NODE_NONE &&
	    cost->insns * UINT64_C(256) + 2 * cost->steps <=
		new.insns *UINT64_C(256) + 2 * new.steps)
		return;
	*best = root;
	*cost = new;
}

uint32_t
args_build(struct graph *graph, const struct policy_rule *rule,
	   const struct args_options *options, struct graph_cost *out)
{
	uint32_t best = NODE_NONE;
	struct args args;

	*out = (struct graph_cost){ 0, 0 };
	if (args_init(&args, graph, rule, options) < 0)
		return NODE_NONE;
	compete(graph, args_by_word(&args), &best, out);
	args.high_first = true;
	if (args.n_terms < SEVERAL_WAYS_MAX)
		compete(graph, args_by_word(&args), &best, out);
	if (best == NODE_NONE || args.n_terms < SEVERAL_WAYS_MAX)
		compete(graph, args_as_written(&args), &best, out);
	args_done(&args);
	return graph->error == GRAPH_OK ? best : NODE_NONE;
}
