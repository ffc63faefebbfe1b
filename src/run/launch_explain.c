/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's two integers and an index, as a sentence: which step, which
 * call with which value, which errno.  Tables and formatting only.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/names.h"

#include <errno.h>
#include <stdio.h>

static const char *const verified[] = {
	[PLAN_VERIFY_UID] = "the uid",
	[PLAN_VERIFY_GID] = "the gid",
	[PLAN_VERIFY_GROUPS] = "the groups",
	[PLAN_VERIFY_CAPS] = "the capability sets",
	[PLAN_VERIFY_BOUNDING] = "the bounding set",
	[PLAN_VERIFY_AMBIENT] = "the ambient set",
	[PLAN_VERIFY_SECUREBITS] = "the securebits",
	[PLAN_VERIFY_NO_NEW_PRIVS] = "no_new_privs",
	[PLAN_VERIFY_UID_BACK] = "the uid that could be taken back",
	[PLAN_VERIFY_GID_BACK] = "the gid that could be taken back",
	[PLAN_VERIFY_SESSION] = "the session",
	[PLAN_VERIFY_GROUP] = "the process group",
	[PLAN_VERIFY_UMASK] = "the umask",
	[PLAN_VERIFY_NICE] = "the nice value",
};

/* What the step tried, for the steps where the name does not say it all. */
static const struct {
	uint32_t stage;
	const char *what;
} attempts[] = {
	{ CAISSON_STAGE_DEADLINE,
	  "timer (it counts against the user's sigpending limit)" },
	{ CAISSON_STAGE_UNSHARE_FDS, "close_range" },
	{ CAISSON_STAGE_SESSION, "setsid" },
	{ CAISSON_STAGE_FOREGROUND, "controlling terminal" },
	{ CAISSON_STAGE_OOM_SCORE, "/proc/self/oom_score_adj" },
	{ CAISSON_STAGE_KEYRING, "joining a new session keyring" },
	{ CAISSON_STAGE_NO_NEW_PRIVS, "prctl" },
	{ CAISSON_STAGE_AMBIENT, "prctl" },
	{ CAISSON_STAGE_SECUREBITS, "prctl" },
	{ CAISSON_STAGE_GROUPS, "setgroups" },
	{ CAISSON_STAGE_PTRACE, "traceme" },
	{ CAISSON_STAGE_MASK, "sigprocmask" },
	{ CAISSON_STAGE_SECCOMP, "loading the filter" },
};

static const char *
attempt(uint32_t stage)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (attempts[i].stage == stage)
			return attempts[i].what;
	return "failed";
}

static void
describe(const struct launch *l, const struct report *r, char *out, size_t size)
{
	const struct plan *p = &l->plan;
	const char *name;

	switch (r->stage) {
	case CAISSON_STAGE_UID:
	case CAISSON_STAGE_GID:
		(void)snprintf(out, size, "setres%s %u",
			       r->stage == CAISSON_STAGE_UID ? "uid" : "gid",
			       r->index);
		return;
	case CAISSON_STAGE_RLIMITS:
	case CAISSON_STAGE_NOFILE:
		name = names_rlimit_name((int)r->index);
		(void)snprintf(out, size, "setrlimit %s",
			       name != NULL ? name : "?");
		return;
	case CAISSON_STAGE_FDS:
		(void)snprintf(out, size, "descriptor %u", r->index);
		return;
	case CAISSON_STAGE_GROUP:
		(void)snprintf(out, size, "setpgid %d", p->join_group);
		return;
	case CAISSON_STAGE_NICE:
		(void)snprintf(out, size, "setpriority %d", p->nice);
		return;
	case CAISSON_STAGE_BOUNDING:
	case CAISSON_STAGE_CAPSET:
		name = cred_cap_name(r->index);
		(void)snprintf(out, size, "%s", name != NULL ? name : "?");
		return;
	case CAISSON_STAGE_CHROOT:
		(void)snprintf(out, size, "%s", p->chroot);
		return;
	case CAISSON_STAGE_CWD:
		(void)snprintf(out, size, "%s", p->cwd);
		return;
	case CAISSON_STAGE_TERMINAL:
		(void)snprintf(out, size, "%s",
			       p->tty == CAISSON_TTY_CONTROL
				   ? "stdin as controlling terminal"
				   : "giving up the terminal");
		return;
	case CAISSON_STAGE_SIGNALS:
		(void)snprintf(out, size, "signal %u", r->index);
		return;
	default:
		(void)snprintf(out, size, "%s", attempt(r->stage));
	}
}

