/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as the launcher will carry it out: what the caller could not do is
 * asked for all the same, and what the caller's program would have inherited is
 * named.  Whether it is granted is not for us to say.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/fd.h"
#include "plan/layout.h"
#include "run/process_text.h"
#include "run/session/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

bool
session_could(const struct launch *l)
{
	uint32_t engine = l->options.engine;

	return (engine == CAISSON_ENGINE_AUTO ||
		engine == CAISSON_ENGINE_LAUNCHER) &&
	       !l->plan.ptrace && !l->plan.denials && l->plan.join_group == 0;
}

int
session_launcher_error(const struct launch *l)
{
	const char *path = session_launcher_path(l->options.launcher);
	struct stat st;

	if (access(path, X_OK) < 0 || stat(path, &st) < 0)
		return errno;
	/* without its bit it has no more than we have */
	return st.st_uid == 0 && (st.st_mode & S_ISUID) != 0 ? 0 : EPERM;
}

const char *
session_other_way(const struct launch *l)
{
	if (!session_could(l))
		return "";
	switch (session_launcher_error(l)) {
	case ENOENT:
	case ENOTDIR:
		return ", or have caisson-launcher installed, and a grant";
	case EPERM:
		return ", or have caisson-launcher made set-user-ID root";
	case EACCES:
		return ", or be in the group of caisson-launcher";
	default:
		return "";
	}
}

/* ---- what only fails in the child ------------------------------------- */

static bool
has(const struct launch *l, unsigned cap)
{
	return (l->caller.sets.effective >> cap & 1) != 0;
}

static bool
is_beyond(const struct plan_rlimit *limit)
{
	struct rlimit own;

	return getrlimit((__rlimit_resource_t)limit->resource, &own) == 0 &&
	       limit->hard > own.rlim_max;
}

static bool
raises_limits(const struct plan *plan)
{
	if (plan->set_nofile && is_beyond(&plan->nofile))
		return true;
	for (size_t i = 0; i < plan->n_rlimits; i++)
		if (is_beyond(&plan->rlimits[i]))
			return true;
	return false;
}

static bool
raises_priority(const struct plan *plan)
{
	struct rlimit own;

	return plan->set_nice && plan->nice < getpriority(PRIO_PROCESS, 0) &&
	       getrlimit(RLIMIT_NICE, &own) == 0 &&
	       own.rlim_cur < (rlim_t)(20 - plan->nice);
}

/* A score below 0 was given by root; the caller may go back to its own. */
static bool
lowers_score(const struct plan *plan)
{
	int own = 0;

	return plan->set_oom_score_adj && plan->oom_score_adj < 0 &&
	       process_own_oom_score(&own) == 0 && plan->oom_score_adj < own;
}

bool
session_lacks_resources(const struct launch *l)
{
	const struct plan *plan = &l->plan;

	if (!has(l, CAP_SYS_NICE) && raises_priority(plan))
		return true;
	return !has(l, CAP_SYS_RESOURCE) &&
	       (raises_limits(plan) || lowers_score(plan));
}

/* ---- the plan --------------------------------------------------------- */

static int
check_what_goes_across(const struct launch *l, struct caisson_error *err)
{
	const struct plan *plan = &l->plan;
	const char *what = NULL;

	if (plan->ptrace)
		what = "to be traced";
	else if (plan->denials)
		what = "a report of refused calls";
	else if (plan->join_group > 0)
		what = "a process group to join";
	if (what != NULL)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_LAUNCHER, 0,
			       "%s is not for a program that the launcher "
			       "starts",
			       what);
	if (l->options.detach == 0)
		return 0;
	if (l->options.session != NULL && !l->options.session->once)
		return err_usage(err, "only in a session for one launch can a "
				      "program be detached");
	if (l->spec->timeout_ms != 0)
		return err_usage(err, "a detached program has nobody to keep "
				      "its timeout");
	return 0;
}

/* The caller's, as it would be by fork: the launcher's own is another. */
static void
plan_umask(struct plan *plan)
{
	char text[PROCESS_TEXT];
	const char *line;

	if (plan->set_umask ||
	    process_read_text("/proc/thread-self/status", text) != 0)
		return;
	line = strstr(text, "\nUmask:");
	if (line == NULL)
		return;
	plan->umask = 0;
	for (line += strcspn(line, "01234567"); *line >= '0' && *line <= '7';
	     line++)
		plan->umask = plan->umask * 8 + (uint32_t)(*line - '0');
	plan->umask &= 0777;
	plan->set_umask = true;
}

/* One that is not there cannot be kept, and so nobody has to grant it. */
static void
plan_terminal(struct plan *plan)
{
	FD_OWNED tty = -1;

	if (plan->tty != CAISSON_TTY_INHERIT || plan->new_session ||
	    plan->foreground)
		return;
	tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (tty < 0 && errno == ENXIO)
		plan->tty = CAISSON_TTY_DETACH;
}

int
session_plan(struct launch *l, struct caisson_error *err)
{
	const struct spec_strings *caps = &l->spec->capabilities;
	struct plan *plan = &l->plan;
	int r = check_what_goes_across(l, err);

	if (r == 0)
		r = cred_sets_compute((const char *const *)caps->v, caps->n,
				      &plan->sets, err);
	if (r < 0)
		return r;
	plan->engine = CAISSON_ENGINE_LAUNCHER;
	plan->last_cap = l->caller.last_cap;
	plan->has_setpcap = true;
	plan->sets.bounding = plan->sets.permitted;
	plan->securebits = launch_securebits(plan);
	plan_umask(plan);
	plan_terminal(plan);
	return 0;
}

/* ---- the program ------------------------------------------------------ */

/* Where the kernel has found it: without links.  -1: it does not say. */
static ssize_t
real_path(int fd, char path[PLAN_PATH_MAX + 1])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
	n = readlink(link, path, PLAN_PATH_MAX);
	path[n > 0 ? n : 0] = '\0';
	return n;
}

/*
 * The launcher's child follows no link, and grants name real paths.  What
 * cannot be found out is left as it is: then the launcher says no.
 */
/* How much of it is above the root that the program will have.  -1: unknown. */
static ssize_t
above_root(const struct launch *l, const char *path)
{
	char root[PLAN_PATH_MAX + 1];
	FD_OWNED fd = -1;
	ssize_t n;

	if (l->plan.chroot == NULL)
		return 0;
	fd = open(l->plan.chroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	n = fd >= 0 ? real_path(fd, root) : -1;
	if (n <= 1) /* "/" */
		return n - 1;
	return strncmp(path, root, (size_t)n) == 0 ? n : -1;
}

int
session_plan_program(struct launch *l, int program, struct caisson_error *err)
{
	char *path = malloc(PLAN_PATH_MAX + 1);
	ssize_t above;

	if (path == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROGRAM);
	l->real_path = path;
	if (real_path(program, path) <= 0)
		return 0;
	above = above_root(l, path);
	if (above >= 0 && path[above] == '/')
		l->plan.path = path + above;
	return 0;
}
