/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a plan, after one byte that says how many descriptors came
 * with it.  The promises that are kept for every input: what is refused leaves
 * the plan as it was; what is taken lies in the input and in the memory, is
 * all there, and put into bytes again it is byte for byte the input.
 */
#include "target.h"

#include "plan/put.h"
#include "plan/take.h"

#include <stdbool.h>
#include <string.h>

#define FIRST_FD 1000

static struct plan_memory memory;

static bool
is_in(const struct plan_input *in, const char *text)
{
	const char *begin = (const char *)in->data;

	return text >= begin && text + strlen(text) < begin + in->len;
}

static void
check_strings(const struct plan_input *in, char *const *v)
{
	for (; *v != NULL; v++)
		PROMISE(is_in(in, *v));
}

static void
check_plan(const struct plan_input *in, const struct plan *plan)
{
	PROMISE(is_in(in, plan->path) && plan->path[0] == '/');
	PROMISE(is_in(in, plan->cwd) && plan->cwd[0] == '/');
	if (plan->chroot != NULL)
		PROMISE(is_in(in, plan->chroot) && plan->chroot[0] == '/');
	PROMISE(plan->argv == memory.argv && plan->argv[0] != NULL);
	PROMISE(plan->envp == memory.envp);
	check_strings(in, plan->argv);
	check_strings(in, plan->envp);
	PROMISE(plan->engine == CAISSON_ENGINE_FORK && !plan->ptrace);
	PROMISE(plan->uid != UINT32_MAX && plan->gid != UINT32_MAX);
	PROMISE(plan->old_uid == UINT32_MAX && plan->old_gid == UINT32_MAX);
	PROMISE(plan->n_fds == in->n_fds);
	for (size_t i = 0; i < plan->n_fds; i++)
		PROMISE(plan->fds[i].source == in->fds[i] &&
			plan->sources[i] == in->fds[i]);
	PROMISE((plan->filter.insns == NULL) == (plan->filter.len == 0));
}

static void
check_again(const struct plan_input *in, const struct plan *plan)
{
	size_t size = 0;
	uint8_t *data;

	PROMISE(plan_put_size(plan, &size, NULL) == 0);
	PROMISE(size == in->len);
	data = malloc(size);
	PROMISE(data != NULL);
	PROMISE(plan_put(plan, data, size, NULL) == 0);
	PROMISE(memcmp(data, in->data, size) == 0);
	free(data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[UINT8_MAX];
	struct plan plan, before;
	struct plan_input in = { .fds = fds, .last_cap = 40 };
	uint8_t *copy;

	if (size == 0)
		return 0;
	for (int i = 0; i < UINT8_MAX; i++)
		fds[i] = FIRST_FD + i;
	in.n_fds = data[0];
	in.len = size - 1;
	/* A block of its own, for those who look at its ends. */
	copy = malloc(size);
	PROMISE(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	in.data = copy;
	memset(&plan, 0x5a, sizeof(plan));
	before = plan;
	if (plan_take(&in, &memory, &plan) == PLAN_TAKEN) {
		check_plan(&in, &plan);
		check_again(&in, &plan);
	} else {
		PROMISE(memcmp(&plan, &before, sizeof(plan)) == 0);
	}
	free(copy);
	return 0;
}
