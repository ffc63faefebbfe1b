/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF checked and run with the kernel's rules for seccomp: the codes
 * that it accepts and no others, loads of aligned 32-bit words of struct
 * seccomp_data, forward jumps, scratch memory written before it is read.  No
 * memory of its own; knows nothing of policies.
 */
#include "policy/bpf.h"

#include <linux/bpf_common.h>
#include <string.h>

/* The codes that seccomp_check_filter lets through. */
bool
bpf_is_known(uint16_t code)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_W | BPF_LEN,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_ALU | BPF_ADD, /* BPF_K is 0 */
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_SUB | BPF_K,
		BPF_ALU | BPF_SUB | BPF_X,
		BPF_ALU | BPF_MUL | BPF_K,
		BPF_ALU | BPF_MUL | BPF_X,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_AND | BPF_K,
		BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_OR | BPF_K,
		BPF_ALU | BPF_OR | BPF_X,
		BPF_ALU | BPF_XOR | BPF_K,
		BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_K,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_RSH | BPF_K,
		BPF_ALU | BPF_RSH | BPF_X,
		BPF_ALU | BPF_NEG,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JEQ | BPF_X,
		BPF_JMP | BPF_JGE | BPF_K,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_JMP | BPF_JGT | BPF_K,
		BPF_JMP | BPF_JGT | BPF_X,
		BPF_JMP | BPF_JSET | BPF_K,
		BPF_JMP | BPF_JSET | BPF_X,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static bool
uses_memory(const struct sock_filter *f)
{
	return f->code == BPF_ST || f->code == BPF_STX ||
	       f->code == (BPF_LD | BPF_MEM) || f->code == (BPF_LDX | BPF_MEM);
}

/* One instruction by itself; left: how many stand after it. */
static bool
is_valid_insn(const struct sock_filter *f, size_t left)
{
	if (!bpf_is_known(f->code))
		return false;
	if (uses_memory(f))
		return f->k < BPF_MEMWORDS;
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		if (BPF_MODE(f->code) == BPF_ABS)
			return f->k % 4 == 0 &&
			       f->k < sizeof(struct seccomp_data);
		return true;
	case BPF_ALU:
		if (BPF_SRC(f->code) != BPF_K)
			return true;
		if (BPF_OP(f->code) == BPF_DIV)
			return f->k != 0;
		if (BPF_OP(f->code) == BPF_LSH || BPF_OP(f->code) == BPF_RSH)
			return f->k < 32;
		return true;
	case BPF_JMP:
		if (BPF_OP(f->code) == BPF_JA)
			return f->k < left;
		return f->jt < left && f->jf < left;
	default:
		return true;
	}
}

struct bits {
	uint64_t v[BPF_MAXINSNS / 64];
};

static void
bits_set(struct bits *bits, size_t i)
{
	bits->v[i / 64] |= UINT64_C(1) << i % 64;
}

static bool
bits_has(const struct bits *bits, size_t i)
{
	return (bits->v[i / 64] >> i % 64 & 1) != 0;
}

/* Where an instruction leads; the kernel's check goes on after a return. */
static void
follow(const struct sock_filter *f, size_t i, size_t n, struct bits *bits)
{
	if (f[i].code == (BPF_JMP | BPF_JA)) {
		bits_set(bits, i + 1 + f[i].k);
	} else if (BPF_CLASS(f[i].code) == BPF_JMP) {
		bits_set(bits, i + 1 + f[i].jt);
		bits_set(bits, i + 1 + f[i].jf);
	} else if (i + 1 < n) {
		bits_set(bits, i + 1);
	}
}

/* Is a word of scratch memory written on every way to where it is read? */
static bool
is_written_first(const struct sock_filter *f, size_t n, uint32_t word)
{
	struct bits without = { { 1 } };

	for (size_t i = 0; i < n; i++) {
		bool here = uses_memory(&f[i]) && f[i].k == word;

		if (!bits_has(&without, i))
			continue;
		if (!here)
			follow(f, i, n, &without);
		else if (BPF_CLASS(f[i].code) != BPF_ST &&
			 BPF_CLASS(f[i].code) != BPF_STX)
			return false;
	}
	return true;
}

static bool
is_memory_initialised(const struct sock_filter *f, size_t n)
{
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (uses_memory(&f[i]))
			used |= 1u << f[i].k;
	for (uint32_t word = 0; word < BPF_MEMWORDS; word++)
		if ((used >> word & 1) != 0 && !is_written_first(f, n, word))
			return false;
	return true;
}

bool
bpf_is_valid(const struct sock_filter *insns, size_t n)
{
	if (n == 0 || n > BPF_MAXINSNS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_valid_insn(&insns[i], n - 1 - i))
			return false;
	return BPF_CLASS(insns[n - 1].code) == BPF_RET &&
	       is_memory_initialised(insns, n);
}

struct machine {
	uint32_t a, x, mem[BPF_MEMWORDS];
};

static uint32_t
alu(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default: /* BPF_NEG */
		return 0u - a;
	}
}

static bool
jumps(uint16_t op, uint32_t a, uint32_t b)
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

static uint32_t
load(const struct sock_filter *f, const struct machine *m,
     const struct seccomp_data *data)
{
	uint32_t word;

	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		memcpy(&word, (const char *)data + f->k, sizeof(word));
		return word;
	case BPF_LEN:
		return sizeof(*data);
	case BPF_MEM:
		return m->mem[f->k];
	default: /* BPF_IMM */
		return f->k;
	}
}

/* All but jumps and returns.  false: the filter ends, as by RET 0. */
static bool
step(const struct sock_filter *f, struct machine *m,
     const struct seccomp_data *data)
{
	uint32_t b = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		m->a = load(f, m, data);
		return true;
	case BPF_LDX:
		m->x = load(f, m, data);
		return true;
	case BPF_ST:
		m->mem[f->k] = m->a;
		return true;
	case BPF_STX:
		m->mem[f->k] = m->x;
		return true;
	case BPF_ALU:
		if (BPF_OP(f->code) == BPF_DIV) {
			if (b == 0)
				return false;
			m->a /= b;
			return true;
		}
		m->a = alu(BPF_OP(f->code), m->a, b);
		return true;
	default: /* BPF_MISC */
		if (f->code == (BPF_MISC | BPF_TAX))
			m->x = m->a;
		else
			m->a = m->x;
		return true;
	}
}

uint32_t
bpf_run(const struct sock_filter *insns, const struct seccomp_data *data,
	unsigned *steps)
{
	struct machine m = { 0, 0, { 0 } };
	const struct sock_filter *f = insns;

	for (unsigned n = 1;; n++, f++) {
		uint32_t b = BPF_SRC(f->code) == BPF_X ? m.x : f->k;

		if (steps != NULL)
			*steps = n;
		if (BPF_CLASS(f->code) == BPF_RET)
			return BPF_RVAL(f->code) == BPF_A ? m.a : f->k;
		if (f->code == (BPF_JMP | BPF_JA))
			f += f->k;
		else if (BPF_CLASS(f->code) == BPF_JMP)
			f += jumps(BPF_OP(f->code), m.a, b) ? f->jt : f->jf;
		else if (!step(f, &m, data))
			return 0;
	}
}
