/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where two filters differ.  Architectures and numbers are cut into cells that
 * neither filter can look into; for each pair of cells the paths of both
 * filters are walked together, the second from where the first ended, and
 * where the answers differ the conditions are solved.  Nothing is sampled.
 *
 * Numbers of a cell are told apart only to be reported: each that has a name
 * by itself, and of those without a name between two others the first.
 */
#include "policy/proof.h"

#include "base/err.h"
#include "policy/bpf/walk.h"
#include "policy/calls.h"
#include "policy/proof/cells.h"

#include <stdlib.h>
#include <string.h>

/* A pair of answers. */
struct pair {
	uint32_t a, b;
	uint32_t words[16]; /* of a call that gets them, in this cell */
	bool is_here; /* in this cell */
	bool is_run; /* numbers without a name, up to end, are reported */
	uint32_t end;
	const struct calls_arch *arch; /* of these numbers */
};

struct reported {
	uint32_t nr, a, b;
};

struct search {
	const struct filter *a, *b;
	struct proof_list *out;
	struct pair *pairs; /* of this architecture */
	size_t n_pairs;
	uint32_t action; /* of the path of a */
	bool is_gap; /* architectures that no filter mentions */
	struct reported *gaps; /* what was said of those already */
	size_t n_gaps;
	struct walk_budget budget;
};

static struct pair *
pair_of(struct search *search, uint32_t a, uint32_t b)
{
	struct pair *pairs;

	for (size_t i = 0; i < search->n_pairs; i++)
		if (search->pairs[i].a == a && search->pairs[i].b == b)
			return &search->pairs[i];
	pairs =
	    reallocarray(search->pairs, search->n_pairs + 1, sizeof(*pairs));
	if (pairs == NULL)
		return NULL;
	search->pairs = pairs;
	pairs[search->n_pairs] = (struct pair){ .a = a, .b = b };
	return &pairs[search->n_pairs++];
}

static int
visit_b(const struct bpf_path *path, void *arg)
{
	struct search *search = arg;
	struct pair *pair;
	int r;

	if (path->action == search->action)
		return 0;
	if (!walk_spend(&search->budget, search->n_pairs))
		return BPF_WALK_TOO_MUCH;
	pair = pair_of(search, search->action, path->action);
	if (pair == NULL)
		return BPF_WALK_NO_MEMORY;
	if (pair->is_here)
		return 0;
	memset(pair->words, 0, sizeof(pair->words));
	r = walk_solve(path, &search->budget, pair->words);
	pair->is_here = r == 1;
	return r < 0 ? r : 0;
}

static int
visit_a(const struct bpf_path *path, void *arg)
{
	struct search *search = arg;
	struct walk_request request = {
		.insns = search->b->insns,
		.n = search->b->len,
		.given = path->conditions,
		.n_given = path->n,
		.budget = &search->budget,
		.known = path->known,
	};

	search->action = path->action;
	return walk_given(&request, visit_b, search);
}

/* Only once for all architectures that no filter mentions: 1; else 0. */
static int
is_new(struct search *search, const struct reported *what)
{
	struct reported *gaps;

	if (!search->is_gap)
		return 1;
	if (!walk_spend(&search->budget, search->n_gaps))
		return BPF_WALK_TOO_MUCH;
	for (size_t i = 0; i < search->n_gaps; i++)
		if (memcmp(&search->gaps[i], what, sizeof(*what)) == 0)
			return 0;
	gaps = reallocarray(search->gaps, search->n_gaps + 1, sizeof(*gaps));
	if (gaps == NULL)
		return BPF_WALK_NO_MEMORY;
	search->gaps = gaps;
	gaps[search->n_gaps++] = *what;
	return 1;
}

static int
report(struct search *search, const struct pair *pair, uint32_t nr)
{
	struct reported what = { nr, pair->a, pair->b };
	struct proof_list *out = search->out;
	struct proof_witness *witness;
	int r = is_new(search, &what);

	if (r <= 0)
		return r;
	if (out->n++ >= out->max)
		return 0;
	witness = &out->v[out->n - 1];
	memcpy(&witness->data, pair->words, sizeof(witness->data));
	witness->data.nr = (int)nr;
	witness->a = pair->a;
	witness->b = pair->b;
	return 0;
}

/* Numbers of one cell, which all have no name, or one that has. */
struct stretch {
	const struct calls_arch *arch; /* NULL: not known */
	uint32_t first, last;
	bool is_named;
};

