/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions from the last to the first, so that every distance is known
 * when a jump is made.  A node is a load, a mask and a conditional jump; who
 * comes with the word in A already goes past what it does not need.  What is
 * further than a jump reaches is made once more if it is a return, and gets a
 * stepping stone if not.
 */
#include "policy/filter/emit.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>

#define EMIT_MAX  (1u << 16) /* instructions; ends what has no hope */
#define REACH     255u
#define NOT_THERE UINT32_MAX

enum entry {
	ENTRY_LOAD = 0,
	ENTRY_MASK,
	ENTRY_TEST,
	N_ENTRIES
};

struct emitter {
	const struct graph *graph;
	struct sock_filter *v; /* the last one first */
	uint32_t n, room;
	uint8_t *needs; /* by node: a bit for each entry that is used */
	uint32_t (*at)[N_ENTRIES]; /* by node: index into v */
	uint32_t *order, n_order; /* nodes, successors first */
	uint32_t *stack, *sizes;
	bool failed;
};

static uint32_t
push(struct emitter *e, struct sock_filter insn)
{
	if (e->n == e->room) {
		uint32_t room = e->room == 0 ? 512 : e->room * 2;
		struct sock_filter *v =
		    e->room >= EMIT_MAX ? NULL
					: reallocarray(e->v, room, sizeof(*v));

		if (v == NULL) {
			e->failed = true;
			return 0;
		}
		e->v = v;
		e->room = room;
	}
	e->v[e->n] = insn;
	return e->n++;
}

/* Where one goes into `next` with what `node` has left in A. */
static enum entry
entry_of(const struct node *node, const struct node *next)
{
	if (next->op == NODE_RETURN)
		return ENTRY_TEST;
	if (node == NULL || node->word != next->word ||
	    (next->mask & ~node->mask) != 0)
		return ENTRY_LOAD;
	return node->mask == next->mask ? ENTRY_TEST : ENTRY_MASK;
}

/* How much stands below each node, counted once for each way to it. */
static void
find_sizes(struct emitter *e, uint32_t root)
{
	for (uint32_t i = 0; i <= root; i++) {
		const struct node *node = &e->graph->v[i];
		uint64_t size = 1;

		if (node->op != NODE_RETURN)
			size +=
			    (uint64_t)e->sizes[node->yes] + e->sizes[node->no];
		e->sizes[i] = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	}
}

/*
 * Successors first, of these the larger one, which may be far away; a node is
 * visited twice, to enter and to leave it.
 */
static void
sort_nodes(struct emitter *e, uint32_t root)
{
	enum {
		ENTERED = 0x40,
		LEFT = 0x80
	};
	uint32_t n = 0;

	e->stack[n++] = root;
	while (n > 0) {
		uint32_t i = e->stack[n - 1];
		const struct node *node = &e->graph->v[i];
		bool first = (e->needs[i] & ENTERED) == 0;
		uint32_t next[2] = { node->yes, node->no };

		e->needs[i] |= ENTERED;
		if (first && node->op != NODE_RETURN) {
			if (e->sizes[node->yes] > e->sizes[node->no]) {
				next[0] = node->no;
				next[1] = node->yes;
			}
			for (int side = 0; side < 2; side++)
				if ((e->needs[next[side]] & LEFT) == 0)
					e->stack[n++] = next[side];
			continue;
		}
		n--;
		if ((e->needs[i] & LEFT) == 0)
			e->order[e->n_order++] = i;
		e->needs[i] |= LEFT;
	}
}

static void
need(struct emitter *e, uint32_t next, const struct node *node)
{
	enum entry entry = entry_of(node, &e->graph->v[next]);

	e->needs[next] = (uint8_t)(e->needs[next] | 1u << entry);
}

static void
find_needs(struct emitter *e, uint32_t root)
{
	need(e, root, NULL);
	for (uint32_t i = 0; i < e->n_order; i++) {
		const struct node *node = &e->graph->v[e->order[i]];

		if (node->op == NODE_RETURN)
			continue;
		need(e, node->yes, node);
		need(e, node->no, node);
	}
}

static struct sock_filter
insn(unsigned code, uint32_t k)
{
	return (struct sock_filter){ .code = (uint16_t)code, .k = k };
}

