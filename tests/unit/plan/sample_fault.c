/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second opinion: what a plan must be that a launcher may carry out, said
 * again without a look at how it is checked.
 */
#include "sample.h"

#include <signal.h>
#include <sys/resource.h>

static bool
is_good_path(const char *path, bool is_file)
{
	size_t len = strlen(path);

	if (strcmp(path, "/") == 0)
		return !is_file;
	return len > 1 && len < 4096 && path[0] == '/' &&
	       path[len - 1] != '/' && strstr(path, "//") == NULL &&
	       strstr(path, "/./") == NULL && strstr(path, "/../") == NULL &&
	       strcmp(path + len - 2, "/.") != 0 &&
	       (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

static const char *
strings_fault(const struct plan *p)
{
	size_t total = 0;

	if (p->argv == NULL || p->argv[0] == NULL)
		return "argv";
	for (size_t i = 0; p->argv[i] != NULL; i++)
		total += strlen(p->argv[i]) + 1;
	for (size_t i = 0; p->envp[i] != NULL; i++) {
		const char *equals = strchr(p->envp[i], '=');

		total += strlen(p->envp[i]) + 1;
		if (equals == NULL || equals == p->envp[i])
			return "a variable's name";
		for (size_t k = 0; k < i; k++)
			if (strncmp(p->envp[k], p->envp[i],
				    (size_t)(equals - p->envp[i]) + 1) == 0)
				return "a variable twice";
	}
	return total < PLAN_SIZE_MAX ? NULL : "arguments";
}

static const char *
process_fault(const struct plan *p)
{
	if (p->join_group != 0 || p->ptrace || p->denials)
		return "what is not for a launcher";
	if (p->new_session && p->new_group)
		return "session and group";
	if (p->tty > CAISSON_TTY_DETACH ||
	    (p->tty == CAISSON_TTY_CONTROL && !p->new_session))
		return "tty";
	if (p->foreground && (p->new_session || p->tty != CAISSON_TTY_INHERIT))
		return "foreground";
	if (p->parent_death_signal < 0 ||
	    (p->parent_death_signal > 0 &&
	     sigabbrev_np(p->parent_death_signal) == NULL))
		return "parent death signal";
	if (p->set_umask && (p->umask & ~0777u) != 0)
		return "umask";
	if (p->set_nice && (p->nice < -20 || p->nice > 19))
		return "nice";
	if (p->set_oom_score_adj &&
	    (p->oom_score_adj < -1000 || p->oom_score_adj > 1000))
		return "oom_score_adj";
	return p->deadline_ms > 0 && p->deadline_ms <= 3600000 ? NULL
							       : "deadline";
}

static const char *
limits_fault(const struct plan *p)
{
	bool seen[16] = { false };

	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct plan_rlimit *l = &p->rlimits[i];

		if (l->resource >= 16 || l->resource == RLIMIT_NOFILE ||
		    seen[l->resource] || l->soft > l->hard)
			return "rlimit";
		seen[l->resource] = true;
	}
	if (p->set_nofile &&
	    (p->nofile.resource != RLIMIT_NOFILE ||
	     p->nofile.soft > p->nofile.hard || p->nofile.soft == 1ull << 63))
		return "nofile";
	return NULL;
}

static const char *
identity_fault(const struct plan *p)
{
	const struct cred_sets *s = &p->sets;

	if (p->uid == UINT32_MAX || p->gid == UINT32_MAX)
		return "id";
	if (p->n_groups > 65536)
		return "groups";
	for (size_t i = 0; i < p->n_groups; i++)
		if (p->groups[i] == UINT32_MAX ||
		    (i > 0 && p->groups[i] <= p->groups[i - 1]))
			return "group";
	if (s->permitted >> (SAMPLE_LAST_CAP + 1) != 0 ||
	    s->effective != s->permitted || s->inheritable != s->permitted ||
	    s->ambient != s->permitted || s->bounding != s->permitted)
		return "capabilities";
	if (p->change_uid || p->change_gid || p->change_groups ||
	    p->old_uid != UINT32_MAX || p->old_gid != UINT32_MAX ||
	    p->has_setpcap || p->securebits != 0 ||
	    p->last_cap != SAMPLE_LAST_CAP)
		return "what the launcher decides";
	return NULL;
}

static const char *
fds_fault(const struct plan *p)
{
	if (p->n_fds > 133 || p->sentinel_fd != -1 || p->self_pidfd != -1 ||
	    p->hand_over != -1 || p->report_fd != NULL || p->report != NULL)
		return "descriptors";
	for (size_t i = 0; i < p->n_fds; i++)
		if (p->fds[i].target < 0 || p->fds[i].target > 1023 ||
		    (i > 0 && p->fds[i].target <= p->fds[i - 1].target) ||
		    p->fds[i].source != 1000 + (int)i ||
		    p->sources[i] != p->fds[i].source)
			return "descriptor";
	return NULL;
}

const char *
sample_fault(const struct plan *p)
{
	const char *faults[] = { strings_fault(p), process_fault(p),
				 limits_fault(p), identity_fault(p),
				 fds_fault(p) };

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i] != NULL)
			return faults[i];
	if (!is_good_path(p->path, true))
		return "path";
	if (!is_good_path(p->cwd, false))
		return "cwd";
	if (p->chroot != NULL && !is_good_path(p->chroot, true))
		return "chroot";
	if (p->engine != CAISSON_ENGINE_FORK)
		return "engine";
	if ((p->filter.insns == NULL) != (p->filter.len == 0) ||
	    p->filter.len > 4096)
		return "filter";
	return NULL;
}
