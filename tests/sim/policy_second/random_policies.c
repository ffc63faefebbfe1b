/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random_policies COUNT [SEED [control]]: policies made by chance, through
 * both compilers; the answers must be those of the policy.  Ends with 1 at the
 * first that are not, with the seed that makes this policy again.  With
 * control the policy that is asked has another answer in one clause, and most
 * of these must be found.
 */
#include "compare.h"

#include "policy/calls.h"

#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kind {
	const char *name, *archs[4];
	bool narrow, one_default, by_name;
	unsigned done, skipped, wrong;
};

/*
 * Other architectures than this machine's go by names of libseccomp: no names
 * that it does not know, nothing that socketcall and ipc do.  x32 and those of
 * 32 bits are compared by their lower halves.
 */
static struct kind kinds[] = {
	{ .name = "x86_64", .archs = { "x86_64" } },
	{ .name = "x86_64, one default",
	  .archs = { "x86_64" },
	  .one_default = true },
	{ .name = "x86_64 and x86",
	  .archs = { "x86_64", "x86" },
	  .narrow = true,
	  .one_default = true,
	  .by_name = true },
	{ .name = "x86_64, x86 and x32",
	  .archs = { "x86_64", "x86", "x32" },
	  .narrow = true,
	  .one_default = true,
	  .by_name = true },
	{ .name = "aarch64",
	  .archs = { "aarch64" },
	  .one_default = true,
	  .by_name = true },
	{ .name = "arm",
	  .archs = { "arm" },
	  .narrow = true,
	  .one_default = true,
	  .by_name = true },
	{ .name = "riscv64",
	  .archs = { "riscv64" },
	  .one_default = true,
	  .by_name = true },
	{ .name = "s390x",
	  .archs = { "s390x" },
	  .one_default = true,
	  .by_name = true },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
has_name(const struct calls_arch *arch, uint32_t nr)
{
	const char *name = calls_name(arch, nr);

	return name != NULL &&
	       seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR &&
	       seccomp_syscall_resolve_name_arch(seccomp_arch_resolve_name(
						     arch->name),
						 name) == (int)nr;
}

static struct policy *
make(struct random_source *source, const struct kind *kind)
{
	struct random_shape shape = {
		.rules_max = 3,
		.clauses_max =
		    kind->one_default && kind->archs[1] == NULL ? 3 : 1,
		.atoms_max = 2,
		.plain = random_below(source, 4) != 0,
		.narrow = kind->narrow,
		.one_default = kind->one_default,
		.usable = kind->by_name ? has_name : NULL,
	};

	for (size_t i = 0; i < 4 && kind->archs[i] != NULL; i++)
		shape.archs[i] = calls_arch_by_name(kind->archs[i]);
	return random_policy(source, &shape);
}

/* One clause answers something else.  NULL: there is none, or no memory. */
static struct policy *
with_another_answer(struct random_source *source, const struct policy *policy)
{
	struct policy *copy = policy_copy(policy);
	struct policy_arch *arch;
	uint32_t *action;

	if (copy == NULL || copy->archs[0].n_rules == 0) {
		policy_free(copy);
		return NULL;
	}
	arch = &copy->archs[0];
	action =
	    &arch->rules[random_below(source, arch->n_rules)].clauses[0].action;
	*action = *action == SECCOMP_RET_ALLOW ? SECCOMP_RET_KILL_PROCESS
					       : SECCOMP_RET_ALLOW;
	return copy;
}

/* The seed and the kind are all that makes a policy and its calls. */
static void
try(struct kind *kind, uint64_t seed, bool control)
{
	struct random_source source = { seed };
	struct policy *policy = make(&source, kind), *other = NULL;
	struct comparison c = {
		.policy = policy,
		.calls = 500,
	};
	enum compared result = COMPARED_SKIPPED;
	char what[128];

	if (policy != NULL && control)
		other = with_another_answer(&source, policy);
	c.reference = other;
	(void)snprintf(what, sizeof(what), "%s, seed %" PRIu64, kind->name,
		       seed);
	compare_watch(what);
	if (policy != NULL && (other != NULL) == control)
		result = compare(&c, &source);
	compare_done();
	policy_free(policy);
	policy_free(other);
	kind->done++;
	kind->skipped += result == COMPARED_SKIPPED;
	kind->wrong += result == COMPARED_WRONG;
	if (result == COMPARED_WRONG && !control)
		(void)fprintf(stderr, "%s: %s\n", what, c.why);
}

/* Nothing is shown by policies that were skipped. */
static bool
is_enough(const struct kind *kind, bool control)
{
	unsigned compared = kind->done - kind->skipped;

	(void)printf("%s: %u policies, %u of them skipped, %u of them wrong\n",
		     kind->name, kind->done, kind->skipped, kind->wrong);
	if (compared * 3 < kind->done)
		return false;
	return control ? kind->wrong * 2 > compared : kind->wrong == 0;
}

static bool
report(bool control)
{
	bool enough = true;

	for (size_t i = 0; i < KINDS; i++)
		enough = is_enough(&kinds[i], control) && enough;
	return enough;
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
		(void)fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return value;
}

int
main(int argc, char **argv)
{
	bool control = argc == 4 && strcmp(argv[3], "control") == 0;
	uint64_t count, seed;

	if (argc < 2 || argc > (control ? 4 : 3)) {
		(void)fprintf(
		    stderr, "usage: random_policies COUNT [SEED [control]]\n");
		return 2;
	}
	count = number(argv[1]);
	seed = argc >= 3 ? number(argv[2]) : 1;
	if (strcmp(calls_arch_host()->name, "x86_64") != 0) {
		(void)printf("stated for x86_64\n");
		return 77;
	}
	/* What this kernel could load is not the question. */
	(void)seccomp_api_set(6);
	for (uint64_t i = 0; i < count; i++) {
		struct kind *kind = &kinds[(seed + i) % KINDS];

		try(kind, seed + i, control);
		if (kind->wrong > 0 && !control)
			return 1;
	}
	return report(control) ? 0 : 1;
}
