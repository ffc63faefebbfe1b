/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter as functions, one an instruction and the last first: what the
 * filter returns from here on, of the registers.  Every instruction that is
 * valid has its meaning here; registers that no instruction reads or writes
 * are left out.
 */
#include "policy/proof/smt.h"

#include <inttypes.h>
#include <linux/bpf_common.h>

#define BV32 "#x%08" PRIx32

/* Registers: A, X, then the scratch memory. */
#define REG_A    0u
#define REG_X    1u
#define REG_M(i) (2u + (i))
#define REGS     (2u + BPF_MEMWORDS)

struct out {
	struct smt *smt;
	uint32_t used; /* a bit for each register */
};

static void
add_register(struct smt *smt, unsigned reg)
{
	if (reg == REG_A)
		smt_add(smt, "A");
	else if (reg == REG_X)
		smt_add(smt, "X");
	else
		smt_add(smt, "M%u", reg - REG_M(0));
}

static uint32_t
registers_of(const struct sock_filter *f)
{
	uint16_t class = BPF_CLASS(f->code);
	uint32_t used = UINT32_C(1) << REG_A;

	if (class == BPF_LDX || class == BPF_STX || class == BPF_MISC)
		used |= UINT32_C(1) << REG_X;
	if ((class == BPF_ALU || class == BPF_JMP) && BPF_SRC(f->code) == BPF_X)
		used |= UINT32_C(1) << REG_X;
	if (class == BPF_ST || class == BPF_STX ||
	    ((class == BPF_LD || class == BPF_LDX) &&
	     BPF_MODE(f->code) == BPF_MEM))
		used |= UINT32_C(1) << REG_M(f->k);
	return used;
}

/* "(i7 A X", up to a register that changes; then its value, then the rest. */
static void
begin_next(const struct out *out, size_t to, unsigned changed)
{
	smt_add(out->smt, "(i%zu", to);
	for (unsigned reg = 0; reg < changed; reg++)
		if ((out->used >> reg & 1) != 0) {
			smt_add(out->smt, " ");
			add_register(out->smt, reg);
		}
	if (changed < REGS)
		smt_add(out->smt, " ");
}

static void
end_next(const struct out *out, unsigned changed)
{
	for (unsigned reg = changed + 1; reg < REGS; reg++)
		if ((out->used >> reg & 1) != 0) {
			smt_add(out->smt, " ");
			add_register(out->smt, reg);
		}
	smt_add(out->smt, ")");
}

static void
add_next(const struct out *out, size_t to)
{
	begin_next(out, to, REGS);
	end_next(out, REGS);
}

/* The next instruction, with a register copied to another. */
static void
add_copy(const struct out *out, size_t to, unsigned reg, unsigned from)
{
	begin_next(out, to, reg);
	add_register(out->smt, from);
	end_next(out, reg);
}

static void
add_load(const struct out *out, const struct sock_filter *f, size_t to)
{
	unsigned reg = BPF_CLASS(f->code) == BPF_LD ? REG_A : REG_X;

	begin_next(out, to, reg);
	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		smt_add(out->smt, "word%" PRIu32, f->k / 4);
		break;
	case BPF_LEN:
		smt_add(out->smt, BV32, (uint32_t)sizeof(struct seccomp_data));
		break;
	case BPF_MEM:
		add_register(out->smt, REG_M(f->k));
		break;
	default: /* BPF_IMM */
		smt_add(out->smt, BV32, f->k);
		break;
	}
	end_next(out, reg);
}

static void
add_operand(const struct out *out, const struct sock_filter *f)
{
	bool shifts =
	    BPF_CLASS(f->code) == BPF_ALU &&
	    (BPF_OP(f->code) == BPF_LSH || BPF_OP(f->code) == BPF_RSH);

	if (BPF_SRC(f->code) == BPF_K)
		smt_add(out->smt, BV32, f->k);
	else if (shifts)
		smt_add(out->smt, "(bvand X #x0000001f)");
	else
		smt_add(out->smt, "X");
}

