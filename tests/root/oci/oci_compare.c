/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_compare FILTER PROFILE OUT [WORD...]: imports the profile, with the words
 * of tests/unit/policy_import as options, makes a filter of it, writes that to
 * OUT, and compares it with the plain instructions in FILTER: by trying, and
 * over all paths.  Two things are taken for the same, and counted: libseccomp
 * kills the thread for a foreign architecture, and caisson the process; and
 * libseccomp kills for the numbers of x86_64 that have the highest bit, for
 * which there is no call, and caisson answers as for other such numbers.
 */
#include "support/whole_file.h"
#include "unit/policy_import/importing.h"

#include "policy/bpf.h"
#include "policy/proof.h"

#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX      512
#define DIFFERENCES_MAX 100000

struct values {
	uint64_t v[VALUES_MAX];
	size_t n;
};

struct compare {
	const struct policy *policy;
	struct filter theirs, ours;
	struct values values;
	unsigned long calls, sensitive, killed, beyond, differ;
};

static void
add_value(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->v[i] == value)
			return;
	if (values->n == VALUES_MAX) {
		(void)fprintf(stderr, "more than %d values\n", VALUES_MAX);
		exit(2);
	}
	values->v[values->n++] = value;
}

/* A constant of either filter, in both halves, and what is beside it. */
static void
add_constant(struct values *values, uint64_t k)
{
	add_value(values, k);
	add_value(values, k - 1);
	add_value(values, k + 1);
	add_value(values, k | UINT64_C(1) << 32);
	add_value(values, k | UINT64_C(1) << 63);
	add_value(values, k << 32);
	add_value(values, ~k);
}

static void
add_general(struct values *values)
{
	add_value(values, 0);
	add_value(values, 1);
	add_value(values, UINT64_MAX);
	for (unsigned i = 31; i < 34; i++) {
		add_value(values, UINT64_C(1) << i);
		add_value(values, (UINT64_C(1) << i) - 1);
	}
	add_value(values, UINT64_C(1) << 63);
}

/* Constants of the conditions on arguments, from the policy itself. */
static void
add_policy(struct values *values, const struct policy *policy)
{
	for (size_t a = 0; a < policy->n_archs; a++)
		for (size_t r = 0; r < policy->archs[a].n_rules; r++) {
			const struct policy_rule *rule =
			    &policy->archs[a].rules[r];

			for (size_t c = 0; c < rule->n_clauses; c++)
				for (size_t i = 0; i < rule->clauses[c].n_atoms;
				     i++) {
					const struct policy_atom *atom =
					    &rule->clauses[c].atoms[i];

					add_constant(values, atom->value);
					if (atom->mask != 0)
						add_constant(values,
							     atom->mask);
				}
		}
}

static bool
is_foreign(const struct compare *c, const struct seccomp_data *data)
{
	return policy_arch_of(c->policy, data) == NULL;
}

/* Not x32's, and -1 is what a tracer leaves behind. */
static bool
is_beyond(const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;

	return data->arch == AUDIT_ARCH_X86_64 && nr >> 31 != 0 &&
	       (nr & CALLS_X32_BIT) == 0;
}

/* Equal but for how refused calls are refused that nobody has? */
static bool
is_same(struct compare *c, const struct seccomp_data *data, uint32_t theirs,
	uint32_t ours)
{
	if (theirs == ours)
		return true;
	if (is_foreign(c, data) && theirs == SECCOMP_RET_KILL_THREAD &&
	    ours == SECCOMP_RET_KILL_PROCESS) {
		c->killed++;
		return true;
	}
	if (is_beyond(data) && theirs == SECCOMP_RET_KILL_THREAD &&
	    ours != SECCOMP_RET_ALLOW) {
		c->beyond++;
		return true;
	}
	return false;
}

static uint32_t
check(struct compare *c, const struct seccomp_data *data)
{
	uint32_t theirs = bpf_run(c->theirs.insns, data, NULL);
	uint32_t ours = bpf_run(c->ours.insns, data, NULL);

	c->calls++;
	if (!is_same(c, data, theirs, ours) && c->differ++ < 20)
		(void)printf("DIFFERENT nr 0x%x arch 0x%x args 0x%llx 0x%llx "
			     "0x%llx...: theirs 0x%x, ours 0x%x\n",
			     (unsigned)data->nr, data->arch,
			     (unsigned long long)data->args[0],
			     (unsigned long long)data->args[1],
			     (unsigned long long)data->args[2], theirs, ours);
	return theirs ^ ours << 1;
}

/* A register of 32-bit x86 has no more. */
static uint64_t
fit(const struct seccomp_data *data, uint64_t value)
{
	return data->arch == AUDIT_ARCH_I386 ? (uint32_t)value : value;
}

static void
check_pairs(struct compare *c, struct seccomp_data *data)
{
	for (unsigned i = 0; i < 6; i++)
		for (unsigned j = i + 1; j < 6; j++)
			for (size_t v = 0; v < c->values.n; v++) {
				data->args[i] = fit(data, c->values.v[v]);
				for (size_t w = 0; w < c->values.n; w++) {
					data->args[j] =
					    fit(data, c->values.v[w]);
					(void)check(c, data);
				}
				data->args[i] = data->args[j] = 0;
			}
}

