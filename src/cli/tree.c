/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting hold of a tree of processes that may fork faster than it can be
 * listed.  A pid from a list is opened as a pidfd, and only then it is checked
 * whose child it is: the descriptor pins the process, so the answer is about
 * what the descriptor means.  Signals go through descriptors only.  Stopping
 * comes before killing, since each process killed makes room for another one
 * below a limit on their number.
 */
#include "cli/tree.h"

#include "base/clock.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIDS_MAX    4194304u /* PID_MAX_LIMIT of 64-bit kernels */
#define FDS_SPARE   16 /* for reading lists while many are held */
#define SETTLE_MS   250u /* without progress: asleep in the kernel, traced */
#define CROWD       256u
#define NO_PARENT   SIZE_MAX /* this process */
#define SIGNAL_NONE 0

int
tree_init(struct tree *t, const struct pids *before, int64_t since)
{
	struct rlimit limit = { 0, 0 };

	*t = (struct tree){ .before = before, .since = since };
	t->seen = calloc(PIDS_MAX / 8, 1);
	if (t->seen == NULL)
		return -1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	t->max_fd = limit.rlim_cur < 1u << 30 ? (int)limit.rlim_cur : 1 << 30;
	return 0;
}

void
tree_done(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		(void)close(t->fds[i].fd);
	free(t->nodes);
	free(t->fds);
	free(t->seen);
	*t = (struct tree){ .n = 0 };
}

static bool
is_seen(const struct tree *t, pid_t pid)
{
	return (t->seen[pid / 8] & 1u << pid % 8) != 0;
}

static bool
grow(struct tree *t)
{
	size_t room = t->room > 0 ? 2 * t->room : 64;
	struct tree_node *nodes;
	struct pollfd *fds;

	if (t->n < t->room)
		return true;
	nodes = reallocarray(t->nodes, room, sizeof(*nodes));
	if (nodes != NULL)
		t->nodes = nodes;
	fds = reallocarray(t->fds, room, sizeof(*fds));
	if (fds != NULL)
		t->fds = fds;
	if (nodes == NULL || fds == NULL)
		return false;
	t->room = room;
	return true;
}

/* Dead or alive, but not yet reaped: its number is not another's. */
static bool
is_there(int fd)
{
	return pidfd_send_signal(fd, SIGNAL_NONE, NULL, 0) == 0 ||
	       errno == EPERM;
}

static bool
is_from_before(const struct tree *t, pid_t pid)
{
	struct children_stat stat;

	if (t->before->n == 0)
		return false;
	/* What a child from before leaves behind is adopted by us as well. */
	return pids_have(t->before, pid) ||
	       (children_stat(pid, &stat) && stat.start < t->since);
}

/* Our own child: no other process answers; one that is dead is reaped. */
static bool
is_own(const struct tree *t, pid_t pid, int fd)
{
	siginfo_t si = { .si_pid = 0 };

	if (waitid(P_PIDFD, (id_t)fd, &si,
		   WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
	    is_from_before(t, pid))
		return false;
	if (si.si_pid == 0)
		return true;
	(void)waitid(P_PIDFD, (id_t)fd, &si, WEXITED | WNOHANG | __WALL);
	return false;
}

static bool
is_below(const struct tree *t, size_t parent, pid_t pid, int fd)
{
	struct children_stat stat;

	return children_stat(pid, &stat) &&
	       stat.parent == t->nodes[parent].pid && is_there(fd) &&
	       is_there(t->fds[parent].fd);
}

static void
stop(struct tree *t, size_t i)
{
	if (pidfd_send_signal(t->fds[i].fd, SIGSTOP, NULL, 0) < 0 &&
	    errno == EPERM)
		t->nodes[i].refused = true;
}

/* Against a crowd that spins; without the privilege we stay as we are. */
static void
hurry(void)
{
	struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR, &first) < 0)
		(void)setpriority(PRIO_PROCESS, 0, -20);
}

/* Take in what the list says is a child of that parent, if it really is. */
static void
add(struct tree *t, size_t parent, pid_t pid)
{
	FD_OWNED fd = -1;

	if (pid <= 0 || (unsigned)pid >= PIDS_MAX || is_seen(t, pid))
		return;
	fd = pidfd_open(pid, 0);
	if ((fd < 0 && errno != ESRCH && errno != EINVAL) ||
	    (fd >= t->max_fd - FDS_SPARE && t->n > 0)) {
		t->full = true;
		return;
	}
	if (fd < 0 || !(parent == NO_PARENT ? is_own(t, pid, fd)
					    : is_below(t, parent, pid, fd)))
		return;
	if (!grow(t)) {
		t->full = true;
		return;
	}
	t->nodes[t->n] = (struct tree_node){ .pid = pid };
	t->fds[t->n] = (struct pollfd){ .fd = fd_steal(&fd), .events = POLLIN };
	t->seen[pid / 8] |= (unsigned char)(1u << pid % 8);
	stop(t, t->n++);
	if (t->n == CROWD)
		hurry();
}

