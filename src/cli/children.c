/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of processes from /proc.  They are old as soon as they are read: a
 * number in them is no proof of anything, and whoever uses one must check.
 */
#include "cli/children.h"

#include "cli/proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
pids_add(struct pids *p, pid_t pid)
{
	if (p->n == p->room) {
		size_t room = p->room > 0 ? 2 * p->room : 64;
		pid_t *v = reallocarray(p->v, room, sizeof(*v));

		if (v == NULL)
			return -1;
		p->v = v;
		p->room = room;
	}
	p->v[p->n++] = pid;
	return 0;
}

bool
pids_have(const struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i] == pid)
			return true;
	return false;
}

void
pids_done(struct pids *p)
{
	free(p->v);
	*p = (struct pids)PIDS_NONE;
}

/* A name of digits alone; -1: it is none. */
static pid_t
number_of(const char *name)
{
	const char *p = name;
	int64_t n;

	return proc_number(&p, &n) && *p == '\0' ? (pid_t)n : -1;
}

bool
children_is_still(char state)
{
	return state != '\0' && strchr("TtZX", state) != NULL;
}

static bool
parse_stat(const char *path, struct children_stat *out)
{
	char *text = proc_read(path);
	const char *name_end = text != NULL ? strrchr(text, ')') : NULL;
	int64_t parent = 0, group = 0, session = 0;
	bool ok = name_end != NULL && name_end[1] == ' ' &&
		  proc_stat_field(text, 4, &parent) &&
		  proc_stat_field(text, 5, &group) &&
		  proc_stat_field(text, 6, &session) &&
		  proc_stat_field(text, 20, &out->threads) &&
		  proc_stat_field(text, 22, &out->start);

	if (ok) {
		out->parent = (pid_t)parent;
		out->group = (pid_t)group;
		out->session = (pid_t)session;
		out->state = name_end[2];
	}
	free(text);
	return ok;
}

bool
children_stat(pid_t pid, struct children_stat *out)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return parse_stat(path, out);
}

/* Needs a kernel with CONFIG_PROC_CHILDREN. */
static int
list_of_thread(const char *dir, pid_t tid, struct pids *out)
{
	char path[96];
	char *text;
	const char *p;
	int64_t pid;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/%d/children", dir, (int)tid);
	p = text = proc_read(path);
	if (text == NULL)
		return -1;
	while (r == 0 && proc_number(&p, &pid))
		r = pids_add(out, (pid_t)pid);
	free(text);
	return r;
}

static bool
thread_is_still(const char *dir, pid_t tid)
{
	struct children_stat stat;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/%d/stat", dir, (int)tid);
	/* What has gone in the meantime does nothing any more. */
	return !parse_stat(path, &stat) || children_is_still(stat.state);
}

static int
list_of_threads(const char *path, struct pids *out, bool *still)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	if (dir == NULL)
		return -1;
	while ((e = readdir(dir)) != NULL) {
		pid_t tid = number_of(e->d_name);

		if (tid < 0)
			continue;
		/* In this order: what is still now has no child after. */
		if (!thread_is_still(path, tid))
			*still = false;
		if (list_of_thread(path, tid, out) < 0)
			*still = false;
	}
	(void)closedir(dir);
	return 0;
}

int
children_list(pid_t pid, struct pids *out, bool *still)
{
	struct children_stat stat;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if (!children_stat(pid, &stat))
		return -1;
	/* Usual, and a storm leaves no time for more. */
	if (stat.threads == 1) {
		*still = children_is_still(stat.state);
		return list_of_thread(path, pid, out);
	}
	return list_of_threads(path, out, still);
}

int
children_scan(struct pids *out)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	bool seen_self = false;
	int r = 0;

	if (dir == NULL)
		return -1;
	while (r == 0 && (e = readdir(dir)) != NULL) {
		pid_t pid = number_of(e->d_name);

		if (pid > 0)
			r = pids_add(out, pid);
		seen_self = seen_self || pid == getpid();
	}
	(void)closedir(dir);
	/* A directory of that name with nothing in it knows nothing. */
	return seen_self ? r : -1;
}

bool
children_need_scan(void)
{
	struct pids own = PIDS_NONE;
	bool need = list_of_thread("/proc/self/task", gettid(), &own) < 0;

	pids_done(&own);
	return need;
}

int
children_own(struct pids *out)
{
	struct pids all = PIDS_NONE;
	int r;

	out->n = 0;
	if (list_of_thread("/proc/self/task", gettid(), out) == 0)
		return 0;
	out->n = 0;
	r = children_scan(&all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		struct children_stat stat;

		if (children_stat(all.v[i], &stat) && stat.parent == getpid())
			r = pids_add(out, all.v[i]);
	}
	pids_done(&all);
	return r;
}