/* Does the answer depend on an argument?  Then every pair of them is tried. */
static void
check_number(struct compare *c, uint32_t arch, uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };
	uint32_t first = check(c, &data);
	bool sensitive = false;

	for (unsigned i = 0; i < 6; i++) {
		for (size_t v = 0; v < c->values.n; v++) {
			data.args[i] = fit(&data, c->values.v[v]);
			sensitive |= check(c, &data) != first;
		}
		data.args[i] = 0;
	}
	if (sensitive) {
		c->sensitive++;
		check_pairs(c, &data);
	}
}

static void
check_grid(struct compare *c)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,
					  AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM };

	for (size_t a = 0; a < sizeof(archs) / sizeof(archs[0]); a++) {
		for (uint32_t nr = 0; nr < 1024; nr++) {
			check_number(c, archs[a], nr);
			check_number(c, archs[a], nr | CALLS_X32_BIT);
		}
		check_number(c, archs[a], CALLS_NONE);
		check_number(c, archs[a], CALLS_X32_BIT - 1);
		check_number(c, archs[a], UINT32_C(1) << 31);
	}
}

/* Every pair of paths that one call can take; -1: they cannot be walked. */
static int
check_paths(struct compare *c)
{
	static struct proof_witness found[DIFFERENCES_MAX];
	struct proof_list list = { .v = found, .max = DIFFERENCES_MAX };
	struct caisson_error err = { 0 };
	unsigned long killed = c->killed, beyond = c->beyond;

	if (proof_differences(&c->theirs, &c->ours, &list, &err) < 0) {
		(void)printf("paths: %s\n", err.msg);
		return -1;
	}
	if (list.n > list.max)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct proof_witness *w = &found[i];

		if (!is_same(c, &w->data, w->a, w->b) && c->differ++ < 20)
			(void)printf("DIFFERENT path: nr 0x%x arch 0x%x "
				     "0x%llx 0x%llx 0x%llx: theirs 0x%x, "
				     "ours 0x%x\n",
				     (unsigned)w->data.nr, w->data.arch,
				     (unsigned long long)w->data.args[0],
				     (unsigned long long)w->data.args[1],
				     (unsigned long long)w->data.args[2], w->a,
				     w->b);
	}
	(void)printf("over all paths: %zu differences, %lu of them in how "
		     "foreign calls are killed, %lu in numbers that have the "
		     "highest bit\n",
		     list.n, c->killed - killed, c->beyond - beyond);
	return 0;
}

static int
read_filter(const char *path, struct filter *out)
{
	size_t len;
	char *bytes = whole_file(path, &len);

	if (bytes == NULL || len == 0 || len % sizeof(*out->insns) != 0)
		return -1;
	out->insns = malloc(len);
	if (out->insns == NULL)
		return -1;
	memcpy(out->insns, bytes, len);
	out->len = len / sizeof(*out->insns);
	free(bytes);
	return bpf_is_valid(out->insns, out->len) ? 0 : -1;
}

static int
import(const char *path, char **words, struct policy **policy,
       struct filter *filter)
{
	struct text_options options = { .file = "imported", .dir_fd = -1 };
	struct caisson_error err = { 0 };
	struct importing importing;
	char line[4096] = "", *profile, *text = NULL;
	size_t len;

	for (; *words != NULL; words++) {
		(void)strncat(line, *words, sizeof(line) - strlen(line) - 2);
		(void)strcat(line, " ");
	}
	profile = whole_file(path, &len);
	if (profile == NULL || importing_init(&importing, line) < 0)
		return -1;
	importing.options.file = path;
	options.arch = importing.options.arch;
	if (importing_run(&importing, profile, len, &text, &err) < 0 ||
	    text_parse(text, strlen(text), &options, policy, &err) < 0 ||
	    filter_generate(*policy, filter, &err) < 0) {
		(void)printf("%s\n", err.msg);
		return -1;
	}
	importing_done(&importing);
	free(profile);
	free(text);
	return 0;
}

static int
write_filter(const char *path, const struct filter *filter)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(filter->insns, sizeof(*filter->insns),
				filter->len, f) != filter->len)
		return -1;
	return fclose(f);
}

int
main(int argc, char **argv)
{
	static struct compare c;
	struct policy *policy = NULL;
	int r;

	if (argc < 4 || read_filter(argv[1], &c.theirs) < 0 ||
	    import(argv[2], argv + 4, &policy, &c.ours) < 0 ||
	    write_filter(argv[3], &c.ours) < 0)
		return 2;
	c.policy = policy;
	add_general(&c.values);
	add_policy(&c.values, policy);
	check_grid(&c);
	(void)printf("theirs %zu instructions, ours %zu; %lu calls with %zu "
		     "values, %lu numbers with arguments, %lu foreign ones "
		     "killed otherwise, %lu differences\n",
		     c.theirs.len, c.ours.len, c.calls, c.values.n, c.sensitive,
		     c.killed, c.differ);
	r = check_paths(&c);
	(void)printf("%lu differences\n", c.differ);
	filter_done(&c.theirs);
	filter_done(&c.ours);
	policy_free(policy);
	if (c.differ > 0)
		return 1;
	return r < 0 ? 3 : 0;
}
