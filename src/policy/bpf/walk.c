/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter run with nothing known of the call: at each comparison both ways
 * are taken, one after the other, but for a way that what is known already
 * excludes.  Values are constants or masked words; a filter that compares
 * anything else is not walked.  Never leaves out a way that some call takes.
 */
#include "policy/bpf/walk.h"

#include "policy/bpf/know.h"

#include <stdlib.h>
#include <string.h>

#define WORDS      (sizeof(struct seccomp_data) / sizeof(uint32_t))
#define BEGIN_WORK 500 /* memory takes that long */
#define FORK_WORK  16

enum kind {
	CONSTANT = 0, /* bits is the value; registers begin so, with 0 */
	WORD, /* bits is the mask */
	OTHER,
};

struct value {
	uint8_t kind, word;
	uint32_t bits;
};

struct machine {
	struct value a, x, memory[BPF_MEMWORDS];
};

/* The way not taken yet. */
struct fork {
	size_t to;
	size_t n_conditions;
	struct bpf_condition condition;
	struct know known; /* with it, of its word */
	struct machine machine;
};

struct walk {
	const struct walk_request *request;
	struct machine machine;
	struct know known[WORDS];
	struct bpf_condition *conditions;
	struct know *before; /* of the word of each condition */
	size_t n_conditions;
	struct fork *forks;
	size_t n_forks;
	unsigned ends; /* of ways, to be bounded */
};

static bool
learn(const struct walk *walk, const struct bpf_condition *condition,
      struct know *out)
{
	const struct know *known = &walk->known[condition->word];

	*out = *known;
	if (!know_learn(out, condition) || !know_allows(out, condition))
		return false;
	/* Whatever is known allows the conditions so far. */
	if (memcmp(out, known, sizeof(*out)) == 0 ||
	    !walk_spend(walk->request->budget, walk->n_conditions))
		return true;
	for (size_t i = 0; i < walk->n_conditions; i++)
		if (walk->conditions[i].word == condition->word &&
		    !know_allows(out, &walk->conditions[i]))
			return false;
	return true;
}

static void
add(struct walk *walk, const struct bpf_condition *condition,
    const struct know *now)
{
	walk->before[walk->n_conditions] = walk->known[condition->word];
	walk->conditions[walk->n_conditions++] = *condition;
	walk->known[condition->word] = *now;
}

static bool
compare(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default: /* BPF_JSET */
		return (a & b) != 0;
	}
}

/* a OP b as a condition on the one of them that is a word. */
static struct bpf_condition
condition_of(uint16_t op, const struct value *a, const struct value *b)
{
	bool turned = a->kind == CONSTANT;
	const struct value *word = turned ? b : a;
	struct bpf_condition condition = {
		.word = word->word,
		.test = BPF_TEST_SET,
		.mask = word->bits,
		.k = turned ? a->bits : b->bits,
	};

	if (op == BPF_JEQ)
		condition.test = BPF_TEST_EQ;
	else if (op == BPF_JGT)
		condition.test = turned ? BPF_TEST_LT : BPF_TEST_GT;
	else if (op == BPF_JGE)
		condition.test = turned ? BPF_TEST_LE : BPF_TEST_GE;
	return condition;
}

/* Both ways are open: this one is for later. */
static void
fork_at(struct walk *walk, size_t to, const struct bpf_condition *condition,
	const struct know *known)
{
	walk->forks[walk->n_forks++] = (struct fork){
		.to = to,
		.n_conditions = walk->n_conditions,
		.condition = *condition,
		.known = *known,
		.machine = walk->machine,
	};
}

enum go {
	GO_ON,
	GO_BACK, /* no call comes here */
	GO_UNKNOWN,
	GO_TOO_FAR,
};

