/* SPDX-License-Identifier: Apache-2.0 */
/* Which filters are valid, what they return, and how they are printed. */
#include "policy/bpf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))
#define RET(k)  BPF_STMT(BPF_RET | BPF_K, (k))
#define LD(at)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))

static void
what_the_kernel_refuses_is_not_valid(void **state)
{
	const struct sock_filter wrong[][3] = {
		{ RET(0), RET(0), LD(0) }, /* no end */
		{ LD(2), RET(0), RET(0) }, /* not aligned */
		{ LD(64), RET(0), RET(0) }, /* behind the data */
		{ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET(0), RET(0) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET(0), RET(0) },
		{ BPF_STMT(BPF_JMP | BPF_JA, 2), RET(0), RET(0) },
		{ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0), RET(0),
		  RET(0) },
		{ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2), RET(0),
		  RET(0) },
		{ BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0), RET(0) },
		{ BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(0), RET(0) },
		{ BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RET(0), RET(0) },
		{ BPF_STMT(BPF_ST, 16), RET(0), RET(0) },
		{ BPF_STMT(BPF_LD | BPF_MEM, 0), RET(0), RET(0) },
	};
	const struct sock_filter right[] = { LD(60), RET(0), RET(0) };

	(void)state;
	for (size_t i = 0; i < N(wrong); i++)
		assert_false(bpf_is_valid(wrong[i], N(wrong[i])));
	assert_true(bpf_is_valid(right, N(right)));
	assert_false(bpf_is_valid(right, 0));
}

static void
scratch_memory_is_written_on_every_way_before_it_is_read(void **state)
{
	const struct sock_filter one_way[] = {
		LD(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		RET(0),
	};
	const struct sock_filter both_ways[] = {
		BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 2),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_STX, 3),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct seccomp_data data = { .nr = 1 };
	unsigned steps = 0;

	(void)state;
	assert_false(bpf_is_valid(one_way, N(one_way)));
	assert_true(bpf_is_valid(both_ways, N(both_ways)));
	assert_int_equal(bpf_run(both_ways, &data, &steps), 64);
	assert_int_equal(steps, 5);
}

static void
the_longest_filter_is_valid_and_one_more_is_not(void **state)
{
	static struct sock_filter insns[BPF_MAXINSNS + 1];
	const struct seccomp_data data = { .nr = 5 };
	unsigned steps = 0;

	(void)state;
	for (size_t i = 0; i < N(insns); i++)
		insns[i] = (struct sock_filter)LD(0);
	insns[BPF_MAXINSNS - 1] = (struct sock_filter)RET(9);
	insns[BPF_MAXINSNS] = (struct sock_filter)RET(9);
	assert_true(bpf_is_valid(insns, BPF_MAXINSNS));
	assert_false(bpf_is_valid(insns, BPF_MAXINSNS + 1));
	assert_int_equal(bpf_run(insns, &data, &steps), 9);
	assert_int_equal(steps, BPF_MAXINSNS);
}

static uint32_t
compute(uint16_t op, uint32_t a, uint32_t b)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_IMM, a),
		BPF_STMT(BPF_LDX | BPF_IMM, b),
		BPF_STMT((uint16_t)(BPF_ALU | op | BPF_X), 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct seccomp_data data = { .nr = 0 };

	assert_true(bpf_is_valid(insns, N(insns)));
	return bpf_run(insns, &data, NULL);
}

static void
arithmetic_is_that_of_32_bits(void **state)
{
	(void)state;
	assert_int_equal(compute(BPF_ADD, 0xffffffff, 2), 1);
	assert_int_equal(compute(BPF_SUB, 1, 2), 0xffffffff);
	assert_int_equal(compute(BPF_MUL, 0x10000, 0x10001), 0x10000);
	assert_int_equal(compute(BPF_DIV, 7, 2), 3);
	assert_int_equal(compute(BPF_DIV, 7, 0), 0);
	assert_int_equal(compute(BPF_AND, 6, 3), 2);
	assert_int_equal(compute(BPF_OR, 6, 3), 7);
	assert_int_equal(compute(BPF_XOR, 6, 3), 5);
	assert_int_equal(compute(BPF_LSH, 3, 31), 0x80000000);
	assert_int_equal(compute(BPF_RSH, 0x80000000, 31), 1);
}

static void
instructions_are_printed_as_what_they_do(void **state)
{
	const struct sock_filter insns[] = {
		LD(4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 7, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 8, 1, 2),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 15),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		RET(SECCOMP_RET_ERRNO | 1),
		RET(SECCOMP_RET_ALLOW),
		{ 0xffff, 1, 2, 3 },
	};
	static const char *const lines[] = {
		"  0  A = arch",
		"  1  if (A != 0xc000003e) goto 4",
		"  2  if (A >= 0x7) goto 4",
		"  3  if (A & 0x8) goto 5 else goto 6",
		"  4  A &= 0xf",
		"  5  goto 7",
		"  6  return ERRNO EPERM",
		"  7  return ALLOW",
		"  8  ? code 0xffff jt 1 jf 2 k 0x3",
	};
	char line[96];

	(void)state;
	for (size_t i = 0; i < N(insns); i++) {
		bpf_print(insns, N(insns), i, line, sizeof(line));
		assert_string_equal(line, lines[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_refuses_is_not_valid),
		cmocka_unit_test(
		    scratch_memory_is_written_on_every_way_before_it_is_read),
		cmocka_unit_test(
		    the_longest_filter_is_valid_and_one_more_is_not),
		cmocka_unit_test(arithmetic_is_that_of_32_bits),
		cmocka_unit_test(instructions_are_printed_as_what_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
