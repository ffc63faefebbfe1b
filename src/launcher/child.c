/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs: found, signalled, ended when its time is over, reaped.  By pidfd;
 * a bare number only of a child that nobody has reaped, and that can only be
 * us.  Its group is killed while its leader, dead, still keeps the number.
 */
#include "launcher/launcher.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define LOOK_MS 10u /* at one that must have exec'ed, or must die */

bool
child_lives(const struct child *c)
{
	return c->state == CHILD_STARTING || c->state == CHILD_RUNNING;
}

/* Everything about one that has ended is said and swept: it is none. */
static bool
is_free(const struct child *c)
{
	return c->state == CHILD_FREE ||
	       (c->state == CHILD_ENDED && c->owes == 0 && c->swept);
}

struct child *
child_free(struct launcher *l)
{
	for (struct child *c = l->children; c < l->children + START_CHILDREN;
	     c++)
		if (is_free(c)) {
			if (c->state == CHILD_ENDED && c->pidfd >= 0)
				(void)sys1(SYS_close, c->pidfd);
			*c = (struct child){ .pidfd = -1,
					     .report = -1,
					     .term_at = UINT64_MAX,
					     .kill_at = UINT64_MAX };
			return c;
		}
	return NULL;
}

struct child *
child_find(struct launcher *l, uint64_t request)
{
	for (struct child *c = l->children; c < l->children + START_CHILDREN;
	     c++)
		if (!is_free(c) && c->request == request)
			return c;
	return NULL;
}

static long
ask(const struct child *c, int options, siginfo_t *info, struct rusage *usage)
{
	info->si_pid = 0;
	return sys5(SYS_waitid, P_PIDFD, c->pidfd, info,
		    WEXITED | WNOHANG | __WALL | options, usage);
}

bool
child_is_dead(const struct child *c)
{
	siginfo_t info;

	return ask(c, WNOWAIT, &info, NULL) == 0 && info.si_pid == c->pid;
}

static long
signal_group(const struct child *c, int signo)
{
	long r = sys4(SYS_pidfd_send_signal, c->pidfd, signo, 0,
		      COMPAT_PIDFD_SIGNAL_PROCESS_GROUP);

	if (r == -EINVAL && c->pid > 1) /* before Linux 6.9 */
		r = sys2(SYS_kill, -c->pid, signo);
	return r;
}

static long
signal_process(const struct child *c, int signo)
{
	return sys4(SYS_pidfd_send_signal, c->pidfd, signo, 0, 0);
}

void
child_kill(const struct child *c)
{
	if (c->leads_group)
		(void)signal_group(c, SIGKILL);
	(void)signal_process(c, SIGKILL);
}

/* Nobody gets it twice; a group that it does not lead is not its own. */
int
child_signal(struct launcher *l, const struct child *c, uint64_t whom,
	     int signo)
{
	bool group = whom != FRAME_PROCESS && c->leads_group;
	long r = -ESRCH;

	if (!child_lives(c))
		return -ESRCH;
	if (group)
		r = signal_group(c, signo);
	if (!group ||
	    (whom == FRAME_TREE && sys1(SYS_getpgid, c->pid) != c->pid))
		r = signal_process(c, signo);
	if (whom == FRAME_TREE)
		orphans_signal(l, c, signo);
	return (int)r;
}

void
child_end(struct launcher *l, struct child *c, uint32_t owes)
{
	const struct audit_decision what = { &c->answer, "", c->uid, c->gid,
					     c->pid,     0,  c->hash };

	slots_release(l, c);
	if (c->report >= 0)
		(void)sys1(SYS_close, c->report);
	c->report = -1;
	c->swept = c->pid == 0;
	c->state = CHILD_ENDED;
	c->owes |= owes;
	audit_write(l, &what);
	if (!c->swept)
		orphans_sweep(l);
}

void
child_fail(struct child *c, int code, uint32_t stage, int error, uint64_t index)
{
	c->answer = (struct frame){ .type = FRAME_FAILED };
	c->answer.failed = (struct frame_failed){
		c->request, (uint64_t)-code, stage, (uint64_t)error, index,
	};
}

static uint64_t
microseconds(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

/* Of one that is dead: the last moment at which its number is its own. */
bool
child_reap(const struct child *c, siginfo_t *info, struct rusage *usage)
{
	if (c->leads_group && !c->detach)
		(void)signal_group(c, SIGKILL);
	return ask(c, 0, info, usage) == 0 && info->si_pid == c->pid;
}

static void
ended(struct launcher *l, struct child *c)
{
	struct frame_exited *e = &c->answer.exited;
	struct rusage usage = { 0 };
	struct timespec t = { 0, 0 };
	siginfo_t info;

	if (!child_reap(c, &info, &usage))
		return; /* it is asked again */
	(void)sys2(SYS_clock_gettime, CLOCK_REALTIME, &t);
	e->how = info.si_code == CLD_EXITED ? CAISSON_HOW_EXITED
					    : CAISSON_HOW_SIGNALLED;
	e->value = (uint64_t)info.si_status & 0xff;
	e->core = info.si_code == CLD_DUMPED;
	e->timed_out = c->timed_out;
	e->has_usage = 1;
	e->user_us = microseconds(usage.ru_utime);
	e->system_us = microseconds(usage.ru_stime);
	e->max_rss_kib = (uint64_t)usage.ru_maxrss;
	e->ended_ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	child_end(l, c, OWES_EXITED);
}

/* SIGCONT: what is stopped would not see the other one. */
static void
do_due(struct launcher *l, struct child *c, uint64_t now)
{
	if (now >= c->term_at) {
		c->term_at = UINT64_MAX;
		c->timed_out = true;
		(void)child_signal(l, c, FRAME_GROUP, SIGTERM);
		(void)child_signal(l, c, FRAME_GROUP, SIGCONT);
		c->kill_at = now + c->grace_ms;
	}
	if (now >= c->kill_at) {
		c->kill_at = UINT64_MAX;
		child_kill(c);
	}
}

void
child_look(struct launcher *l, struct child *c, uint64_t now)
{
	if (c->state == CHILD_STARTING)
		launch_look(l, c, now);
	if (c->state != CHILD_RUNNING)
		return;
	if (child_is_dead(c))
		ended(l, c);
	else
		do_due(l, c, now);
}

/* Starting: what has closed its pipe is about to exec, or to die. */
uint64_t
child_due(const struct child *c, uint64_t now)
{
	if (c->state == CHILD_STARTING)
		return c->report >= 0 && now < c->exec_by ? c->exec_by
							  : now + LOOK_MS;
	return c->term_at < c->kill_at ? c->term_at : c->kill_at;
}

bool
child_kill_all(struct launcher *l, uint64_t now)
{
	bool none = true;

	for (struct child *c = l->children; c < l->children + START_CHILDREN;
	     c++) {
		if (!child_lives(c) || (c->detach && c->state == CHILD_RUNNING))
			continue;
		child_kill(c);
		child_look(l, c, now);
		none = none && !child_lives(c);
	}
	return none && orphans_are_gone(l);
}
