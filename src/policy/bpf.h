/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters in classic BPF: checked, run, walked and printed as Linux
 * understands them.  For any filter, not only our own.
 */
#ifndef POLICY_BPF_H
#define POLICY_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is this one of the codes that the kernel accepts in seccomp filters? */
bool bpf_is_known(uint16_t code);

/* Would the kernel load this? */
bool bpf_is_valid(const struct sock_filter *insns, size_t n);

/*
 * What a valid filter returns for this call.  steps, if not NULL, counts the
 * instructions.
 */
uint32_t bpf_run(const struct sock_filter *insns,
		 const struct seccomp_data *data, unsigned *steps);

/*
 * One step of a path: (word & mask) compared with k.  word is the index of a
 * 32-bit word of struct seccomp_data (0: nr, 1: arch, 4 and 5: argument 0...).
 */
enum bpf_test {
	BPF_TEST_EQ = 1, /* (word & mask) == k */
	BPF_TEST_NE,
	BPF_TEST_GT,
	BPF_TEST_LE,
	BPF_TEST_GE,
	BPF_TEST_LT,
	BPF_TEST_SET, /* (word & mask & k) != 0 */
	BPF_TEST_CLEAR,
};

struct bpf_condition {
	uint8_t word; /* 0 to 15 */
	uint8_t test; /* enum bpf_test */
	uint32_t mask, k;
};

/*
 * Every path of a valid filter that no pair of its conditions contradicts
 * openly: visit gets its conditions, in order, and what it returns.  A nonzero
 * answer of visit ends the walk and is returned; else 0, or one of enum
 * bpf_walk_error.
 */
#define BPF_PATHS_MAX 1000000u
enum bpf_walk_error {
	BPF_WALK_UNKNOWN = -1, /* it computes what is not word & mask */
	BPF_WALK_NO_MEMORY = -2,
	BPF_WALK_TOO_MUCH = -3, /* BPF_PATHS_MAX, or paths that are too long */
};

struct know;

struct bpf_path {
	const struct bpf_condition *conditions;
	size_t n;
	uint32_t action;
	const struct know *known; /* of each word; for walks from here on */
};
int bpf_walk(const struct sock_filter *insns, size_t n,
	     int (*visit)(const struct bpf_path *path, void *arg), void *arg);

/*
 * Can all of the conditions hold at once?  Exact.  true: words (16 of them)
 * has values with which they do; words without a condition keep theirs.
 */
bool
bpf_solve(const struct bpf_condition *conditions, size_t n, uint32_t words[16]);

/*
 * One instruction as text, without a newline: "jeq 0xc000003e, 2, 0" becomes
 * "  1  if (A != 0xc000003e) goto 4".  size is enough from 96 up.
 */
void bpf_print(const struct sock_filter *insns, size_t n, size_t at, char *out,
	       size_t size);

#endif
