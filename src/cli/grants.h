/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of caisson grants share. */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "cli/policy.h"
#include "grant/text.h"

#define GRANTS_FILE      "/etc/caisson/grants"
#define GRANTS_DIRECTORY "/etc/caisson/grants.d"
#define GRANTS_APPLIED   "/var/lib/caisson/grants"

/* Bits of struct opt_row's verbs. */
#define GRANTS_CHECK 1u
#define GRANTS_WHY   2u
#define GRANTS_SHOW  4u
#define GRANTS_APPLY 8u
#define GRANTS_LIST  16u

/* The answer of why. */
#define GRANTS_DENIED 1

/*
 * Words, --json and --quiet are a policy_request's, so that what is wrong is
 * said in the same way; output is --output, and from is --file.
 */
typedef int grants_verb(const struct policy_request *r);
grants_verb grants_check, grants_why, grants_show, grants_apply, grants_list;

/* Text that was read, its cases holding, and the file that it becomes. */
struct grants_input {
	struct grant_options options;
	struct grant_text text;
	struct grant_bytes bytes;
	struct notes *notes;
};

/*
 * These files, or without any those of the system, which must be root's.  0,
 * or an exit status; then it has been said what is wrong.
 */
CAISSON_CHECK int grants_read(const struct policy_request *r,
			      char *const *files, size_t n,
			      struct grants_input *out);
/* Warns where the text of the system is not what was applied last. */
void grants_compare(const struct policy_request *r,
		    const struct grants_input *input);
void grants_input_done(struct grants_input *input); /* again is ok */

/* The groups of this process, its own last: heap; NULL: no memory. */
uint32_t *grants_own_groups(size_t *out);

/* An answer, with all that was asked. */
struct grants_verdict {
	const struct grant_request *asked;
	struct grant_set set;
	struct grant_answer answer;
};

void grants_verdict_print(const struct grants_verdict *v);
json_t *grants_verdict_json(const struct grants_verdict *v); /* or NULL */

/* A rule in the language, with numbers for names. */
void grants_print_rule(const struct grant_rule *rule);

#endif
