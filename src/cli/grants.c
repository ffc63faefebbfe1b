/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson grants: who may start which programs as whom.  Here are only its
 * verbs and their options.
 */
#include "cli/grants.h"

#include "cli/cli.h"
#include "cli/subverb.h"

#include <stddef.h>

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
	{ "detach", 0, NONE, GRANTS_WHY, FLAG(detach),
	  .help = "of a spec: as run --detach" },
	{ "json", 0, NONE, GRANTS_CHECK | GRANTS_WHY | GRANTS_APPLY,
	  FLAG(json), .help = "answer in JSON" },
	{ "quiet", 'q', NONE, READS, FLAG(quiet),
	  .help = "no remarks about the grants" },
	{ "help", 'h', NONE, ALL, FLAG(help), .help = "this text" },
	{ .name = NULL },
};
/* clang-format on */

/* The words of why go on with what looks like an option: nice -5. */
static const struct subverb verbs[] = {
	{ .name = "check",
	  .summary = "are the grants right, and do their cases hold?",
	  .run = grants_check,
	  .bit = GRANTS_CHECK,
	  .most = SUBVERB_MANY,
	  .words = "[FILE...]",
	  .example = "caisson grants check my.grants" },
	{ .name = "why",
	  .summary = "is this permitted, and by which rule?",
	  .run = grants_why,
	  .bit = GRANTS_WHY,
	  .words_last = true,
	  .most = SUBVERB_MANY,
	  .least = 1,
	  .words = "SPEC|-|CALLER as TARGET PROGRAM [with ...]",
	  .example =
	      "caisson grants why user agent as user builder /usr/bin/make" },
	{ .name = "list",
	  .summary = "what may I do?",
	  .run = grants_list,
	  .bit = GRANTS_LIST,
	  .words = "",
	  .example = "caisson grants list" },
	{ .name = "show",
	  .summary = "what was applied, in numbers",
	  .run = grants_show,
	  .bit = GRANTS_SHOW,
	  .most = 1,
	  .words = "[FILE]",
	  .example = "caisson grants show" },
	{ .name = "apply",
	  .summary = "check the grants, and let them hold from now on",
	  .run = grants_apply,
	  .bit = GRANTS_APPLY,
	  .most = SUBVERB_MANY,
	  .words = "[FILE...]",
	  .example = "caisson grants apply" },
	{ .name = NULL },
};

static const struct subverbs grants = {
	.name = "grants",
	.about = "Who may start which programs as whom, with which ceiling.  "
		 "The launcher that\nobeys grants is not in this version.",
	.manual = "caisson-grants(5)",
	.rows = rows,
	.verbs = verbs,
};

int
grants_main(int argc, char **argv, char **env)
{
	(void)argc;
	return subverb_main(&grants, argv, env);
}
