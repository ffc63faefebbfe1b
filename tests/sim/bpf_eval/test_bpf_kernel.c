/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters at random, most of them wrong in one place: the running kernel
 * loads those that are called valid, and refuses the others.
 */
#include "policy/bpf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LEN 12u

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* 0: loaded; else what errno was, 255 if nobody can tell. */
static int
load(const struct sock_filter *insns, size_t n)
{
	struct sock_filter copy[LEN];
	struct sock_fprog prog = { .len = (unsigned short)n, .filter = copy };
	int status = 0;
	pid_t pid;

	for (size_t i = 0; i < n; i++)
		copy[i] = insns[i];
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
			_exit(255);
		_exit(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) ==
			      0
			  ? 0
			  : errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 255;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 0; /* loaded, and its answer did not let the process end */
}

static struct sock_filter
some_insn(uint64_t *state, size_t left)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_MISC | BPF_TAX,
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_RSH | BPF_K,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JSET | BPF_X,
		BPF_RET | BPF_K,
		BPF_JMP | BPF_JGT | BPF_K,
	};
	uint64_t r = next(state);
	struct sock_filter insn = {
		.code = codes[r % (sizeof(codes) / sizeof(codes[0]))],
		.jt = (uint8_t)((r >> 8) % (left + 1)),
		.jf = (uint8_t)((r >> 16) % (left + 1)),
		.k = (r >> 24) & 3,
	};

	/* Now and then what no instruction may be. */
	if ((r >> 32 & 15) == 0)
		insn.k = (uint32_t)(r >> 36 & 127);
	else if (insn.code == (BPF_LD | BPF_W | BPF_ABS))
		insn.k *= 4;
	if ((r >> 44 & 63) == 0)
		insn.code = (uint16_t)(r >> 50 & 255);
	if (insn.code == (BPF_RET | BPF_K))
		insn.k = SECCOMP_RET_ALLOW;
	return insn;
}

static void
random_filters_are_loaded_if_they_are_valid(void **state)
{
	const struct sock_filter end =
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	uint64_t seed = 0x853c49e6748fea9bu;
	unsigned valid = 0, wrong = 0, bad = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct sock_filter insns[LEN];
		size_t n = 2 + next(&seed) % (LEN - 1);
		bool is_valid;
		int r;

		for (size_t k = 0; k < n; k++)
			insns[k] = some_insn(&seed, n - k - 1);
		insns[n - 1] = end;
		is_valid = bpf_is_valid(insns, n);
		r = load(insns, n);
		assert_true(r == 0 || r == EINVAL);
		bad += is_valid != (r == 0);
		valid += is_valid;
		wrong += !is_valid;
	}
	print_message("%u valid, %u not\n", valid, wrong);
	assert_true(valid > 100 && wrong > 100);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct sock_filter allow =
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_filters_are_loaded_if_they_are_valid),
	};

	if (load(&allow, 1) != 0) {
		(void)printf("no filter can be loaded here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
