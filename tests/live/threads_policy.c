/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One policy, asked by many threads at once.
 * Under a thread sanitizer this shows that asking changes nothing.
 */
#include "launching.h"

#include "caisson_policy.h"

#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_THREADS 8
#define N_ROUNDS  4

static const char text[] = "@denylist\n{mkdir, mkdirat}: return EDOM\n"
			   "mount: return EPERM\nmount: return EPERM\n";

struct worker {
	pthread_t thread;
	const struct caisson_policy *policy, *other;
	unsigned wrong; /* answers that were not the right ones */
};

static unsigned
ask(const struct worker *w)
{
	struct caisson_difference *found = NULL;
	struct caisson_call call = { .nr = 0 };
	struct caisson_verdict verdict;
	struct caisson_spec *spec = NULL;
	const void *insns = NULL;
	char *smt = NULL;
	size_t n = 0;
	unsigned wrong = 0;

	wrong += caisson_policy_filter(w->policy, &insns, &n, NULL) != 0;
	caisson_policy_decide(w->policy, &call, &verdict);
	wrong += verdict.action != SECCOMP_RET_KILL_PROCESS;
	wrong += caisson_policy_warning(w->policy, 0) == NULL;
	wrong +=
	    caisson_policy_diff(w->policy, w->other, &found, &n, NULL) != 0 ||
	    n == 0;
	wrong += caisson_policy_smt(w->policy, &smt, NULL) != 0;
	wrong += caisson_spec_new(&spec, NULL) != 0;
	wrong += caisson_spec_set_seccomp_filter(spec, w->policy, NULL) != 0;
	caisson_spec_free(spec);
	free(smt);
	free(found);
	return wrong;
}

static void *
work(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < N_ROUNDS; i++)
		w->wrong += ask(w);
	return NULL;
}

static struct caisson_policy *
policy_of(const char *what)
{
	struct caisson_policy *policy = NULL;
	struct caisson_error err;

	if (caisson_policy_parse(what, strlen(what), NULL, &policy, &err) != 0)
		fail_msg("%s", err.msg);
	return policy;
}

static void
one_policy_serves_all_threads(void **state)
{
	struct caisson_policy *policy = policy_of(text);
	struct caisson_policy *other = policy_of("@denylist\nmount: kill\n");
	struct worker workers[N_THREADS];

	(void)state;
	for (size_t i = 0; i < N_THREADS; i++) {
		workers[i] =
		    (struct worker){ .policy = policy, .other = other };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
	}
	caisson_policy_free(policy);
	caisson_policy_free(other);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_policy_serves_all_threads),
	};

	return harness_main("threads_policy", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
