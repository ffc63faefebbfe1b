/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp filters, checked and run as Linux checks and runs them. */
#ifndef SIM_BPF_EVAL_H
#define SIM_BPF_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Would the kernel load this? */
bool bpf_is_valid(const struct sock_filter *insns, size_t n);

/*
 * What a valid filter returns for this call.  steps, if not NULL, counts the
 * instructions.
 */
uint32_t bpf_run(const struct sock_filter *insns,
		 const struct seccomp_data *data, unsigned *steps);

#endif