int
tree_scope(struct tree *t, pid_t pid, int pidfd)
{
	int fd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0 || (unsigned)pid >= PIDS_MAX || !grow(t)) {
		fd_close(&fd);
		return -1;
	}
	t->is_scoped = true;
	t->nodes[0] = (struct tree_node){ .pid = pid };
	t->fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	t->seen[pid / 8] |= (unsigned char)(1u << pid % 8);
	stop(t, t->n++);
	return 0;
}

static void
add_all(struct tree *t, size_t parent, const struct pids *list)
{
	for (size_t i = 0; i < list->n; i++)
		add(t, parent, list->v[i]);
}

/* After SIGKILL the kernel refuses to finish a fork. */
static bool
cannot_fork(const struct tree_node *node, bool still)
{
	return still || node->killed || node->refused;
}

/* Down the lists of children.  *moving: somebody may still fork. */
static int
walk(struct tree *t, struct pids *list, bool *moving)
{
	list->n = 0;
	if (!t->is_scoped && children_own(list) < 0)
		return -1;
	add_all(t, NO_PARENT, list);
	for (size_t i = 0; i < t->n; i++) {
		bool still = true;

		if (t->nodes[i].settled)
			continue;
		list->n = 0;
		if (children_list(t->nodes[i].pid, list, &still) < 0)
			still = false;
		else
			add_all(t, i, list);
		t->nodes[i].settled = cannot_fork(&t->nodes[i], still);
		*moving = *moving || !t->nodes[i].settled;
	}
	return 0;
}

static size_t
find(const struct tree *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->nodes[i].pid == pid)
			return i;
	return NO_PARENT;
}

/* The same where the kernel has no such lists: by everybody's parent. */
static int
scan(struct tree *t, struct pids *list, bool *moving)
{
	struct children_stat stat;

	for (size_t i = 0; i < t->n; i++) {
		bool still = !children_stat(t->nodes[i].pid, &stat) ||
			     children_is_still(stat.state);

		*moving = *moving || !cannot_fork(&t->nodes[i], still);
	}
	list->n = 0;
	if (children_scan(list) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		if (!children_stat(list->v[i], &stat))
			continue;
		if (stat.parent == getpid() && !t->is_scoped)
			add(t, NO_PARENT, list->v[i]);
		else if (stat.parent > 0 && (unsigned)stat.parent < PIDS_MAX &&
			 is_seen(t, stat.parent))
			add(t, find(t, stat.parent), list->v[i]);
	}
	return 0;
}

static size_t
count_settled(const struct tree *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->nodes[i].settled ? 1 : 0;
	return n;
}

static void
pause_ms(unsigned ms)
{
	struct timespec time = { 0, (long)ms * 1000000 };

	(void)nanosleep(&time, NULL);
}

int
tree_freeze(struct tree *t, uint64_t end_ms)
{
	struct pids list = PIDS_NONE;
	bool need_scan = children_need_scan();
	uint64_t last = clock_mono_ms();
	int r;

	t->full = false;
	for (;;) {
		size_t n = t->n, settled = count_settled(t);
		bool moving = false;
		uint64_t now;

		r = need_scan ? scan(t, &list, &moving)
			      : walk(t, &list, &moving);
		if (r < 0 || t->full || (t->n == n && !moving))
			break;
		now = clock_mono_ms();
		if (t->n != n || count_settled(t) != settled)
			last = now;
		if (now >= end_ms || now - last >= SETTLE_MS)
			break;
		pause_ms(1);
	}
	pids_done(&list);
	return r;
}

void
tree_kill(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct tree_node *node = &t->nodes[i];

		if (node->killed ||
		    pidfd_send_signal(t->fds[i].fd, SIGKILL, NULL, 0) < 0)
			continue;
		node->killed = true;
		node->settled = false;
	}
}

void
tree_signal(struct tree *t, int signo)
{
	for (size_t i = 0; i < t->n; i++)
		(void)pidfd_send_signal(t->fds[i].fd, signo, NULL, 0);
	for (size_t i = 0; i < t->n && signo != SIGSTOP; i++)
		(void)pidfd_send_signal(t->fds[i].fd, SIGCONT, NULL, 0);
}

static void
drop(struct tree *t, size_t i)
{
	pid_t pid = t->nodes[i].pid;

	(void)close(t->fds[i].fd);
	t->seen[pid / 8] &= (unsigned char)~(1u << pid % 8);
	t->n--;
	t->nodes[i] = t->nodes[t->n];
	t->fds[i] = t->fds[t->n];
	t->ended++;
}

void
tree_collect(struct tree *t, int wait_ms)
{
	if (poll(t->fds, t->n, wait_ms) <= 0)
		return;
	for (size_t i = t->n; i-- > 0;)
		if (t->fds[i].revents != 0)
			drop(t, i);
}
