/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson grants list: those rules that are for who asks, as the decision sees
 * it; and whether the text is what was applied.
 */
#include "cli/grants.h"

#include "base/err.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_newer(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

void
grants_compare(const struct policy_request *r, const struct grants_input *input)
{
	struct stat applied, st;

	if (r->quiet)
		return;
	if (stat(GRANTS_APPLIED, &applied) < 0) {
		cli_say(r->verb,
			errno == ENOENT
			    ? "warning: nothing was applied: run caisson "
			      "grants apply"
			    : "warning: it is not known what was applied");
		return;
	}
	for (size_t i = 0; i < input->text.n_sources; i++) {
		const char *name = input->text.sources[i].name;

		if (stat(name, &st) == 0 && is_newer(&st, &applied))
			cli_say(r->verb,
				"warning: %s is newer than what was applied: "
				"run caisson grants apply",
				name);
	}
}

uint32_t *
grants_own_groups(size_t *out)
{
	int n = getgroups(0, NULL);
	gid_t *groups = n < 0 ? NULL : calloc((size_t)n + 1, sizeof(*groups));

	if (groups == NULL)
		return NULL;
	n = getgroups(n, groups);
	if (n < 0) {
		free(groups);
		return NULL;
	}
	groups[n] = getgid();
	*out = (size_t)n + 1;
	return groups;
}

/* A rule alone, asked about nothing: who it is for is looked at first. */
static bool
is_mine(const struct wire_reader *rule, const struct grant_request *asked)
{
	const struct grant_set alone = { *rule, 1 };
	struct grant_answer answer;

	(void)grant_decide(&alone, asked, &answer);
	return answer.field != GRANT_CALLER_UIDS;
}

static size_t
print_mine(const struct grants_input *input, const struct grant_request *asked)
{
	struct wire_reader before;
	struct grant_rule rule;
	struct grant_set set;
	size_t n = 0;

	if (!grant_take(input->bytes.data, input->bytes.len, &set))
		return 0;
	for (before = set.rules; grant_next_rule(&set.rules, &rule);
	     before = set.rules) {
		before.left -= set.rules.left;
		if (!is_mine(&before, asked))
			continue;
		grants_print_rule(&rule);
		n++;
	}
	return n;
}

int
grants_list(const struct policy_request *r)
{
	char *files[] = { NULL, NULL };
	struct grant_request asked = { .caller_uid = getuid(), .signal = true };
	struct grants_input input;
	uint32_t *groups;
	int status;

	/* as argv has them: not const, and not changed */
	memcpy(&files[0], &r->from, sizeof(files[0]));
	status = grants_read(r, files, r->from != NULL ? 1 : 0, &input);
	groups = grants_own_groups(&asked.n_caller_gids);
	asked.caller_gids = groups;
	if (status == 0 && groups == NULL) {
		status = policy_no_memory(r);
	} else if (status == 0) {
		if (r->from == NULL)
			grants_compare(r, &input);
		if (print_mine(&input, &asked) == 0)
			(void)puts("# no rule is for you");
		status = cli_flush(r->verb, EXIT_SUCCESS);
	}
	free(groups);
	grants_input_done(&input);
	return status;
}
