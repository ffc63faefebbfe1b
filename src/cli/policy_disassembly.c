/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter as text, with the names of the system calls that its numbers are.
 * Which word of the call an instruction compares is followed along all jumps,
 * for a number is a name only where the call's number is looked at.
 */
#include "cli/policy.h"

#include "policy/bpf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the accumulator holds, when an instruction is reached. */
enum holds {
	UNSEEN = 0,
	NUMBER,
	ARCH,
	OTHER
};

struct context {
	unsigned char holds[FILTER_MAX];
	const struct calls_arch *arch[FILTER_MAX]; /* NULL: not settled */
};

static void
arrive(struct context *c, size_t at, unsigned holds,
       const struct calls_arch *arch)
{
	if (at >= FILTER_MAX)
		return;
	if (c->holds[at] == UNSEEN) {
		c->holds[at] = (unsigned char)holds;
		c->arch[at] = arch;
		return;
	}
	if (c->holds[at] != holds)
		c->holds[at] = OTHER;
	if (c->arch[at] != arch)
		c->arch[at] = NULL;
}

static unsigned
holds_after(const struct sock_filter *insn, unsigned before)
{
	if (BPF_CLASS(insn->code) == BPF_ALU)
		return OTHER;
	if (insn->code != (BPF_LD | BPF_W | BPF_ABS))
		return BPF_CLASS(insn->code) == BPF_LD ? OTHER : before;
	if (insn->k == offsetof(struct seccomp_data, nr))
		return NUMBER;
	return insn->k == offsetof(struct seccomp_data, arch) ? ARCH : OTHER;
}

/* The architecture where the test of this instruction holds. */
static const struct calls_arch *
arch_if(const struct sock_filter *insn, unsigned holds,
	const struct calls_arch *before)
{
	if (holds != ARCH || insn->code != (BPF_JMP | BPF_JEQ | BPF_K))
		return before;
	return calls_arch_of(insn->k, 0);
}

/* Jumps go forward only, so one pass sees each instruction after all that
 * lead to it. */
static void
follow(struct context *c, const struct filter *filter)
{
	memset(c, 0, sizeof(*c));
	c->holds[0] = OTHER;
	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *insn = &filter->insns[i];
		unsigned holds = holds_after(insn, c->holds[i]);

		if (BPF_CLASS(insn->code) == BPF_RET)
			continue;
		if (BPF_CLASS(insn->code) != BPF_JMP) {
			arrive(c, i + 1, holds, c->arch[i]);
		} else if (BPF_OP(insn->code) == BPF_JA) {
			arrive(c, i + 1 + insn->k, holds, c->arch[i]);
		} else {
			arrive(c, i + 1 + insn->jt, holds,
			       arch_if(insn, c->holds[i], c->arch[i]));
			arrive(c, i + 1 + insn->jf, holds, c->arch[i]);
		}
	}
}

/* The name of what is compared; NULL: it has none. */
static const char *
meant(const struct context *c, const struct sock_filter *insn, size_t at)
{
	const struct calls_arch *arch = c->arch[at];

	if (BPF_CLASS(insn->code) != BPF_JMP || BPF_OP(insn->code) == BPF_JA ||
	    BPF_OP(insn->code) == BPF_JSET)
		return NULL;
	if (c->holds[at] == ARCH) {
		arch = calls_arch_of(insn->k, 0);
		return arch != NULL ? arch->name : NULL;
	}
	if (c->holds[at] != NUMBER || arch == NULL)
		return NULL;
	arch = calls_arch_of(arch->token, insn->k);
	return arch != NULL ? calls_name(arch, insn->k) : NULL;
}

static void
line(const struct context *c, const struct filter *filter, size_t at,
     char out[160])
{
	const char *name = meant(c, &filter->insns[at], at);
	char text[96];

	bpf_print(filter->insns, filter->len, at, text, sizeof(text));
	if (name == NULL)
		(void)snprintf(out, 160, "%s", text);
	else
		(void)snprintf(out, 160, "%-44s ; %s", text, name);
}

int
policy_print_bpf(const struct filter *filter)
{
	struct context *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -1;
	follow(c, filter);
	for (size_t i = 0; i < filter->len; i++) {
		char text[160];

		line(c, filter, i, text);
		(void)puts(text);
	}
	free(c);
	return 0;
}

json_t *
policy_bpf_json(const struct filter *filter)
{
	struct context *c = calloc(1, sizeof(*c));
	json_t *list = json_array();

	if (c == NULL) {
		json_decref(list);
		return NULL;
	}
	follow(c, filter);
	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *insn = &filter->insns[i];
		char text[160];

		line(c, filter, i, text);
		(void)json_array_append_new(
		    list, json_pack("{s:i, s:i, s:i, s:I, s:s}", "code",
				    (int)insn->code, "jt", (int)insn->jt, "jf",
				    (int)insn->jf, "k", (json_int_t)insn->k,
				    "text", text));
	}
	free(c);
	return list;
}
