/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs below a verb: caisson policy show, caisson grants why. */
#ifndef CLI_SUBVERB_H
#define CLI_SUBVERB_H

#include "cli/policy.h"

#include <stdint.h>

#define SUBVERB_MANY SIZE_MAX

struct subverb {
	const char *name, *summary;
	policy_verb *run;
	unsigned char bit; /* of struct opt_row's verbs */
	bool words_last; /* what follows the first word is no option */
	size_t least, most; /* words */
	const char *words; /* as --help names them, or "" */
	const char *example;
};

struct subverbs {
	const char *name; /* the verb above them */
	const char *about; /* what --help says of them all */
	const char *manual; /* and what there is to read */
	const struct opt_row *rows;
	const struct subverb *verbs; /* the last one has no name */
	/* What the options mean, where that can be wrong; or NULL. */
	int (*complete)(struct policy_request *r, struct caisson_error *err);
};

/* argv[0] is the verb above them: the exit status. */
int subverb_main(const struct subverbs *of, char **argv, char **env);

#endif
