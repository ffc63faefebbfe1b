/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy prove: are filter and policy equal, for every call that there
 * is?  The claim that they are not is given to z3; without it, only what every
 * launch checks can be said.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/prover.h"
#include "cli/values.h"
#include "policy/bpf.h"
#include "policy/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROVER_MS 60000

static const char *const answers[] = { "proved", "refuted", "unknown" };

struct proof {
	const struct policy_request *r;
	struct policy_input input;
	struct prover_answer answer;
	const char *why; /* unknown: in words */
};

static json_t *
witness_json(const struct proof *p)
{
	const struct seccomp_data *data = &p->answer.witness;
	json_t *args = json_array();

	for (int i = 0; i < 6; i++) {
		char value[24];

		(void)snprintf(value, sizeof(value), "0x%" PRIx64,
			       (uint64_t)data->args[i]);
		(void)json_array_append_new(args, json_string(value));
	}
	return json_pack(
	    "{s:I, s:I, s:o, s:o, s:o}", "arch", (json_int_t)data->arch, "nr",
	    (json_int_t)(uint32_t)data->nr, "args", args, "policy",
	    policy_action_json(policy_decide(p->input.policy, data, NULL)),
	    "filter",
	    policy_action_json(bpf_run(p->input.filter.insns, data, NULL)));
}

static int
print_json(const struct proof *p)
{
	int status = p->answer.status;
	json_t *o =
	    json_pack("{s:b, s:s, s:s, s:I}", "ok", status == POLICY_SAME,
		      "policy", p->input.word, "answer", answers[status],
		      "instructions", (json_int_t)p->input.filter.len);

	if (o != NULL && p->why != NULL)
		(void)json_object_set_new(o, "why", json_string(p->why));
	if (o != NULL && status == POLICY_DIFFERS)
		(void)json_object_set_new(o, "witness", witness_json(p));
	return answer_print(p->r->verb, o, status);
}

static int
print_text(const struct proof *p)
{
	const struct seccomp_data *data = &p->answer.witness;
	char name[64], a[32], b[32];

	(void)printf("%s: %s", p->input.word, answers[p->answer.status]);
	if (p->why != NULL)
		(void)printf(": %s", p->why);
	if (p->answer.status == POLICY_DIFFERS) {
		(void)printf(": %s", policy_call_text(p->r->arch, data, name));
		for (int i = 0; i < 6; i++)
			(void)printf("%s%#" PRIx64, i == 0 ? "(" : ", ",
				     (uint64_t)data->args[i]);
		(void)printf("): %s by the policy, %s by the filter",
			     policy_action_text(policy_decide(p->input.policy,
							      data, NULL),
						a),
			     policy_action_text(bpf_run(p->input.filter.insns,
							data, NULL),
						b));
	}
	(void)putchar('\n');
	return cli_flush(p->r->verb, p->answer.status);
}

static int
prove(struct proof *p, const char *claim, uint64_t timeout_ms,
      struct caisson_error *err)
{
	struct prover_request ask = { .env = p->r->env,
				      .claim = claim,
				      .timeout_ms = timeout_ms };
	int code = prover_run(&ask, &p->answer, err);

	if (code == CAISSON_E_NOT_FOUND) {
		p->answer.status = POLICY_UNKNOWN;
		p->why = "z3 is not installed; checked at the boundaries of "
			 "every rule only, where they agree";
		return 0;
	}
	if (code == 0 && p->answer.status == POLICY_UNKNOWN)
		p->why = p->answer.timed_out ? "z3 took too long"
					     : "z3 does not know";
	return code;
}

static int
answer(struct proof *p, const char *claim)
{
	uint64_t timeout_ms = PROVER_MS;
	struct caisson_error err;

	if (p->r->smt) {
		(void)fputs(claim, stdout);
		return cli_flush(p->r->verb, EXIT_SUCCESS);
	}
	if (p->r->timeout != NULL &&
	    (!values_duration_ms(p->r->timeout, &timeout_ms) ||
	     timeout_ms == 0))
		return policy_usage(p->r,
				    "--timeout %s: must be a duration "
				    "like 500ms, 10s or 5m",
				    p->r->timeout);
	if (prove(p, claim, timeout_ms, &err) < 0)
		return policy_fail(p->r, NULL, &err);
	return p->r->json ? print_json(p) : print_text(p);
}

int
policy_prove(const struct policy_request *r)
{
	struct proof p = { .r = r };
	struct caisson_error err;
	char *claim = NULL;
	size_t len = 0;
	int status = policy_read_filter(r, r->words[0], &p.input);

	if (status != 0)
		return status;
	if (proof_smt(p.input.policy, &p.input.filter, &claim, &len, &err) < 0)
		status = policy_fail(r, NULL, &err);
	else
		status = answer(&p, claim);
	free(claim);
	policy_input_done(&p.input);
	return status;
}
