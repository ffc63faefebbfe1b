/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever loses its parents among our descendants becomes our child, and the
 * kernel has a list of our children; at the start there was none.  An orphan
 * whose group or session had its number from a program belongs to that.  One
 * that has left both could be anybody's: it goes with the last program.
 */
#include "launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

static bool
is_child(const struct launcher *l, int32_t pid)
{
	for (unsigned i = 0; i < START_CHILDREN; i++)
		if (child_lives(&l->children[i]) && l->children[i].pid == pid)
			return true;
	return false;
}

/* How many are in l->orphans now, the dead having been reaped; -1: unknown. */
static long
list(struct launcher *l)
{
	char text[PROC_TEXT];
	const char *at = text;
	long n = 0, len = sys4(SYS_pread64, l->our_children, text,
			       sizeof(text) - 1, 0);
	int32_t pid;

	if (len < 0)
		return -1;
	text[len] = '\0';
	/* a space ends each that has not been cut off */
	while (n < (long)ORPHANS_MAX && proc_number(&at, &pid) && *at == ' ') {
		siginfo_t info = { .si_pid = 0 };

		if (!is_child(l, pid) &&
		    (sys5(SYS_waitid, P_PID, pid, &info,
			  WEXITED | WNOHANG | __WALL, 0) < 0 ||
		     info.si_pid == 0))
			l->orphans[n++] = pid;
		at++;
	}
	return n;
}

bool
orphans_begin(struct launcher *l)
{
	const uint64_t deaths = (uint64_t)1 << (SIGCHLD - 1);

	l->our_children =
	    (int)sys4(SYS_openat, AT_FDCWD, "/proc/thread-self/children",
		      O_RDONLY | O_CLOEXEC, 0);
	l->deaths = (int)sys4(SYS_signalfd4, -1, &deaths, sizeof(deaths),
			      SFD_CLOEXEC | SFD_NONBLOCK);
	return l->our_children > START_SOCKET && l->deaths > START_SOCKET &&
	       list(l) == 0;
}

static bool
is_alone(const struct launcher *l, const struct child *child)
{
	for (unsigned i = 0; i < START_CHILDREN; i++)
		if (&l->children[i] != child && child_lives(&l->children[i]))
			return false;
	return !l->keeps_orphans;
}

static void
kill_if(struct launcher *l, int32_t orphan, bool is_doomed)
{
	const long group = sys1(SYS_getpgid, orphan);
	const long session = sys1(SYS_getsid, orphan);

	for (unsigned i = 0; i < START_CHILDREN; i++) {
		struct child *c = &l->children[i];

		if (c->state == CHILD_ENDED && !c->swept && !c->detach &&
		    (c->pid == group || c->pid == session))
			c->has_orphans = is_doomed = true;
	}
	if (is_doomed)
		(void)sys2(SYS_kill, orphan, SIGKILL);
}

void
orphans_sweep(struct launcher *l)
{
	struct signalfd_siginfo death;
	const bool all = is_alone(l, NULL);
	long n;

	(void)sys3(SYS_read, l->deaths, &death, sizeof(death));
	n = list(l);
	for (long i = 0; i < n; i++)
		kill_if(l, l->orphans[i], all);
	for (unsigned i = 0; n >= 0 && i < START_CHILDREN; i++) {
		struct child *c = &l->children[i];

		if (c->state == CHILD_ENDED && !c->has_orphans)
			c->swept = true;
		c->has_orphans = false;
	}
}

void
orphans_signal(struct launcher *l, const struct child *c, int signo)
{
	const long n = list(l);

	for (long i = 0; i < n; i++) {
		const long group = sys1(SYS_getpgid, l->orphans[i]);
		const long session = sys1(SYS_getsid, l->orphans[i]);

		if (c->leads_group && group == c->pid)
			continue; /* it has it already */
		if (group == c->pid || session == c->pid || is_alone(l, c))
			(void)sys2(SYS_kill, l->orphans[i], signo);
	}
}

bool
orphans_are_gone(struct launcher *l)
{
	orphans_sweep(l);
	return l->keeps_orphans ||
	       (list(l) <= 0 && /* when it cannot be read, there is one proof */
		sys5(SYS_waitid, P_ALL, 0, 0,
		     WEXITED | WNOHANG | WNOWAIT | __WALL, 0) == -ECHILD);
}
