/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing and reaping what a program leaves behind.  Children are listed by
 * the kernel; those of children become ours when their parent dies, so passes
 * are made until there is nobody left.  A pid is only ever used while its
 * process is our unreaped child, so that it cannot mean somebody else.
 */
#include "cli/sweep.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "cli/proc.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A killed process that is not gone by then hangs in the kernel. */
#define SWEEP_MS 5000u

struct pids {
	pid_t *v;
	size_t n, room;
};

static int
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

/* Needs a kernel with CONFIG_PROC_CHILDREN. */
static int
list_quick(struct pids *out)
{
	char *text = proc_read("/proc/thread-self/children");
	const char *p = text;
	int64_t pid;
	int r = text != NULL ? 0 : -1;

	while (r == 0 && proc_number(&p, &pid))
		r = pids_add(out, (pid_t)pid);
	free(text);
	return r;
}

static bool
is_child(const char *pid)
{
	char path[300];
	char *stat;
	int64_t parent = -1;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	stat = proc_read(path);
	if (stat == NULL || !proc_stat_field(stat, 4, &parent))
		parent = -1;
	free(stat);
	return parent == getpid();
}

static int
list_slow(struct pids *out)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	int r = 0;

	if (dir == NULL)
		return -1;
	while (r == 0 && (e = readdir(dir)) != NULL) {
		const char *p = e->d_name;
		int64_t pid;

		if (proc_number(&p, &pid) && *p == '\0' && is_child(e->d_name))
			r = pids_add(out, (pid_t)pid);
	}
	(void)closedir(dir);
	return r;
}

static int
list_children(struct pids *out)
{
	out->n = 0;
	if (list_quick(out) == 0)
		return 0;
	out->n = 0;
	return list_slow(out);
}

int
sweep_begin(struct sweep *s, struct caisson_error *err)
{
	struct pids now = { NULL, 0, 0 };

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "PR_SET_CHILD_SUBREAPER");
	/* Blind without /proc: said at the end, when it matters. */
	s->active = list_children(&now) == 0;
	s->before = now.v;
	s->n_before = now.n;
	return 0;
}

void
sweep_done(struct sweep *s)
{
	free(s->before);
	s->before = NULL;
	s->n_before = 0;
}

static bool
is_from_before(const struct sweep *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_before; i++)
		if (s->before[i] == pid)
			return true;
	return false;
}

/* Is there any child at all, dead or alive? */
static bool
has_children(void)
{
	siginfo_t si;

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static bool
reap(idtype_t type, id_t id)
{
	siginfo_t si = { .si_pid = 0 };

	return waitid(type, id, &si, WEXITED | WNOHANG | __WALL) == 0 &&
	       si.si_pid != 0;
}

void
sweep_reap(struct sweep *s, pid_t program)
{
	/* Somebody else's dead child would hide the others: they wait. */
	while (s->active && s->n_before == 0) {
		siginfo_t si = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &si,
			   WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
		    si.si_pid == 0 || si.si_pid == program)
			return;
		(void)reap(P_PID, (id_t)si.si_pid);
	}
}

/* Kill one; true: it has ended and has been reaped. */
static bool
end_one(pid_t pid)
{
	FD_OWNED fd = pidfd_open(pid, 0);

	if (fd < 0)
		return errno == ESRCH;
	if (reap(P_PIDFD, (id_t)fd))
		return true;
	(void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
	return reap(P_PIDFD, (id_t)fd);
}

static int
pass(struct sweep *s, struct pids *list, struct sweep_result *out)
{
	size_t left = 0;

	if (list_children(list) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		if (is_from_before(s, list->v[i]))
			continue;
		if (end_one(list->v[i]))
			out->reaped++;
		else
			left++;
	}
	out->left = left;
	return 0;
}

static void
pause_ms(unsigned ms)
{
	struct timespec t = { 0, (long)ms * 1000000 };

	(void)nanosleep(&t, NULL);
}

void
sweep_kill(struct sweep *s, struct sweep_result *out)
{
	struct pids list = { NULL, 0, 0 };
	uint64_t end = clock_mono_ms() + SWEEP_MS;
	unsigned quiet = 0, wait_ms = 1;

	*out = (struct sweep_result){ .blind = !s->active && has_children() };
	while (s->active && has_children()) {
		size_t reaped = out->reaped;

		if (pass(s, &list, out) < 0) {
			out->blind = true;
			break;
		}
		/* The list may miss one that appears meanwhile: look twice. */
		if (out->left == 0 && out->reaped == reaped && ++quiet > 1)
			break;
		if (out->left == 0)
			continue;
		quiet = 0;
		if (clock_mono_ms() >= end)
			break;
		pause_ms(wait_ms);
		wait_ms = wait_ms < 16 ? 2 * wait_ms : 16;
	}
	free(list.v);
}