static enum go
jump(struct walk *walk, const struct sock_filter *f, size_t *at)
{
	struct value k = { .bits = f->k };
	const struct value *a = &walk->machine.a;
	const struct value *b =
	    BPF_SRC(f->code) == BPF_X ? &walk->machine.x : &k;
	struct bpf_condition yes, no;
	struct know if_yes, if_no;
	bool may_yes, may_no;
	size_t next = *at + 1;

	if (f->jt == f->jf || (a->kind == CONSTANT && b->kind == CONSTANT)) {
		*at =
		    next + (compare(BPF_OP(f->code), a->bits, b->bits) ? f->jt
								       : f->jf);
		return GO_ON;
	}
	if (a->kind == OTHER || b->kind == OTHER || a->kind == b->kind)
		return GO_UNKNOWN;
	yes = condition_of(BPF_OP(f->code), a, b);
	no = know_negated(&yes);
	may_yes = learn(walk, &yes, &if_yes);
	may_no = learn(walk, &no, &if_no);
	if (!may_yes && !may_no)
		return GO_BACK;
	*at = next + (may_yes ? f->jt : f->jf);
	if (may_yes && may_no) {
		(void)walk_spend(walk->request->budget, FORK_WORK);
		fork_at(walk, next + f->jf, &no, &if_no);
		add(walk, &yes, &if_yes);
	}
	return GO_ON;
}

static struct value
load(const struct walk *walk, const struct sock_filter *f)
{
	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		return (struct value){ WORD, (uint8_t)(f->k / 4), UINT32_MAX };
	case BPF_LEN:
		return (struct value){ .bits = sizeof(struct seccomp_data) };
	case BPF_MEM:
		return walk->machine.memory[f->k];
	default: /* BPF_IMM */
		return (struct value){ .bits = f->k };
	}
}

/* Only AND keeps a value a masked word. */
static struct value
calculate(const struct walk *walk, const struct sock_filter *f)
{
	struct value k = { .bits = f->k }, a = walk->machine.a;
	struct value b = BPF_SRC(f->code) == BPF_X ? walk->machine.x : k;
	struct value out = { .kind = OTHER };

	if (BPF_OP(f->code) != BPF_AND || a.kind == OTHER || b.kind == OTHER ||
	    (a.kind == WORD && b.kind == WORD && a.word != b.word))
		return out;
	out = a.kind == WORD ? a : b;
	out.bits = a.bits & b.bits;
	if (out.bits == 0)
		out.kind = CONSTANT;
	return out;
}

/* All but jumps and returns. */
static enum go
step(struct walk *walk, const struct sock_filter *f)
{
	struct machine *m = &walk->machine;

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		m->a = load(walk, f);
		break;
	case BPF_LDX:
		m->x = load(walk, f);
		break;
	case BPF_ST:
		m->memory[f->k] = m->a;
		break;
	case BPF_STX:
		m->memory[f->k] = m->x;
		break;
	case BPF_ALU:
		/* By 0 it would end the filter. */
		if (f->code == (BPF_ALU | BPF_DIV | BPF_X))
			return GO_UNKNOWN;
		m->a = calculate(walk, f);
		break;
	default: /* BPF_MISC */
		if (f->code == (BPF_MISC | BPF_TAX))
			m->x = m->a;
		else
			m->a = m->x;
		break;
	}
	return GO_ON;
}

/* To the last way not taken; false: there is none. */
static bool
go_back(struct walk *walk, size_t *at)
{
	const struct fork *fork;

	if (walk->n_forks == 0)
		return false;
	fork = &walk->forks[--walk->n_forks];
	while (walk->n_conditions > fork->n_conditions) {
		size_t last = --walk->n_conditions;

		walk->known[walk->conditions[last].word] = walk->before[last];
	}
	add(walk, &fork->condition, &fork->known);
	walk->machine = fork->machine;
	*at = fork->to;
	return true;
}