/* Make something near that leads to a node; false: it is near already. */
static bool
bring_near(struct emitter *e, uint32_t next, enum entry entry)
{
	const struct node *node = &e->graph->v[next];
	uint32_t *at = &e->at[next][entry];

	if (*at != NOT_THERE && e->n - *at - 1 <= REACH)
		return false;
	if (node->op == NODE_RETURN)
		*at = push(e, insn(BPF_RET | BPF_K, node->k));
	else
		*at = push(e, insn(BPF_JMP | BPF_JA, e->n - *at - 1));
	return !e->failed;
}

static void
emit_test(struct emitter *e, const struct node *node)
{
	static const uint16_t codes[] = {
		[NODE_EQ] = BPF_JMP | BPF_JEQ | BPF_K,
		[NODE_GE] = BPF_JMP | BPF_JGE | BPF_K,
		[NODE_SET] = BPF_JMP | BPF_JSET | BPF_K,
	};
	enum entry yes = entry_of(node, &e->graph->v[node->yes]),
		   no = entry_of(node, &e->graph->v[node->no]);
	struct sock_filter jump = insn(codes[node->op], node->k);

	/* What is made for one of them moves the other one away. */
	while (bring_near(e, node->yes, yes) || bring_near(e, node->no, no))
		;
	jump.jt = (uint8_t)(e->n - e->at[node->yes][yes] - 1);
	jump.jf = (uint8_t)(e->n - e->at[node->no][no] - 1);
	(void)push(e, jump);
}

static void
emit_node(struct emitter *e, uint32_t i)
{
	const struct node *node = &e->graph->v[i];
	const unsigned needs = e->needs[i];

	if (node->op == NODE_RETURN)
		return; /* made where it is first needed */
	emit_test(e, node);
	e->at[i][ENTRY_TEST] = e->n - 1;
	if (node->mask != UINT32_MAX &&
	    (needs & (1u << ENTRY_LOAD | 1u << ENTRY_MASK)) != 0)
		e->at[i][ENTRY_MASK] =
		    push(e, insn(BPF_ALU | BPF_AND | BPF_K, node->mask));
	if ((needs & 1u << ENTRY_LOAD) != 0)
		e->at[i][ENTRY_LOAD] =
		    push(e, insn(BPF_LD | BPF_W | BPF_ABS, 4u * node->word));
}

static int
reverse(struct emitter *e, struct filter *out)
{
	struct sock_filter *v = NULL;

	if (e->n > 0)
		v = calloc(e->n, sizeof(*v));
	if (v == NULL)
		return -1;
	for (uint32_t i = 0; i < e->n; i++)
		v[i] = e->v[e->n - 1 - i];
	*out = (struct filter){ v, e->n };
	return 0;
}

static int
emit_all(struct emitter *e, uint32_t root, struct filter *out)
{
	for (uint32_t i = 0; i <= root; i++)
		for (int entry = 0; entry < N_ENTRIES; entry++)
			e->at[i][entry] = NOT_THERE;
	find_sizes(e, root);
	sort_nodes(e, root);
	find_needs(e, root);
	for (uint32_t i = 0; i < e->n_order && !e->failed; i++)
		emit_node(e, e->order[i]);
	if (!e->failed && e->graph->v[root].op == NODE_RETURN)
		(void)push(e, insn(BPF_RET | BPF_K, e->graph->v[root].k));
	return e->failed ? -1 : reverse(e, out);
}

int
emit(struct graph *graph, uint32_t root, struct filter *out)
{
	struct emitter e = { .graph = graph };
	size_t n = (size_t)root + 1;
	int r = -1;

	e.needs = calloc(n, sizeof(*e.needs));
	e.at = calloc(n, sizeof(*e.at));
	e.order = calloc(n, sizeof(*e.order));
	e.stack = calloc(2 * n + 1, sizeof(*e.stack));
	e.sizes = calloc(n, sizeof(*e.sizes));
	if (e.needs != NULL && e.at != NULL && e.order != NULL &&
	    e.stack != NULL && e.sizes != NULL)
		r = emit_all(&e, root, out);
	if (r < 0)
		graph->error =
		    e.room >= EMIT_MAX ? GRAPH_TOO_LARGE : GRAPH_NO_MEMORY;
	free(e.needs);
	free(e.at);
	free(e.order);
	free(e.stack);
	free(e.sizes);
	free(e.v);
	return r;
}
