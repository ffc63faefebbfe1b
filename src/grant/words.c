/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each line of a block is called: read, and said to those who ask.  No
 * more than words, for the library has them too.
 */
#include "grant/text.h"

#include "base/names.h"

#include <stdio.h>

static const struct {
	unsigned field;
	uint64_t flag;
	const char *word;
} words[] = {
	{ GRANT_PROGRAMS, 0, "program" },
	{ GRANT_FLOORS, 0, "seccomp" },
	{ GRANT_CAPABILITIES, 0, "capabilities" },
	{ GRANT_RLIMIT, 0, "rlimit" },
	{ GRANT_ENV, 0, "env" },
	{ GRANT_CHROOTS, 0, "chroot" },
	{ GRANT_EXTRA_FDS, 0, "extra_fds" },
	{ GRANT_TIMEOUT, 0, "timeout" },
	{ GRANT_NICE, 0, "nice" },
	{ GRANT_OOM_SCORE_ADJ, 0, "oom_score_adj" },
	{ GRANT_LAUNCHES, 0, "launches" },
	{ GRANT_FLAGS, GRANT_DETACH, "detach" },
	{ GRANT_FLAGS, GRANT_TERMINAL, "terminal" },
	{ GRANT_FLAGS, GRANT_SIGNAL, "signal" },
	{ GRANT_FLAGS, GRANT_ROOT, "root" },
};

const char *
grant_ceiling_word(unsigned field, uint64_t flag)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].field == field && words[i].flag == flag)
			return words[i].word;
	return "";
}

void
grant_explain_field(unsigned field, uint64_t flag, char out[64])
{
	const char *limit = NULL;

	if (field >= GRANT_RLIMIT) {
		limit = names_rlimit_name((int)(field - GRANT_RLIMIT));
		field = GRANT_RLIMIT;
	}
	(void)snprintf(out, 64, "%s%s%s", grant_ceiling_word(field, flag),
		       limit != NULL ? " " : "", limit != NULL ? limit : "");
}