static enum go
advance(struct walk *walk, size_t *at)
{
	const struct sock_filter *f = &walk->request->insns[*at];

	if (!walk_spend(walk->request->budget, 2))
		return GO_TOO_FAR;
	if (f->code == (BPF_JMP | BPF_JA)) {
		*at += 1 + (size_t)f->k;
		return GO_ON;
	}
	if (BPF_CLASS(f->code) == BPF_JMP)
		return jump(walk, f, at);
	(*at)++;
	return step(walk, f);
}

/* GO_BACK: the end of a path, or a way that no call takes. */
static enum go
run(struct walk *walk, size_t *at)
{
	enum go go = GO_ON;

	while (go == GO_ON) {
		if (BPF_CLASS(walk->request->insns[*at].code) == BPF_RET)
			return GO_BACK;
		go = advance(walk, at);
	}
	if (go == GO_BACK)
		*at = walk->request->n;
	return go;
}

static int
walk_all(struct walk *walk,
	 int (*visit)(const struct bpf_path *path, void *arg), void *arg)
{
	size_t at = 0;
	int r;

	do {
		const struct sock_filter *f;
		struct bpf_path path;
		struct value value;
		enum go end = run(walk, &at);

		if (end == GO_UNKNOWN)
			return BPF_WALK_UNKNOWN;
		if (walk->request->budget->left == 0 ||
		    ++walk->ends > BPF_PATHS_MAX)
			return BPF_WALK_TOO_MUCH;
		if (at == walk->request->n)
			continue;
		f = &walk->request->insns[at];
		value = walk->machine.a;
		if (BPF_RVAL(f->code) != BPF_A)
			value = (struct value){ .bits = f->k };
		if (value.kind != CONSTANT)
			return BPF_WALK_UNKNOWN;
		path = (struct bpf_path){ walk->conditions, walk->n_conditions,
					  value.bits, walk->known };
		r = visit(&path, arg);
		if (r != 0)
			return r;
	} while (go_back(walk, &at));
	return 0;
}

/* false: what is given contradicts itself. */
static bool
begin(struct walk *walk)
{
	const struct walk_request *request = walk->request;

	if (request->known != NULL) {
		memcpy(walk->conditions, request->given,
		       request->n_given * sizeof(*request->given));
		memcpy(walk->known, request->known, sizeof(walk->known));
		walk->n_conditions = request->n_given;
		return true;
	}
	for (size_t i = 0; i < WORDS; i++)
		walk->known[i] = KNOW_NOTHING;
	for (size_t i = 0; i < request->n_given; i++) {
		struct know now;

		if (!learn(walk, &request->given[i], &now))
			return false;
		add(walk, &request->given[i], &now);
	}
	return true;
}

int
walk_given(const struct walk_request *request,
	   int (*visit)(const struct bpf_path *path, void *arg), void *arg)
{
	size_t max = request->n + request->n_given;
	struct bpf_condition *conditions =
	    reallocarray(NULL, max, sizeof(*conditions));
	struct know *before = reallocarray(NULL, max, sizeof(*before));
	struct fork *forks = reallocarray(NULL, request->n, sizeof(*forks));
	int r = BPF_WALK_NO_MEMORY;

	if (conditions != NULL && before != NULL && forks != NULL) {
		struct walk walk = { .request = request,
				     .conditions = conditions,
				     .before = before,
				     .forks = forks };

		r = 0;
		if (!walk_spend(request->budget, BEGIN_WORK + max / 8))
			r = BPF_WALK_TOO_MUCH;
		else if (begin(&walk))
			r = walk_all(&walk, visit, arg);
	}
	free(conditions);
	free(before);
	free(forks);
	return r;
}

int
bpf_walk(const struct sock_filter *insns, size_t n,
	 int (*visit)(const struct bpf_path *path, void *arg), void *arg)
{
	struct walk_budget budget = { WALK_WORK_MAX };
	struct walk_request request = { .insns = insns,
					.n = n,
					.budget = &budget };

	return walk_given(&request, visit, arg);
}
