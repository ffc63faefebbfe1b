/* SPDX-License-Identifier: Apache-2.0 */
/* SMT-LIB 2 text in the making. */
#ifndef POLICY_PROOF_SMT_H
#define POLICY_PROOF_SMT_H

#include "policy/proof.h"

/* On the heap; once memory has run out, what is added is lost. */
struct smt {
	char *v;
	size_t n, max;
	bool failed;
};

void smt_add(struct smt *smt, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void smt_close(struct smt *smt, size_t parentheses);

/* Defines "policy", from nr, arch and arg0 to arg5. */
void smt_policy(struct smt *smt, const struct policy *policy);
/* Defines "filter", from word0 to word15. */
void smt_filter(struct smt *smt, const struct filter *filter);

#endif
