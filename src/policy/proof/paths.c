/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls for each path of a filter, whatever the policy says of it: a way that
 * leads where no rule wanted it to is found however it is reached.  Where
 * several numbers take a path on which arguments decide, each of the first
 * few is asked about, for that is seldom right.
 */
#include "policy/proof/rule.h"

#include <stdlib.h>
#include <string.h>

#define STOP        1 /* found, or enough */
#define PATHS_MAX   4096 /* of a filter that a launch waits for */
#define NUMBERS_MAX 8

struct visits {
	struct proof_calls *calls;
	struct bpf_condition *conditions; /* room for one more than a path */
	unsigned n;
	bool differ;
};

static bool
ask(struct proof_calls *calls, const uint32_t words[16])
{
	struct seccomp_data data;

	memcpy(&data, words, sizeof(data));
	if (calls->swapped)
		for (int i = 0; i < 6; i++)
			data.args[i] = data.args[i] << 32 | data.args[i] >> 32;
	return proof_agree(calls, &data);
}

static bool
needs_arguments(const struct bpf_path *path)
{
	for (size_t i = 0; i < path->n; i++)
		if (path->conditions[i].word >= 4)
			return true;
	return false;
}

static int
visit(const struct bpf_path *path, void *arg)
{
	struct visits *visits = arg;
	struct bpf_condition *later = &visits->conditions[path->n];
	uint32_t words[16] = { 0 };
	int numbers = needs_arguments(path) ? NUMBERS_MAX : 1;

	if (++visits->n > PATHS_MAX)
		return STOP;
	memcpy(visits->conditions, path->conditions,
	       path->n * sizeof(*path->conditions));
	*later = (struct bpf_condition){ 0, BPF_TEST_GE, UINT32_MAX, 0 };
	while (numbers-- > 0 &&
	       bpf_solve(visits->conditions, path->n + 1, words)) {
		if (!ask(visits->calls, words)) {
			visits->differ = true;
			return STOP;
		}
		later->test = BPF_TEST_GT;
		later->k = words[0];
	}
	return 0;
}

int
paths_check(struct proof_calls *calls)
{
	struct visits visits = { .calls = calls };

	visits.conditions = reallocarray(NULL, calls->filter->len + 1,
					 sizeof(*visits.conditions));
	if (visits.conditions == NULL)
		return -1;
	/* Filters that cannot be walked have the other checks. */
	(void)bpf_walk(calls->filter->insns, calls->filter->len, visit,
		       &visits);
	free(visits.conditions);
	return !visits.differ;
}
