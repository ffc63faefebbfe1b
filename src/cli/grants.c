/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson grants: who may start which programs as whom.  Here only the verb is
 * found, and the options are read.
 */
#include "cli/grants.h"

#include "base/suggest.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE .argument = OPT_NONE
#define NEED .argument = OPT_REQUIRED

#define FLAG(member) .flag = OPT_AT_OF(struct policy_request, member)
#define TEXT(member) .text = OPT_AT_OF(struct policy_request, member)

#define ALL   (READS | GRANTS_SHOW)
#define READS (GRANTS_CHECK | GRANTS_WHY | GRANTS_APPLY | GRANTS_LIST)

/* clang-format off */
static const struct opt_row rows[] = {
	{ "file", 'f', NEED, GRANTS_WHY | GRANTS_LIST, TEXT(from), .metavar = "FILE",
	  .help = "instead of the files of the system" },
	{ "output", 'o', NEED, GRANTS_APPLY, TEXT(output), .metavar = "FILE",
	  .help = "there, instead of " GRANTS_APPLIED },
	{ "json", 0, NONE, GRANTS_CHECK | GRANTS_WHY | GRANTS_APPLY,
	  FLAG(json), .help = "answer in JSON" },
	{ "quiet", 'q', NONE, READS, FLAG(quiet),
	  .help = "no remarks about the grants" },
	{ "help", 'h', NONE, ALL, FLAG(help), .help = "this text" },
	{ .name = NULL },
};
/* clang-format on */

static const struct verb {
	const char *name, *summary;
	grants_verb *run;
	unsigned char bit;
	const char *words;
	const char *example;
} verbs[] = {
	{ "check", "are the grants right, and do their cases hold?",
	  grants_check, GRANTS_CHECK, "[FILE...]",
	  "caisson grants check my.grants" },
	{ "why", "is this permitted, and by which rule?", grants_why,
	  GRANTS_WHY, "CALLER as TARGET PROGRAM [with ...]",
	  "caisson grants why user agent as user builder /usr/bin/make" },
	{ "list", "what may I do?", grants_list, GRANTS_LIST, "",
	  "caisson grants list" },
	{ "show", "what was applied, in numbers", grants_show, GRANTS_SHOW,
	  "[FILE]", "caisson grants show" },
	{ "apply", "check the grants, and let them hold from now on",
	  grants_apply, GRANTS_APPLY, "[FILE...]", "caisson grants apply" },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
help_all(void)
{
	(void)puts("usage: caisson grants VERB [options] ...\n"
		   "\n"
		   "Who may start which programs as whom, with which ceiling.  "
		   "The launcher that\nobeys grants is not in this version.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		(void)printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
	(void)puts("\nexamples:");
	for (size_t i = 0; i < N_VERBS; i++)
		(void)printf("  %s\n", verbs[i].example);
	(void)puts("\nThe language: caisson-grants(5).");
	return cli_flush("grants", EXIT_SUCCESS);
}

static int
help(const struct verb *verb)
{
	(void)printf("usage: caisson grants %s [options] %s\n\n%s\n\n",
		     verb->name, verb->words, verb->summary);
	opt_print_help(rows, verb->bit);
	(void)printf("\nexample:\n  %s\n", verb->example);
	return cli_flush("grants", EXIT_SUCCESS);
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
	const struct policy_request r = { .verb = "grants",
					  .json = wants_json(argv) };
	struct suggest s;

	suggest_init(&s, argv[0]);
	for (size_t i = 0; i < N_VERBS; i++)
		suggest_offer(&s, verbs[i].name);
	if (s.best != NULL)
		return policy_usage(&r, "unknown verb %.64s: did you mean %s?",
				    argv[0], s.best);
	return policy_usage(&r, "unknown verb %.64s: see caisson grants --help",
			    argv[0]);
}

/* The words of why go on with what looks like an option: nice -5. */
static int
parse(const struct verb *verb, char **argv, struct policy_request *r,
      struct caisson_error *err)
{
	struct opt_list list;
	int code;

	if (verb->bit == GRANTS_WHY)
		code = opt_parse(rows, verb->bit, argv, &list, err);
	else
		code = opt_parse_mixed(rows, verb->bit, argv, &list, err);
	if (code == 0)
		opt_set(&list, r);
	r->words =
	    argv + (verb->bit == GRANTS_WHY && code == 0 ? list.rest : 1);
	opt_list_done(&list);
	while (r->words[r->n_words] != NULL)
		r->n_words++;
	return code;
}

static int
run(const struct verb *verb, char **argv, char **env)
{
	struct policy_request r = { .env = env };
	struct caisson_error err;
	bool json = wants_json(argv);
	char name[32];

	(void)snprintf(name, sizeof(name), "grants %s", verb->name);
	r.verb = name;
	if (parse(verb, argv, &r, &err) < 0) {
		r.json = json;
		return policy_fail(&r, NULL, &err);
	}
	return r.help ? help(verb) : verb->run(&r);
}

int
grants_main(int argc, char **argv, char **env)
{
	if (argc < 2) {
		cli_say("grants", "no verb given: see caisson grants --help");
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