static int
explain_mismatch(const struct launch *l, const struct report *r,
		 struct caisson_error *err)
{
	char what[160];

	if (r->stage == CAISSON_STAGE_CWD)
		return err_set(
		    err, CAISSON_E_MISMATCH, r->stage, 0,
		    "%s is not the real path of that directory (a symbolic "
		    "link?): name the real one",
		    l->plan.cwd);
	if (r->stage == CAISSON_STAGE_IDENTIFY)
		return err_set(
		    err, CAISSON_E_MISMATCH, r->stage, 0,
		    "%s is not the file that was checked: it was replaced "
		    "during the launch",
		    l->plan.path);
	if (r->stage == CAISSON_STAGE_EXEC && r->index == PLAN_FILTER_RESTS)
		return err_set(err, CAISSON_E_MISMATCH, r->stage, 0,
			       "the filters for refused calls are not "
			       "complete");
	if (r->stage == CAISSON_STAGE_EXEC)
		return err_set(err, CAISSON_E_MISMATCH, r->stage, 0,
			       "execve says that it succeeded, but returned");
	if (r->stage == CAISSON_STAGE_VERIFY &&
	    r->index < sizeof(verified) / sizeof(verified[0]) &&
	    verified[r->index] != NULL)
		return err_set(err, CAISSON_E_MISMATCH, r->stage, 0,
			       "%s: read back other than asked for",
			       verified[r->index]);
	describe(l, r, what, sizeof(what));
	return err_set(err, CAISSON_E_MISMATCH, r->stage, 0,
		       "%s: read back other than asked for", what);
}

/* Loading a filter with a listener fails in ways of its own. */
static int
explain_listener(const struct report *r, struct caisson_error *err)
{
	if (r->error == EBUSY)
		return err_set(err, CAISSON_E_UNSUPPORTED, r->stage, r->error,
			       "refused calls cannot be reported inside of "
			       "something that does so already: there can be "
			       "one listener only");
	if (r->error == EINVAL)
		return err_set(err, CAISSON_E_UNSUPPORTED, r->stage, r->error,
			       "this kernel cannot report refused calls");
	return err_set(err, CAISSON_E_SYSTEM, r->stage, r->error,
		       "loading the filter that reports refused calls");
}

static int
explain_seccomp(const struct launch *l, const struct report *r,
		struct caisson_error *err)
{
	if (l->plan.denials && r->index == PLAN_FILTER_ASKS)
		return explain_listener(r, err);
	return err_set(err, CAISSON_E_SYSTEM, r->stage, r->error, "%s",
		       r->index == PLAN_FILTER_HAND_OVER
			   ? "handing over the filter's listener"
			   : attempt(r->stage));
}

int
launch_explain(const struct launch *l, const struct report *r,
	       struct caisson_error *err)
{
	char what[160];
	int code;

	if (r->error == PLAN_MISMATCH) {
		code = explain_mismatch(l, r, err);
	} else if (r->stage == CAISSON_STAGE_EXEC) {
		code = launch_explain_exec(l, r->error, err);
	} else if (r->stage == CAISSON_STAGE_IDENTIFY) {
		code =
		    err_set(err, CAISSON_E_NOT_EXECUTABLE, r->stage, r->error,
			    "%s: as seen by the target user", l->plan.path);
	} else if (r->stage == CAISSON_STAGE_SECCOMP) {
		code = explain_seccomp(l, r, err);
	} else if (r->stage == CAISSON_STAGE_PARENT_DEATH) {
		code = err_set(err, CAISSON_E_SYSTEM, r->stage, r->error,
			       "the launcher");
	} else {
		describe(l, r, what, sizeof(what));
		code = err_set(err, CAISSON_E_SYSTEM, r->stage, r->error, "%s",
			       what);
	}
	if (err != NULL)
		err->index = r->index;
	return code;
}
