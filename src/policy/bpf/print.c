/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One instruction of a filter as a line of text.  Any instruction: what the
 * kernel would refuse is printed as its bytes.  Writes into the caller's
 * buffer and nowhere else.
 */
#include "policy/bpf.h"

#include "policy/calls.h"

#include <linux/bpf_common.h>
#include <stdio.h>

static void
print_word(uint32_t offset, char *out, size_t size)
{
	static const char *const first[] = { "nr", "arch", "ip.0", "ip.1" };
	const bool is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	uint32_t word = offset / 4;

	if (offset % 4 != 0 || word >= 16)
		(void)snprintf(out, size, "data[%u]", offset);
	else if (word < 4)
		(void)snprintf(out, size, "%s", first[word]);
	else
		(void)snprintf(out, size, "arg%u.%s", (word - 4) / 2,
			       (word % 2 == 1) != is_big ? "high" : "low");
}

static void
print_load(const struct sock_filter *f, char *out, size_t size)
{
	const char reg = BPF_CLASS(f->code) == BPF_LD ? 'A' : 'X';
	char word[24];

	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		print_word(f->k, word, sizeof(word));
		(void)snprintf(out, size, "%c = %s", reg, word);
		return;
	case BPF_LEN:
		(void)snprintf(out, size, "%c = %zu", reg,
			       sizeof(struct seccomp_data));
		return;
	case BPF_MEM:
		(void)snprintf(out, size, "%c = M[%u]", reg, f->k);
		return;
	default: /* BPF_IMM */
		(void)snprintf(out, size, "%c = 0x%x", reg, f->k);
		return;
	}
}

static void
print_alu(const struct sock_filter *f, char *out, size_t size)
{
	static const char *const ops[] = { "+",  "-",  "*", "/", "|", "&",
					   "<<", ">>", "",  "",  "^" };
	size_t op = (size_t)BPF_OP(f->code) >> 4;

	if (BPF_OP(f->code) == BPF_NEG)
		(void)snprintf(out, size, "A = -A");
	else if (BPF_SRC(f->code) == BPF_X)
		(void)snprintf(out, size, "A %s= X", ops[op]);
	else
		(void)snprintf(out, size, "A %s= 0x%x", ops[op], f->k);
}

/* The comparison that is true where the jump of jt is taken, and its not. */
static const char *
comparison(uint16_t code, bool negated)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return negated ? "!=" : "==";
	case BPF_JGT:
		return negated ? "<=" : ">";
	case BPF_JGE:
		return negated ? "<" : ">=";
	default: /* BPF_JSET */
		return negated ? "!&" : "&";
	}
}

static void
print_jump(const struct sock_filter *f, size_t at, char *out, size_t size)
{
	const bool negated = f->jt == 0 && f->jf != 0;
	const size_t yes = at + 1 + f->jt, no = at + 1 + f->jf;
	char with[16];

	if (BPF_OP(f->code) == BPF_JA) {
		(void)snprintf(out, size, "goto %zu", at + 1 + f->k);
		return;
	}
	if (BPF_SRC(f->code) == BPF_X)
		(void)snprintf(with, sizeof(with), "X");
	else
		(void)snprintf(with, sizeof(with), "0x%x", f->k);
	if (negated || f->jf == 0)
		(void)snprintf(out, size, "if (A %s %s) goto %zu",
			       comparison(f->code, negated), with,
			       negated ? no : yes);
	else
		(void)snprintf(out, size, "if (A %s %s) goto %zu else goto %zu",
			       comparison(f->code, false), with, yes, no);
}

static void
print_action(uint32_t action, char *out, size_t size)
{
	const uint32_t data = action & SECCOMP_RET_DATA;
	const char *name = calls_errno_name((int)data);

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		(void)snprintf(out, size, "return ALLOW");
		return;
	case SECCOMP_RET_KILL_PROCESS:
		(void)snprintf(out, size, "return KILL_PROCESS");
		return;
	case SECCOMP_RET_KILL_THREAD:
		(void)snprintf(out, size, "return KILL_THREAD");
		return;
	case SECCOMP_RET_LOG:
		(void)snprintf(out, size, "return LOG");
		return;
	case SECCOMP_RET_USER_NOTIF:
		(void)snprintf(out, size, "return USER_NOTIF");
		return;
	case SECCOMP_RET_TRAP:
		(void)snprintf(out, size, "return TRAP %u", data);
		return;
	case SECCOMP_RET_TRACE:
		(void)snprintf(out, size, "return TRACE %u", data);
		return;
	case SECCOMP_RET_ERRNO:
		if (name != NULL)
			(void)snprintf(out, size, "return ERRNO %s", name);
		else
			(void)snprintf(out, size, "return ERRNO %u", data);
		return;
	default:
		(void)snprintf(out, size, "return 0x%08x", action);
		return;
	}
}

static void
print_rest(const struct sock_filter *f, char *out, size_t size)
{
	switch (f->code) {
	case BPF_ST:
		(void)snprintf(out, size, "M[%u] = A", f->k);
		return;
	case BPF_STX:
		(void)snprintf(out, size, "M[%u] = X", f->k);
		return;
	case BPF_MISC | BPF_TAX:
		(void)snprintf(out, size, "X = A");
		return;
	case BPF_MISC | BPF_TXA:
		(void)snprintf(out, size, "A = X");
		return;
	case BPF_RET | BPF_A:
		(void)snprintf(out, size, "return A");
		return;
	case BPF_RET | BPF_K:
		print_action(f->k, out, size);
		return;
	default:
		(void)snprintf(out, size, "?");
		return;
	}
}

void
bpf_print(const struct sock_filter *insns, size_t n, size_t at, char *out,
	  size_t size)
{
	const struct sock_filter *f = &insns[at];
	char text[72];

	if (!bpf_is_known(f->code))
		(void)snprintf(text, sizeof(text),
			       "? code 0x%04x jt %u jf %u k 0x%x", f->code,
			       f->jt, f->jf, f->k);
	else if (BPF_CLASS(f->code) == BPF_LD || BPF_CLASS(f->code) == BPF_LDX)
		print_load(f, text, sizeof(text));
	else if (BPF_CLASS(f->code) == BPF_ALU)
		print_alu(f, text, sizeof(text));
	else if (BPF_CLASS(f->code) == BPF_JMP)
		print_jump(f, at, text, sizeof(text));
	else
		print_rest(f, text, sizeof(text));
	(void)snprintf(out, size, "%*zu  %s", n > 1000 ? 4 : 3, at, text);
}
