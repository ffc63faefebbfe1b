/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds which verb below a verb is meant, reads its options, counts its words
 * and runs it; or gives help.  What the verbs do is not known here.
 */
#include "cli/subverb.h"

#include "base/err.h"
#include "base/suggest.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
help_all(const struct subverbs *of)
{
	const struct subverb *verb;

	(void)printf("usage: caisson %s VERB [options] ...\n\n%s\n\n", of->name,
		     of->about);
	for (verb = of->verbs; verb->name != NULL; verb++)
		(void)printf("  %-10s %s\n", verb->name, verb->summary);
	(void)puts("\nexamples:");
	for (verb = of->verbs; verb->name != NULL; verb++)
		(void)printf("  %s\n", verb->example);
	(void)printf("\nThe language: %s.\n", of->manual);
	return cli_flush(of->name, EXIT_SUCCESS);
}

static int
help(const struct subverbs *of, const struct subverb *verb)
{
	(void)printf("usage: caisson %s %s [options]%s%s\n\n%s\n\n", of->name,
		     verb->name, verb->words[0] != '\0' ? " " : "", verb->words,
		     verb->summary);
	opt_print_help(of->rows, verb->bit);
	(void)printf("\nexample:\n  %s\n", verb->example);
	return cli_flush(of->name, EXIT_SUCCESS);
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
unknown(const struct subverbs *of, char *const *argv)
{
	const struct policy_request r = { .verb = of->name,
					  .json = wants_json(argv) };
	struct suggest s;

	suggest_init(&s, argv[0]);
	for (const struct subverb *v = of->verbs; v->name != NULL; v++)
		suggest_offer(&s, v->name);
	if (s.best != NULL)
		return policy_usage(&r, "unknown verb %.64s: did you mean %s?",
				    argv[0], s.best);
	return policy_usage(&r, "unknown verb %.64s: see caisson %s --help",
			    argv[0], of->name);
}

static int
check_words(const struct subverb *verb, const struct policy_request *r,
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
read_options(const struct subverbs *of, const struct subverb *verb, char **argv,
	     struct policy_request *r, struct caisson_error *err)
{
	struct opt_list list;
	int code = verb->words_last
		       ? opt_parse(of->rows, verb->bit, argv, &list, err)
		       : opt_parse_mixed(of->rows, verb->bit, argv, &list, err);

	r->words = argv + 1;
	if (code == 0) {
		opt_set(&list, r);
		if (verb->words_last)
			r->words = argv + list.rest;
	}
	opt_list_done(&list);
	while (r->words[r->n_words] != NULL)
		r->n_words++;
	return code;
}

static int
parse(const struct subverbs *of, const struct subverb *verb, char **argv,
      struct policy_request *r, struct caisson_error *err)
{
	int code = read_options(of, verb, argv, r, err);

	if (code == 0 && !r->help && of->complete != NULL)
		code = of->complete(r, err);
	if (code == 0 && !r->help)
		code = check_words(verb, r, err);
	return code;
}

static int
run(const struct subverbs *of, const struct subverb *verb, char **argv,
    char **env)
{
	struct policy_request r = { .env = env };
	struct caisson_error err;
	bool json = wants_json(argv);
	char name[32];

	(void)snprintf(name, sizeof(name), "%s %s", of->name, verb->name);
	r.verb = name;
	if (parse(of, verb, argv, &r, &err) < 0) {
		r.json = json;
		return policy_fail(&r, NULL, &err);
	}
	return r.help ? help(of, verb) : verb->run(&r);
}

int
subverb_main(const struct subverbs *of, char **argv, char **env)
{
	if (argv[1] == NULL) {
		cli_say(of->name, "no verb given: see caisson %s --help",
			of->name);
		return CLI_FAILED;
	}
	for (const struct subverb *v = of->verbs; v->name != NULL; v++)
		if (strcmp(argv[1], v->name) == 0)
			return run(of, v, argv + 1, env);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help_all(of);
	return unknown(of, argv + 1);
}
