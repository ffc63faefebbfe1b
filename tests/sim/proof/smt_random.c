/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smt_random N: claims about random filters of every instruction there is,
 * for a prover that must read them as they are run.  Each is about one call:
 * first that the filter does not answer what it does ("unsat"), then that it
 * does not answer something else ("sat").
 */
#include "policy/bpf.h"
#include "policy/policy.h"
#include "policy/proof.h"

#include <inttypes.h>
#include <linux/bpf_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN 24

static uint64_t seed = 3;

static uint32_t
random_word(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 32);
}

/* Any code; most of them are none, so small constants and much patience. */
static struct sock_filter
random_insn(size_t left)
{
	static const uint16_t classes[] = { BPF_LD,  BPF_LDX, BPF_ST,  BPF_STX,
					    BPF_ALU, BPF_ALU, BPF_ALU, BPF_JMP,
					    BPF_JMP, BPF_MISC };
	struct sock_filter f = { 0 };

	do {
		f.code = (uint16_t)(classes[random_word() % 10] |
				    (random_word() & 0xf8));
		f.k = random_word() >> random_word() % 32;
		if (BPF_CLASS(f.code) != BPF_ALU)
			f.k %= 64;
		if (BPF_CLASS(f.code) == BPF_JMP) {
			f.jt = (uint8_t)(random_word() % 4);
			f.jf = (uint8_t)(random_word() % 4);
			if (BPF_OP(f.code) == BPF_JA)
				f.k %= 4;
		}
		if (BPF_CLASS(f.code) == BPF_ST || BPF_CLASS(f.code) == BPF_STX)
			f.k %= 4;
		if (BPF_CLASS(f.code) <= BPF_LDX && BPF_MODE(f.code) == BPF_MEM)
			f.k %= 4;
	} while (left < 5 && BPF_CLASS(f.code) == BPF_JMP);
	return f;
}

/* The scratch memory is written first, so that it may be read anywhere. */
static void
random_filter(struct sock_filter insns[LEN])
{
	size_t n = 0;

	for (; n < 4; n++)
		insns[n] = (struct sock_filter)BPF_STMT(BPF_ST, (uint32_t)n);
	insns[LEN - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	while (n < LEN - 1) {
		struct sock_filter alone[10];

		/* Is it an instruction?  Then what follows it is harmless. */
		insns[n] = random_insn(LEN - 1 - n);
		memcpy(alone, insns, 4 * sizeof(*insns));
		alone[4] = insns[n];
		for (size_t i = 5; i < 10; i++)
			alone[i] = insns[LEN - 1];
		n += bpf_is_valid(alone, 10);
	}
}

static void
random_call(struct seccomp_data *out)
{
	uint32_t words[16];

	for (size_t i = 0; i < 16; i++)
		words[i] = random_word() >> random_word() % 32;
	memcpy(out, words, sizeof(*out));
}

static void
claim(const char *text, const struct seccomp_data *data, uint32_t answer)
{
	const char *end = strstr(text, "; Is there a call");

	(void)printf("(reset)\n%.*s", (int)(end - text), text);
	(void)printf("(assert (= nr #x%08" PRIx32 "))\n", (uint32_t)data->nr);
	(void)printf("(assert (= arch #x%08" PRIx32 "))\n",
		     (uint32_t)data->arch);
	(void)printf("(assert (= ip #x%016llx))\n", data->instruction_pointer);
	for (int i = 0; i < 6; i++)
		(void)printf("(assert (= arg%d #x%016llx))\n", i,
			     data->args[i]);
	(void)printf("(assert (not (= filter #x%08" PRIx32 ")))\n"
		     "(check-sat)\n",
		     answer);
}

int
main(int argc, char **argv)
{
	struct sock_filter insns[LEN];
	struct filter filter = { insns, LEN };
	unsigned n = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

	for (unsigned i = 0; i < n; i++) {
		struct policy *policy = policy_new();
		struct seccomp_data data;
		char *text = NULL;
		uint32_t answer;
		size_t len;

		random_filter(insns);
		if (policy == NULL || !bpf_is_valid(insns, LEN) ||
		    proof_smt(policy, &filter, &text, &len, NULL) < 0)
			return 1;
		for (int call = 0; call < 4; call++) {
			random_call(&data);
			answer = bpf_run(insns, &data, NULL);
			claim(text, &data, answer);
			claim(text, &data, answer ^ 1u << random_word() % 32);
		}
		free(text);
		policy_free(policy);
	}
	return n > 0 ? 0 : 1;
}
