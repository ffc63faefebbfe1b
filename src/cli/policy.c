/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy: what can be done with a policy without starting anything.
 * Here only the verb is found, and the options are read.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "base/suggest.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct verb {
	const char *name, *summary;
	policy_verb *run;
	unsigned char bit;
	unsigned char least, most; /* words */
	const char *words;
	const char *example;
} verbs[] = {
	{ "compile", "make the filter, as bytes or as C", policy_compile,
	  POLICY_COMPILE, 1, 1, "FILE|PROFILE",
	  "caisson policy compile my.policy -o my.bpf" },
	{ "show", "what it says about each system call", policy_show,
	  POLICY_SHOW, 1, 1, "FILE|PROFILE", "caisson policy show default" },
	{ "import", "policy text from other formats", policy_import,
	  POLICY_IMPORT, 1, 1, "FILE",
	  "caisson policy import --from oci seccomp.json >my.policy" },
	{ "diff", "what one allows and the other does not", policy_diff,
	  POLICY_DIFF, 2, 2, "FILE|PROFILE FILE|PROFILE",
	  "caisson policy diff default my.policy" },
	{ "test", "does it allow and refuse what it must?", policy_test,
	  POLICY_TEST, 2, 255, "FILE|PROFILE CASES...",
	  "caisson policy test my.policy my.cases" },
	{ "prove", "is the filter equal to the policy?", policy_prove,
	  POLICY_PROVE, 1, 1, "FILE|PROFILE", "caisson policy prove default" },
	{ "list", "profiles, groups, names", policy_list, POLICY_LIST, 0, 0, "",
	  "caisson policy list --groups" },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
help_all(void)
{
	(void)puts(
	    "usage: caisson policy VERB [options] ...\n"
	    "\n"
	    "Read, compile, compare and prove seccomp policies.  FILE is "
	    "policy text, or an OCI\nseccomp profile; it has a slash or "
	    "ends with .policy or .json; -: standard\ninput.  PROFILE is "
	    "one that caisson ships.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		(void)printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
	(void)puts("\nexamples:");
	for (size_t i = 0; i < N_VERBS; i++)
		(void)printf("  %s\n", verbs[i].example);
	(void)puts("\nThe language: caisson-policy(5).");
	return cli_flush("policy", EXIT_SUCCESS);
}

static int
help(const struct verb *verb)
{
	(void)printf("usage: caisson policy %s [options]%s%s\n\n"
		     "%s\n\n",
		     verb->name, verb->words[0] != '\0' ? " " : "", verb->words,
		     verb->summary);
	opt_print_help(policy_rows, verb->bit);
	(void)printf("\nexample:\n  %s\n", verb->example);
	return cli_flush("policy", EXIT_SUCCESS);
}

/* Errors before the options are known are in JSON, too, if asked for. */
static bool
wants_json(char *const *argv)
{
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--json") == 0)
			return true;
	return false;
}

static int
unknown(char *const *argv)
{
	const struct policy_request r = { .verb = "policy",
					  .json = wants_json(argv) };
	struct suggest s;

	suggest_init(&s, argv[0]);
	for (size_t i = 0; i < N_VERBS; i++)
		suggest_offer(&s, verbs[i].name);
	if (s.best != NULL)
		return policy_usage(&r, "unknown verb %.64s: did you mean %s?",
				    argv[0], s.best);
	return policy_usage(&r, "unknown verb %.64s: see caisson policy --help",
			    argv[0]);
}

static int
find_arch(struct policy_request *r, struct caisson_error *err)
{
	struct suggest s;

	r->arch = r->arch_name != NULL ? calls_arch_by_name(r->arch_name)
				       : calls_arch_host();
	if (r->arch != NULL)
		return 0;
	suggest_init(&s, r->arch_name);
	for (size_t i = 0; calls_arch_at(i) != NULL; i++)
		suggest_offer(&s, calls_arch_at(i)->name);
	if (s.best != NULL)
		return err_usage(err, "--arch %.64s: did you mean %s?",
				 r->arch_name, s.best);
	return err_usage(err,
			 "--arch %.64s: is none; see caisson policy list "
			 "--archs",
			 r->arch_name);
}

static int
check_words(const struct verb *verb, const struct policy_request *r,
	    struct caisson_error *err)
{
	if (r->n_words < verb->least)
		return err_usage(err, "%s needs %s: see --help", r->verb,
				 verb->words);
	if (r->n_words > verb->most)
		return err_usage(err, "%s: one word too many",
				 r->words[verb->most]);
	return 0;
}

static int
parse(const struct verb *verb, char **argv, struct policy_request *r,
      struct caisson_error *err)
{
	struct opt_list list;
	int code = opt_parse_mixed(policy_rows, verb->bit, argv, &list, err);

	if (code == 0)
		opt_set(&list, r);
	opt_list_done(&list);
	r->words = argv + 1;
	while (r->words[r->n_words] != NULL)
		r->n_words++;
	if (code < 0 || r->help)
		return code;
	code = find_arch(r, err);
	return code < 0 ? code : check_words(verb, r, err);
}

static int
run(const struct verb *verb, char **argv, char **env)
{
	struct policy_request r = { .env = env };
	struct caisson_error err;
	bool json = wants_json(argv);
	char name[32];

	(void)snprintf(name, sizeof(name), "policy %s", verb->name);
	r.verb = name;
	if (parse(verb, argv, &r, &err) < 0) {
		r.json = json;
		return policy_fail(&r, NULL, &err);
	}
	return r.help ? help(verb) : verb->run(&r);
}

int
policy_main(int argc, char **argv, char **env)
{
	if (argc < 2) {
		cli_say("policy", "no verb given: see caisson policy --help");
		return CLI_FAILED;
	}
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return run(&verbs[i], argv + 1, env);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help_all();
	return unknown(argv + 1);
}