static int
report_stretch(struct search *search, const struct stretch *stretch)
{
	int r = 0;

	if (!walk_spend(&search->budget, search->n_pairs))
		return BPF_WALK_TOO_MUCH;
	for (size_t i = 0; r == 0 && i < search->n_pairs; i++) {
		struct pair *pair = &search->pairs[i];
		bool goes_on = pair->is_run && !stretch->is_named &&
			       pair->arch == stretch->arch &&
			       pair->end + 1 == stretch->first;

		if (!pair->is_here)
			continue;
		if (!goes_on)
			r = report(search, pair, stretch->first);
		pair->is_run = !stretch->is_named;
		pair->end = stretch->last;
		pair->arch = stretch->arch;
	}
	return r;
}

/* From first on, at most to last. */
static struct stretch
stretch_of(uint32_t token, uint32_t first, uint32_t last)
{
	struct stretch stretch = { calls_arch_of(token, first), first, last,
				   false };
	const struct calls_arch *arch = stretch.arch;
	size_t low = 0, high = arch == NULL ? 0 : arch->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arch->by_number[middle].nr < first)
			low = middle + 1;
		else
			high = middle;
	}
	if (arch == NULL || low == arch->n || arch->by_number[low].nr > last)
		return stretch;
	stretch.is_named = arch->by_number[low].nr == first;
	stretch.last = arch->by_number[low].nr - !stretch.is_named;
	return stretch;
}

static int
report_cell(struct search *search, uint32_t token, uint32_t first,
	    uint32_t last)
{
	struct stretch stretch;
	bool any = false;
	int r;

	for (size_t i = 0; i < search->n_pairs; i++)
		any |= search->pairs[i].is_here;
	if (!any)
		return 0;
	do {
		stretch = stretch_of(token, first, last);
		r = report_stretch(search, &stretch);
		first = stretch.last + 1;
	} while (r == 0 && stretch.last < last);
	return r;
}

static int
search_arch(struct search *search, uint32_t token, const struct cells *numbers)
{
	struct bpf_condition given[] = {
		{ .word = 1, BPF_TEST_EQ, UINT32_MAX, token },
		{ .word = 0, BPF_TEST_EQ, UINT32_MAX, 0 },
	};
	struct walk_request request = {
		.insns = search->a->insns,
		.n = search->a->len,
		.given = given,
		.n_given = 2,
		.budget = &search->budget,
	};
	int r = 0;

	search->n_pairs = 0;
	for (size_t i = 0; r == 0 && i < numbers->n; i++) {
		for (size_t p = 0; p < search->n_pairs; p++)
			search->pairs[p].is_here = false;
		given[1].k = numbers->v[i];
		r = walk_given(&request, visit_a, search);
		if (r == 0)
			r = report_cell(search, token, numbers->v[i],
					cells_last(numbers, i));
	}
	return r;
}

/* Cells of both filters; numbers also where other architectures begin. */
static enum cells_result
cut(struct search *search, struct cells *cells, uint8_t word)
{
	enum cells_result r = cells_init(cells, word, &search->budget);

	if (r == CELLS_OK)
		r = cells_add(cells, search->a);
	if (r == CELLS_OK)
		r = cells_add(cells, search->b);
	for (uint32_t top = 1; r == CELLS_OK && word == 0 && top < 4; top++)
		r = cells_cut(cells, top << 30);
	if (r == CELLS_OK && word == 0)
		r = cells_cut(cells, CALLS_NONE);
	return r;
}

static int
search_all(struct search *search, const struct cells *archs,
	   const struct cells *numbers)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < archs->n; i++) {
		search->is_gap = cells_last(archs, i) != archs->v[i];
		r = search_arch(search, archs->v[i], numbers);
	}
	return r;
}

static int
refuse(enum bpf_walk_error why, struct caisson_error *err)
{
	if (why == BPF_WALK_NO_MEMORY)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_PROFILE, 0,
		       "filters that cannot be compared: %s",
		       why == BPF_WALK_TOO_MUCH
			   ? "too many paths"
			   : "one computes with what it loads");
}

int
proof_differences(const struct filter *a, const struct filter *b,
		  struct proof_list *out, struct caisson_error *err)
{
	struct search search = {
		.a = a, .b = b, .out = out, .budget = { WALK_WORK_MAX }
	};
	struct cells numbers = { 0 }, archs = { 0 };
	int r = cut(&search, &numbers, 0);

	out->n = 0;
	if (r == 0)
		r = cut(&search, &archs, 1);
	if (r == 0)
		r = search_all(&search, &archs, &numbers);
	free(search.pairs);
	free(search.gaps);
	cells_done(&numbers);
	cells_done(&archs);
	return r == 0 ? 0 : refuse((enum bpf_walk_error)r, err);
}
