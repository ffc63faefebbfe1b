/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson on the command line: a thin user of the library, with the caller's
 * authority and never more.  Here only the verb is found.
 */
#include "cli/cli.h"

#include "base/suggest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const struct cli_verb verbs[] = {
	{ "run", "start a program, confined", run_main },
	{ "session", "launch, signal and wait, by JSON Lines", session_main },
	{ "check", "check a spec, start nothing", check_main },
	{ "policy", "read, compile and prove seccomp policies", policy_main },
	{ "grants", "check who may start what as whom", grants_main },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
print_help(void)
{
	(void)puts("usage: caisson VERB [options]\n"
		   "\n"
		   "caisson starts programs with less than their launcher has, "
		   "and says truthfully\nwhat it did.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		(void)printf("  %-12s %s\n", verbs[i].name, verbs[i].summary);
	(void)puts("  --version    version and features\n"
		   "  --help       this text\n"
		   "\n"
		   "examples:\n"
		   "  caisson run -- make\n"
		   "  caisson run --help\n"
		   "  caisson check --spec job.json");
	return cli_flush("", EXIT_SUCCESS);
}

static int
print_version(void)
{
	(void)printf("caisson %s\n", caisson_features());
	return cli_flush("", EXIT_SUCCESS);
}

static int
unknown(const char *word)
{
	const char *dashes = word[0] == '-' ? "--" : "";
	struct suggest s;

	suggest_init(&s, word + strlen(dashes));
	if (word[0] != '-')
		for (size_t i = 0; i < N_VERBS; i++)
			suggest_offer(&s, verbs[i].name);
	else {
		suggest_offer(&s, "version");
		suggest_offer(&s, "help");
	}
	if (s.best != NULL)
		cli_say("", "unknown %s %s: did you mean %s%s?",
			word[0] == '-' ? "option" : "verb", word, dashes,
			s.best);
	else
		cli_say("", "unknown %s %s: see caisson --help",
			word[0] == '-' ? "option" : "verb", word);
	return CLI_FAILED;
}

/*
 * Started without some of the descriptors 0 to 2, we would open something of
 * ours under that number, and the program would inherit it.
 */
static int
fill_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
		if (fd == STDIN_FILENO)
			cli_stdin_closed();
		if (fd == STDOUT_FILENO)
			cli_stdout_closed();
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (fill_stdio() < 0)
		return CLI_FAILED;
	if (argc < 2) {
		cli_say("", "no verb given: see caisson --help");
		return CLI_FAILED;
	}
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1, environ);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return print_version();
	return unknown(argv[1]);
}
