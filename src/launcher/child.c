/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has been launched: signalled, ended when its time is over, reaped.  By
 * pidfd; a bare number only of whom nobody has reaped, and that can only be
 * us.  A child's group is killed while its leader, dead, still keeps the
 * number.  Whoever loses its parents among our descendants becomes our child;
 * at the start there was none.  An orphan whose group or session had its
 * number from a program goes with that; one that has left both could be
 * anybody's, and goes with the last.
 */
#include "launcher/launcher.h"

#define HELD_MS         1000u /* that a tracer may keep one that is dead */
#define MICROSECONDS(t) ((uint64_t)((t).tv_sec * 1000000 + (t).tv_usec))

bool
child_begin(struct launcher *l)
{
	const uint64_t deaths = (uint64_t)1 << (SIGCHLD - 1);

	l->our_children =
	    (int)sys_open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	l->deaths = (int)sys4(SYS_signalfd4, -1, &deaths, sizeof(deaths),
			      SFD_CLOEXEC | SFD_NONBLOCK);
	return l->our_children > START_SOCKET && l->deaths > START_SOCKET;
}

/* Somebody of ours, dead: *info is filled, and with WNOWAIT it stays so. */
static bool
is_dead(idtype_t kind, int id, int options, siginfo_t *info)
{
	info->si_pid = 0;
	return sys5(SYS_waitid, kind, id, info,
		    WEXITED | WNOHANG | __WALL | options,
		    &launcher.usage) == 0 &&
	       info->si_pid > 0;
}

/*
 * The dead are reaped.  Those that are left are signalled: of this child's
 * session and, unless that was done with its group, of its group; 0: all.
 * false: there are none.
 */
static bool
orphans(const struct launcher *l, int32_t of, int signo)
{
	char text[PROC_TEXT] = "";
	bool any =
	    sys4(SYS_pread64, l->our_children, text, sizeof(text) - 1, 0) < 0;
	bool ours = false;
	siginfo_t info;
	int32_t pid;

	/* a number that is cut off has no space behind it */
	for (const char *p = text; proc_number(&p, &pid) && *p++ == ' ';) {
		ours = false;
		for (unsigned i = 0; i < START_CHILDREN; i++)
			ours |= child_lives(&l->children[i]) &&
				l->children[i].pid == pid;
		if (ours || is_dead(P_PID, pid, 0, &info))
			continue;
		ours = sys1(SYS_getpgid, pid) == of;
		if (of != 0 && !ours && sys1(SYS_getsid, pid) != of)
			continue;
		any = true;
		if (!ours || signo == SIGKILL)
			(void)sys2(SYS_kill, pid, signo);
	}
	return any;
}

void
child_sweep(struct launcher *l)
{
	struct signalfd_siginfo death;
	bool spare = l->keeps_orphans;

	(void)sys3(SYS_read, l->deaths, &death, sizeof(death));
	for (struct child *c = l->children; c < CHILDREN_END(l); c++) {
		spare |= child_lives(c);
		if (c->state == CHILD_ENDED && c->pid > 0 &&
		    (c->asked.detach != 0 || !orphans(l, c->pid, SIGKILL)))
			c->pid = 0;
	}
	(void)orphans(l, spare ? -1 : 0, SIGKILL);
}

long
child_signal(const struct launcher *l, const struct child *c, uint64_t whom,
	     int signo)
{
	long r = -ESRCH;

	if (!child_lives(c))
		return r;
	if (whom != FRAME_PROCESS && c->leads_group)
		r = sys2(SYS_kill, -c->pid, signo);
	if (r < 0 || signo == SIGKILL) /* it may have left its group */
		r = sys4(SYS_pidfd_send_signal, c->pidfd, signo, 0, 0);
	if (whom == FRAME_TREE)
		(void)orphans(l, c->pid, signo);
	return r;
}

/* All of its threads have ended, whoever may reap it. */
static bool
has_exited(int pidfd)
{
	struct pollfd p = { pidfd, POLLIN, 0 };
	const struct timespec now = { 0, 0 };

	return sys5(SYS_ppoll, &p, 1, &now, 0, 0) == 1;
}

/* Of whom its tracer keeps nobody knows how; it is reaped as an orphan. */
static void
end(struct launcher *l, struct child *c, const siginfo_t *info)
{
	const bool lost = info->si_pid == 0;
	const struct rusage none = { .ru_maxrss = 0 },
			    *u = lost ? &none : &l->usage;

	if (c->answer.type == FRAME_EXITED)
		c->answer.exited = (struct frame_exited){
			c->asked.request,
			lost                          ? CAISSON_HOW_LOST
			: info->si_code == CLD_EXITED ? CAISSON_HOW_EXITED
						      : CAISSON_HOW_SIGNALLED,
			(uint64_t)info->si_status & 0xff,
			info->si_code == CLD_DUMPED,
			c->timed_out,
			!lost,
			MICROSECONDS(u->ru_utime),
			MICROSECONDS(u->ru_stime),
			(uint64_t)u->ru_maxrss,
			c->answer.exited.started_ns,
			loop_clock_ns(CLOCK_REALTIME),
		};
	child_close(&c->report);
	slots_release(c);
	c->state = CHILD_ENDED;
	c->decision.answer = &c->answer;
	c->decision.program = "";
	c->decision.pid = c->pid;
	audit_write(l, &c->decision);
	child_sweep(l);
}

void
child_look(struct launcher *l, struct child *c)
{
	siginfo_t info = { .si_pid = 0 };
	const bool dead = is_dead(P_PIDFD, c->pidfd, WNOWAIT, &info);

	if (c->state == CHILD_STARTING)
		launch_look(l, c, dead);
	if (!dead && !c->held && c->state == CHILD_RUNNING &&
	    has_exited(c->pidfd)) {
		c->held = true;
		c->due = l->now + HELD_MS;
	}
	if ((dead || c->held) && c->leads_group && c->asked.detach == 0)
		(void)sys2(SYS_kill, -c->pid, SIGKILL);
	if (dead ? is_dead(P_PIDFD, c->pidfd, 0, &info)
		 : c->held && l->now >= c->due) {
		end(l, c, &info);
	} else if (l->now >= c->due) {
		int first = c->state == CHILD_RUNNING && !c->timed_out;

		c->due = first ? l->now + c->asked.kill_grace_ms : UINT64_MAX;
		c->timed_out = true;
		(void)child_signal(l, c, FRAME_GROUP,
				   first ? SIGTERM : SIGKILL);
		/* what is stopped would not see the other one */
		(void)child_signal(l, c, FRAME_GROUP, SIGCONT);
	}
}

bool
child_kill_all(struct launcher *l)
{
	bool none = true;

	for (struct child *c = l->children; c < CHILDREN_END(l); c++) {
		if (!child_lives(c) ||
		    (c->asked.detach != 0 && c->state == CHILD_RUNNING))
			continue;
		(void)child_signal(l, c, FRAME_GROUP, SIGKILL);
		child_look(l, c);
		none &= !child_lives(c);
	}
	child_sweep(l);
	return none &&
	       (l->keeps_orphans ||
		sys5(SYS_waitid, P_ALL, 0, 0,
		     WEXITED | WNOHANG | WNOWAIT | __WALL, 0) == -ECHILD);
}
