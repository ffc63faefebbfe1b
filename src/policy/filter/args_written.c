/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule as it is written: from the last clause to the first, each comparison
 * with what follows if it holds and if not.  Never more nodes than three for
 * each comparison.
 */
#include "policy/filter/args.h"

static struct node
half(const struct args *args, const struct term *term, unsigned side)
{
	const unsigned word = term->word + (side ^ args->big_endian);

	return (struct node){
		.word = (uint8_t)(4 + word),
		.mask = term->mask[side],
		.k = term->value[side],
	};
}

static uint32_t
bits(const struct args *args, const struct term *term, uint32_t yes,
     uint32_t no)
{
	struct node low = half(args, term, 0), high = half(args, term, 1);

	if (term->is_narrow && high.k != 0)
		return no;
	low.yes = yes;
	low.no = no;
	high.yes = graph_bits(args->graph, &low);
	high.no = no;
	if (term->is_narrow)
		return high.yes;
	return graph_bits(args->graph, &high);
}

static uint32_t
at_least(const struct args *args, const struct term *term, uint32_t yes,
	 uint32_t no)
{
	struct node low = half(args, term, 0), high = half(args, term, 1);

	low.yes = yes;
	low.no = no;
	low.yes = graph_ge(args->graph, &low);
	if (term->is_narrow)
		return high.k == 0 ? low.yes : no;
	high.yes = low.yes;
	high.no = no;
	if (low.yes == yes)
		return graph_ge(args->graph, &high);
	high.yes = graph_eq(args->graph, &high);
	if (high.k == UINT32_MAX)
		return high.yes;
	high.no = high.yes;
	high.yes = yes;
	high.k++;
	return graph_ge(args->graph, &high);
}

uint32_t
args_as_written(const struct args *args)
{
	uint32_t next = args->otherwise;

	for (size_t i = args->n_clauses; i-- > 0;) {
		const struct args_clause *clause = &args->clauses[i];
		uint32_t node = clause->leaf;

		for (size_t k = clause->n; k-- > 0;) {
			const struct term *term =
			    &args->terms[clause->first + k];
			uint32_t yes = term->negated ? next : node,
				 no = term->negated ? node : next;

			node = term->kind == TERM_GE
				   ? at_least(args, term, yes, no)
				   : bits(args, term, yes, no);
		}
		next = node;
	}
	return next;
}
