/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter as text for reviewers.  What the accumulator holds at each
 * instruction, and which numbers get there, is followed from the beginning; a
 * place that is reached with different things says nothing of them.
 */
#include "listing.h"

#include "policy/bpf.h"

#include <inttypes.h>
#include <linux/bpf_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_NR      0
#define WORD_ARCH    1
#define WORD_UNKNOWN 255

/* On reaching an instruction. */
struct place {
	bool reached;
	uint8_t word; /* in the accumulator, unchanged */
	uint32_t low, high; /* the numbers of the calls that get here */
};

static void
reach(struct place *to, const struct place *from)
{
	if (!to->reached) {
		*to = *from;
		to->reached = true;
		return;
	}
	if (to->word != from->word)
		to->word = WORD_UNKNOWN;
	if (from->low < to->low)
		to->low = from->low;
	if (from->high > to->high)
		to->high = from->high;
}

/* Where the jump is taken, and where it is not. */
static void
narrow(const struct sock_filter *f, struct place *yes, struct place *no)
{
	if (yes->word != WORD_NR || BPF_SRC(f->code) != BPF_K)
		return;
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		yes->low = yes->high = f->k;
		if (no->low == f->k && f->k < UINT32_MAX)
			no->low++;
		if (no->high == f->k && f->k > 0)
			no->high--;
		break;
	case BPF_JGE:
		if (f->k > yes->low)
			yes->low = f->k;
		if (f->k > 0 && f->k - 1 < no->high)
			no->high = f->k - 1;
		break;
	case BPF_JGT:
		if (f->k < UINT32_MAX && f->k + 1 > yes->low)
			yes->low = f->k + 1;
		if (f->k < no->high)
			no->high = f->k;
		break;
	default:
		break;
	}
}

static void
follow(const struct filter *filter, struct place *places)
{
	places[0] = (struct place){ true, WORD_UNKNOWN, 0, UINT32_MAX };
	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *f = &filter->insns[i];
		struct place yes = places[i], no = places[i];

		if (!places[i].reached || BPF_CLASS(f->code) == BPF_RET)
			continue;
		if (f->code == (BPF_JMP | BPF_JA)) {
			reach(&places[i + 1 + f->k], &yes);
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			narrow(f, &yes, &no);
			reach(&places[i + 1 + f->jt], &yes);
			reach(&places[i + 1 + f->jf], &no);
		} else {
			if (f->code == (BPF_LD | BPF_W | BPF_ABS))
				yes.word = (uint8_t)(f->k / 4);
			else if (BPF_CLASS(f->code) != BPF_LDX)
				yes.word = WORD_UNKNOWN;
			reach(&places[i + 1], &yes);
		}
	}
}

static const char *
arch_name(uint32_t token)
{
	const struct calls_arch *arch;

	for (size_t i = 0; (arch = calls_arch_at(i)) != NULL; i++)
		if (arch->token == token)
			return arch->name;
	return "no architecture";
}

/* What there is to say of an instruction; "" for nothing. */
static const char *
remark(const struct sock_filter *f, const struct place *place,
       const struct calls_arch *arch)
{
	const char *name = NULL;

	if (!place->reached)
		return "never reached";
	if (BPF_CLASS(f->code) == BPF_LD && place->low == place->high)
		name = calls_name(arch, place->low);
	if (BPF_CLASS(f->code) != BPF_JMP || BPF_OP(f->code) == BPF_JA)
		return name != NULL ? name : "";
	if (place->word == WORD_ARCH)
		return arch_name(f->k);
	if (place->word != WORD_NR || BPF_OP(f->code) == BPF_JSET)
		return "";
	if (f->k == CALLS_X32_BIT)
		return "x32";
	name = calls_name(arch, f->k);
	return name != NULL ? name : "";
}

char *
listing_make(const char *name, const struct filter *filter,
	     const struct calls_arch *arch)
{
	struct place *places = calloc(filter->len, sizeof(*places));
	uint64_t mean = filter_mean_path(filter, arch);
	char *out = NULL, line[128];
	size_t size;
	FILE *f = places != NULL ? open_memstream(&out, &size) : NULL;

	if (f == NULL) {
		free(places);
		return NULL;
	}
	follow(filter, places);
	(void)fprintf(f,
		      "%s, %s: %zu instructions, mean path %" PRIu64
		      ".%02" PRIu64 "\n\n",
		      name, arch->name, filter->len, mean / 1000,
		      mean % 1000 / 10);
	for (size_t i = 0; i < filter->len; i++) {
		const char *text = remark(&filter->insns[i], &places[i], arch);

		bpf_print(filter->insns, filter->len, i, line, sizeof(line));
		(void)fprintf(f, *text != '\0' ? "%-44s; %s\n" : "%s\n", line,
			      text);
	}
	free(places);
	if (fclose(f) == 0)
		return out;
	free(out);
	return NULL;
}
