/* SPDX-License-Identifier: Apache-2.0 */
/* What a public policy can be asked: its filter, what it says, in what it
 * differs.  Nothing here changes it. */
#include "policy/api/api.h"

#include "base/err.h"
#include "policy/proof.h"

#include <stdlib.h>
#include <string.h>

/* Why there is none, told again. */
static int
no_filter(const struct caisson_policy *policy, struct caisson_error *err)
{
	if (err != NULL)
		*err = policy->filter_error;
	return policy->filter_error.code;
}

int
caisson_policy_filter(const struct caisson_policy *policy, const void **out,
		      size_t *out_n, struct caisson_error *err)
{
	if (policy == NULL || out == NULL || out_n == NULL)
		return err_usage(err, "policy, out or out_n is NULL");
	if (policy->filter.insns == NULL)
		return no_filter(policy, err);
	*out = policy->filter.insns;
	*out_n = policy->filter.len;
	return 0;
}

void
caisson_policy_decide(const struct caisson_policy *policy,
		      const struct caisson_call *call,
		      struct caisson_verdict *out)
{
	struct seccomp_data data = { .nr = (int)call->nr, .arch = call->arch };
	struct policy_origin origin = { 0, 0 };

	for (size_t i = 0; i < 6; i++)
		data.args[i] = call->args[i];
	*out = (struct caisson_verdict){
		.action = policy_decide(policy->policy, &data, &origin),
	};
	if (origin.line == 0 || origin.file >= policy->policy->n_files)
		return;
	out->line = origin.line;
	out->file = policy->policy->files[origin.file];
}

static void
copy_difference(const struct proof_witness *from, struct caisson_difference *to)
{
	*to = (struct caisson_difference){
		.call = { .arch = from->data.arch,
			  .nr = (uint32_t)from->data.nr },
		.a = from->a,
		.b = from->b,
	};
	for (size_t i = 0; i < 6; i++)
		to->call.args[i] = from->data.args[i];
}

/* All of them: list->v is the caller's. */
static int
find_all(const struct filter *a, const struct filter *b,
	 struct proof_list *list, struct caisson_error *err)
{
	int r;

	*list = (struct proof_list){ NULL, 0, 0 };
	r = proof_differences(a, b, list, err);
	if (r < 0 || list->n == 0)
		return r;
	list->max = list->n;
	list->n = 0;
	list->v = calloc(list->max, sizeof(*list->v));
	if (list->v == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	r = proof_differences(a, b, list, err);
	if (r < 0)
		free(list->v);
	return r;
}

int
caisson_policy_diff(const struct caisson_policy *a,
		    const struct caisson_policy *b,
		    struct caisson_difference **out, size_t *out_n,
		    struct caisson_error *err)
{
	struct caisson_difference *found;
	struct proof_list list;
	int r;

	if (a == NULL || b == NULL || out == NULL || out_n == NULL)
		return err_usage(err, "a policy, out or out_n is NULL");
	if (a->filter.insns == NULL)
		return no_filter(a, err);
	if (b->filter.insns == NULL)
		return no_filter(b, err);
	r = find_all(&a->filter, &b->filter, &list, err);
	if (r < 0)
		return r;
	found = calloc(list.n + 1, sizeof(*found));
	if (found == NULL) {
		free(list.v);
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	}
	for (size_t i = 0; i < list.n; i++)
		copy_difference(&list.v[i], &found[i]);
	free(list.v);
	*out = found;
	*out_n = list.n;
	return 0;
}

int
caisson_policy_smt(const struct caisson_policy *policy, char **out,
		   struct caisson_error *err)
{
	size_t len = 0;

	if (policy == NULL || out == NULL)
		return err_usage(err, "policy or out is NULL");
	if (policy->filter.insns == NULL)
		return no_filter(policy, err);
	return proof_smt(policy->policy, &policy->filter, out, &len, err);
}

const char *
caisson_syscall_name(const char *arch, uint32_t nr)
{
	const struct calls_arch *calls;

	if (api_arch(arch, &calls, NULL) < 0)
		return NULL;
	return calls_name(calls, nr);
}

bool
caisson_syscall_number(const char *arch, const char *name, uint32_t *out)
{
	const struct calls_arch *calls;

	if (name == NULL || out == NULL || api_arch(arch, &calls, NULL) < 0)
		return false;
	return calls_number(calls, name, out);
}
