/* SPDX-License-Identifier: Apache-2.0 */
/* Validation: what the program is as a process, and its resource limits. */
#include "base/err.h"
#include "base/names.h"
#include "spec/freeze.h"
#include "spec/path.h"
#include "spec/pointer.h"
#include "spec/words.h"

#include <limits.h>

static int
check_group(const struct spec_process *process, struct caisson_error *err)
{
	bool is_pgid = process->group >= 1 && process->group <= INT_MAX;

	if (process->group != CAISSON_GROUP_NEW &&
	    process->group != CAISSON_GROUP_INHERIT && !is_pgid)
		return err_spec(err, "/process/group",
				"must be \"new\", \"inherit\" or a process "
				"group id from 1 to %d",
				INT_MAX);
	if (process->session && process->group != CAISSON_GROUP_NEW)
		return err_spec(
		    err, "/process/group",
		    "contradicts session \"new\", which has a group "
		    "of its own");
	return 0;
}

static int
check_tty(const struct spec_process *process, struct caisson_error *err)
{
	if (words_text(words_tty, process->tty) == NULL)
		return err_spec(err, "/process/tty",
				"must be \"inherit\", \"control\" or "
				"\"detach\"");
	if (process->tty == CAISSON_TTY_CONTROL && !process->session)
		return err_spec(err, "/process/tty",
				"\"control\" needs session \"new\"");
	if (!process->foreground)
		return 0;
	if (process->tty != CAISSON_TTY_INHERIT)
		return err_spec(err, "/process/foreground",
				"contradicts tty \"%s\"",
				words_text(words_tty, process->tty));
	if (process->session)
		return err_spec(err, "/process/foreground",
				"contradicts session \"new\", which has no "
				"terminal");
	return 0;
}

static int
check_signal(const struct spec_process *process, struct caisson_error *err)
{
	int64_t signo = process->parent_death_signal;
	char name[16];

	if (signo == 0)
		return 0;
	if (signo < 0 || signo > INT_MAX ||
	    names_signal_name((int)signo, name) == NULL)
		return err_spec(err, "/process/parent_death_signal",
				"must be the name of a signal, such as "
				"\"SIGTERM\"");
	return 0;
}

static int
check_numbers(const struct spec_process *process, struct caisson_error *err)
{
	if (process->has_umask && (process->umask < 0 || process->umask > 0777))
		return err_spec(err, "/process/umask",
				"must be 1 to 4 octal digits, \"0\" to "
				"\"0777\"");
	if (process->has_nice && (process->nice < -20 || process->nice > 19))
		return err_spec(err, "/process/nice", "must be -20 to 19");
	if (process->has_oom_score_adj &&
	    (process->oom_score_adj < -1000 || process->oom_score_adj > 1000))
		return err_spec(err, "/process/oom_score_adj",
				"must be -1000 to 1000");
	return 0;
}

static int
check_rlimits(const struct caisson_spec *spec, struct caisson_error *err)
{
	for (size_t i = 0; i < spec->n_rlimits; i++) {
		const struct spec_rlimit *limit = &spec->rlimits[i];
		const char *name = names_rlimit_name(limit->resource);

		/* 2^63 - 1 is what JSON can say. */
		if ((limit->soft > INT64_MAX &&
		     limit->soft != CAISSON_UNLIMITED) ||
		    (limit->hard > INT64_MAX &&
		     limit->hard != CAISSON_UNLIMITED))
			return err_spec(err, AT_KEY("/rlimits", name),
					"must be at most %lld, or "
					"\"unlimited\"",
					(long long)INT64_MAX);
		if (limit->soft > limit->hard)
			return err_spec(err, AT_KEY("/rlimits", name),
					"the soft limit is above the hard "
					"limit");
	}
	return 0;
}

int
freeze_check_process(const struct caisson_spec *spec, struct caisson_error *err)
{
	const struct spec_process *process = &spec->process;
	int r = check_group(process, err);

	if (r == 0)
		r = check_tty(process, err);
	if (r == 0)
		r = check_signal(process, err);
	if (r == 0)
		r = check_numbers(process, err);
	if (r == 0 && process->chroot != NULL)
		r = path_check_directory("/process/chroot", process->chroot,
					 err);
	if (r == 0)
		r = check_rlimits(spec, err);
	return r;
}
