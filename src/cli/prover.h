/* SPDX-License-Identifier: Apache-2.0 */
/* z3, run confined as any other program. */
#ifndef CLI_PROVER_H
#define CLI_PROVER_H

#include "caisson.h"

#include <linux/seccomp.h>

struct prover_request {
	char **env; /* the caller's, for PATH */
	const char *claim; /* SMT-LIB 2, up to (check-sat) */
	uint64_t timeout_ms;
};

struct prover_answer {
	int status; /* POLICY_SAME: unsat; POLICY_DIFFERS; POLICY_UNKNOWN */
	bool timed_out;
	struct seccomp_data witness; /* POLICY_DIFFERS */
};

/* CAISSON_E_NOT_FOUND: there is no z3 in PATH. */
CAISSON_CHECK int prover_run(const struct prover_request *request,
			     struct prover_answer *out,
			     struct caisson_error *err);

#endif
