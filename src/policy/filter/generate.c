/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy to a filter: a graph for each architecture token, one after the
 * other as the policy names them, then its instructions.  Nothing here is
 * believed: the proofs look at what comes out.
 */
#include "policy/filter.h"

#include "base/err.h"
#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/filter/compile.h"
#include "policy/filter/emit.h"
#include "policy/filter/numbers.h"
#include "policy/filter/other.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_first_of_token(const struct policy *policy, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (policy->archs[i].calls->token ==
		    policy->archs[at].calls->token)
			return false;
	return true;
}

static uint32_t
build(const struct policy *policy, struct graph *graph,
      struct numbers_largest *largest)
{
	uint32_t root = graph_return(graph, policy->foreign_action);
	struct numbers numbers = {
		.graph = graph,
		.policy = policy,
		.budget = ARGS_BUDGET,
	};

	for (size_t i = policy->n_archs; i-- > 0 && root != NODE_NONE;) {
		struct node test = { .word = WORD_ARCH, .no = root };

		if (!is_first_of_token(policy, i))
			continue;
		numbers.token = policy->archs[i].calls->token;
		test.k = numbers.token;
		test.yes = numbers_build(&numbers);
		root = graph_eq(graph, &test);
	}
	*largest = numbers.largest;
	return root;
}

static int
too_large(const struct policy *policy, const struct numbers_largest *largest,
	  size_t len, struct caisson_error *err)
{
	const char *file = "policy";
	char needs[32] = "many more";

	if (largest->origin.file < policy->n_files)
		file = policy->files[largest->origin.file];
	if (len > 0)
		(void)snprintf(needs, sizeof(needs), "%zu", len);
	(void)err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
		      "%s:%u: the filter would have %s instructions, more "
		      "than %d; this rule needs most of them",
		      file, largest->origin.line, needs, FILTER_MAX);
	if (err != NULL)
		err->line = largest->origin.line;
	return CAISSON_E_POLICY;
}

int
filter_compile(const struct policy *policy, struct filter *out,
	       struct caisson_error *err)
{
	struct numbers_largest largest = { 0, { 0, 0 } };
	struct filter filter = { NULL, 0 };
	enum graph_error error;
	struct graph graph;
	uint32_t root;

	graph_init(&graph);
	root = build(policy, &graph, &largest);
	if (root != NODE_NONE)
		(void)emit(&graph, root, &filter);
	error = graph.error;
	graph_done(&graph);
	if (error == GRAPH_NO_MEMORY)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	if (error == GRAPH_TOO_LARGE || filter.len > FILTER_MAX) {
		free(filter.insns);
		return too_large(policy, &largest, filter.len, err);
	}
	*out = filter;
	return 0;
}

static bool
is_ours(const struct policy *policy)
{
	static const char *const names[] = { "x86_64", "x32", "x86", "aarch64",
					     "arm" };
	const size_t n = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < policy->n_archs; i++) {
		size_t k = 0;

		while (k < n &&
		       strcmp(policy->archs[i].calls->name, names[k]) != 0)
			k++;
		if (k == n)
			return false;
	}
	return true;
}

int
filter_generate(const struct policy *policy, struct filter *out,
		struct caisson_error *err)
{
	if (is_ours(policy))
		return filter_compile(policy, out, err);
	return filter_generate_other(policy, out, err);
}

void
filter_done(struct filter *filter)
{
	free(filter->insns);
	*filter = (struct filter){ NULL, 0 };
}

uint64_t
filter_mean_path(const struct filter *filter, const struct calls_arch *arch)
{
	uint64_t sum = 0;

	for (uint32_t nr = 0; nr < arch->end; nr++) {
		const struct seccomp_data data = { .nr = (int)(nr | arch->bit),
						   .arch = arch->token };
		unsigned steps = 0;

		(void)bpf_run(filter->insns, &data, &steps);
		sum += steps;
	}
	return arch->end == 0 ? 0 : sum * 1000 / arch->end;
}
