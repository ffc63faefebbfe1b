/* SPDX-License-Identifier: Apache-2.0 */
/* Walks that begin with something known: bpf_walk, for the proofs. */
#ifndef POLICY_BPF_WALK_H
#define POLICY_BPF_WALK_H

#include "policy/bpf.h"

struct walk_request {
	const struct sock_filter *insns; /* a valid filter */
	size_t n;
	const struct bpf_condition *given; /* hold for every path */
	size_t n_given;
};

/* As bpf_walk; the conditions of each path begin with those that are given. */
int walk_given(const struct walk_request *request,
	       int (*visit)(const struct bpf_path *path, void *arg), void *arg);

#endif
