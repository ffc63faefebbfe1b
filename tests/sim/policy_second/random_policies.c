/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random_policies COUNT [SEED]: policies made by chance, through both
 * compilers; the answers must be those of the policy.  Ends with 1 at the
 * first that are not, with the seed that makes this policy again.
 */
#include "compare.h"

#include "policy/calls.h"

#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kind {
	const char *name, *archs[4];
	bool narrow, one_default, by_name, hide;
	unsigned done, skipped;
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
	{ .name = "x86_64, other numbers",
	  .archs = { "x86_64" },
	  .hide = true },
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
		.clauses_max = kind->one_default ? 3 : 1,
		.atoms_max = 2,
		.plain = random_below(source, 3) != 0,
		.narrow = kind->narrow,
		.one_default = kind->one_default,
		.usable = kind->by_name ? has_name : NULL,
	};

	for (size_t i = 0; i < 4 && kind->archs[i] != NULL; i++)
		shape.archs[i] = calls_arch_by_name(kind->archs[i]);
	return random_policy(source, &shape);
}

/* The seed and the kind are all that makes a policy and its calls. */
static bool
try(struct kind *kind, uint64_t seed)
{
	struct random_source source = { seed };
	struct policy *policy = make(&source, kind);
	struct comparison c = {
		.policy = policy,
		.hide = kind->hide,
		.calls = 500,
	};
	enum compared result;

	if (policy == NULL) {
		(void)fprintf(stderr, "out of memory\n");
		return false;
	}
	(void)alarm(60); /* libseccomp may not come to an end */
	result = compare(&c, &source);
	(void)alarm(0);
	policy_free(policy);
	kind->done++;
	kind->skipped += result == COMPARED_SKIPPED;
	if (result == COMPARED_WRONG)
		(void)fprintf(stderr, "%s, seed %" PRIu64 ": %s\n", kind->name,
			      seed, c.why);
	return result != COMPARED_WRONG;
}

/* Nothing is shown by policies that were skipped. */
static bool
report(void)
{
	bool enough = true;

	for (size_t i = 0; i < KINDS; i++) {
		(void)printf("%s: %u policies, %u of them skipped\n",
			     kinds[i].name, kinds[i].done, kinds[i].skipped);
		if (kinds[i].skipped * 2 > kinds[i].done)
			enough = false;
	}
	if (!enough)
		(void)fprintf(stderr, "more were skipped than compared\n");
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
	uint64_t count, seed;

	if (argc != 2 && argc != 3) {
		(void)fprintf(stderr, "usage: random_policies COUNT [SEED]\n");
		return 2;
	}
	count = number(argv[1]);
	seed = argc == 3 ? number(argv[2]) : 1;
	if (strcmp(calls_arch_host()->name, "x86_64") != 0) {
		(void)printf("stated for x86_64\n");
		return 77;
	}
	/* What this kernel could load is not the question. */
	(void)seccomp_api_set(6);
	for (uint64_t i = 0; i < count; i++)
		if (!try(&kinds[(seed + i) % KINDS], seed + i))
			return 1;
	return report() ? 0 : 1;
}