static const char *
operation(const struct sock_filter *f)
{
	switch (BPF_OP(f->code)) {
	case BPF_ADD:
		return "bvadd";
	case BPF_SUB:
		return "bvsub";
	case BPF_MUL:
		return "bvmul";
	case BPF_DIV:
		return "bvudiv";
	case BPF_AND:
		return "bvand";
	case BPF_OR:
		return "bvor";
	case BPF_XOR:
		return "bvxor";
	case BPF_LSH:
		return "bvshl";
	default: /* BPF_RSH */
		return "bvlshr";
	}
}

static void
add_calculation(const struct out *out, const struct sock_filter *f, size_t to)
{
	bool divides = f->code == (BPF_ALU | BPF_DIV | BPF_X);

	if (divides)
		smt_add(out->smt, "(ite (= X #x00000000) #x00000000 ");
	begin_next(out, to, REG_A);
	if (BPF_OP(f->code) == BPF_NEG) {
		smt_add(out->smt, "(bvneg A)");
	} else {
		smt_add(out->smt, "(%s A ", operation(f));
		add_operand(out, f);
		smt_add(out->smt, ")");
	}
	end_next(out, REG_A);
	if (divides)
		smt_add(out->smt, ")");
}

static void
add_jump(const struct out *out, const struct sock_filter *f, size_t next)
{
	const char *test = "(not (= (bvand A ", *end = ") #x00000000))";

	if (BPF_OP(f->code) == BPF_JA) {
		add_next(out, next + f->k);
		return;
	}
	if (BPF_OP(f->code) != BPF_JSET)
		end = ")";
	if (BPF_OP(f->code) == BPF_JEQ)
		test = "(= A ";
	else if (BPF_OP(f->code) == BPF_JGT)
		test = "(bvugt A ";
	else if (BPF_OP(f->code) == BPF_JGE)
		test = "(bvuge A ";
	smt_add(out->smt, "(ite %s", test);
	add_operand(out, f);
	smt_add(out->smt, "%s ", end);
	add_next(out, next + f->jt);
	smt_add(out->smt, " ");
	add_next(out, next + f->jf);
	smt_add(out->smt, ")");
}

static void
add_insn(const struct out *out, const struct sock_filter *f, size_t next)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		add_load(out, f, next);
		break;
	case BPF_ST:
		add_copy(out, next, REG_M(f->k), REG_A);
		break;
	case BPF_STX:
		add_copy(out, next, REG_M(f->k), REG_X);
		break;
	case BPF_ALU:
		add_calculation(out, f, next);
		break;
	case BPF_JMP:
		add_jump(out, f, next);
		break;
	case BPF_RET:
		if (BPF_RVAL(f->code) == BPF_A)
			smt_add(out->smt, "A");
		else
			smt_add(out->smt, BV32, f->k);
		break;
	default: /* BPF_MISC */
		if (f->code == (BPF_MISC | BPF_TAX))
			add_copy(out, next, REG_X, REG_A);
		else
			add_copy(out, next, REG_A, REG_X);
		break;
	}
}

static void
define_insn(const struct out *out, const struct sock_filter *insns, size_t at)
{
	smt_add(out->smt, "(define-fun i%zu (", at);
	for (unsigned reg = 0; reg < REGS; reg++)
		if ((out->used >> reg & 1) != 0) {
			smt_add(out->smt, reg == REG_A ? "(" : " (");
			add_register(out->smt, reg);
			smt_add(out->smt, " (_ BitVec 32))");
		}
	smt_add(out->smt, ") (_ BitVec 32) ");
	add_insn(out, &insns[at], at + 1);
	smt_add(out->smt, ")\n");
}

void
smt_filter(struct smt *smt, const struct filter *filter)
{
	struct out out = { smt, 0 };

	for (size_t i = 0; i < filter->len; i++)
		out.used |= registers_of(&filter->insns[i]);
	smt_add(smt, "; The filter.\n");
	for (size_t i = filter->len; i-- > 0;)
		define_insn(&out, filter->insns, i);
	smt_add(smt, "(define-fun filter () (_ BitVec 32) (i0");
	for (unsigned reg = 0; reg < REGS; reg++)
		if ((out.used >> reg & 1) != 0)
			smt_add(smt, " #x00000000");
	smt_close(smt, 2);
}
