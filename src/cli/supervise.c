/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervising a program.  All signals that can be are blocked and read from a
 * descriptor, so that nothing here runs in a handler; one poll waits for the
 * program, for what it says of itself, for signals, for our parent and for the
 * clock.
 */
#include "cli/supervise.h"

#include "base/err.h"
#include "base/fd.h"
#include "caisson_handshake.h"
#include "cli/children.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE_MS 200u /* how often it is looked at, where nobody tells */
#define ENDED_MS 1000u

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_WAIT, errno, "%s",
		       what);
}

/* nohup, or a shell that starts us in the background: it stays as it is. */
static bool
is_ignored(int signo)
{
	struct sigaction old;

	/* Being continued matters whatever becomes of the signal. */
	return signo != SIGCONT && sigaction(signo, NULL, &old) == 0 &&
	       old.sa_handler == SIG_IGN;
}

static void
signals_of_ours(sigset_t *set)
{
	/* Faults of this process: blocked, they would only kill it harder. */
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				      SIGTRAP, SIGSYS, SIGABRT };

	(void)sigfillset(set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		(void)sigdelset(set, faults[i]);
	for (int signo = 1; signo < NSIG; signo++)
		if (is_ignored(signo))
			(void)sigdelset(set, signo);
}

static int
open_signals(struct supervisor *s, struct caisson_error *err)
{
	sigset_t set;

	signals_of_ours(&set);
	/* Ignored, SIGCHLD would throw statuses away before we see them. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return failed("sigprocmask", err);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return failed("signalfd", err);
	return 0;
}

/*
 * What was read until now may have ended because the parent has: a secret is
 * not whole then.
 */
static int
watch_parent(struct supervisor *s, pid_t parent, struct caisson_error *err)
{
	/* Outside our pid namespace: only the kernel's own signal reaches. */
	if (parent == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
			return failed("PR_SET_PDEATHSIG", err);
		return 0;
	}
	s->parent = pidfd_open(parent, 0);
	if (s->parent < 0 && errno != ESRCH)
		return failed("pidfd_open", err);
	if (s->parent < 0 || getppid() != parent) {
		fd_close(&s->parent);
		errno = 0;
		return failed("the parent process has ended", err);
	}
	return 0;
}

int
supervise_begin(struct supervisor *s, const struct request *r,
		struct events *ev, struct caisson_error *err)
{
	int code;

	*s = (struct supervisor){ .events = ev, .signals = -1, .parent = -1 };
	job_begin(&s->job);
	code = open_signals(s, err);
	if (code == 0 && r->die_with_parent)
		code = watch_parent(s, r->parent, err);
	if (code == 0)
		code = sweep_begin(&s->sweep, err);
	return code;
}

/* The program may end at any moment: a signal too late is no error. */
static void
send(struct supervisor *s, int signo)
{
	int r =
	    caisson_child_signal(s->child, signo, CAISSON_SCOPE_GROUP, NULL);

	(void)r;
}

static void
take_stop(struct supervisor *s, int signo)
{
	switch (job_stopped(&s->job, signo)) {
	case JOB_NOTHING:
		break;
	case JOB_HANG_UP:
		send(s, SIGHUP);
		send(s, SIGCONT);
		break;
	case JOB_CONTINUE:
		send(s, SIGCONT);
		break;
	}
}

static void
look_for_stop(struct supervisor *s)
{
	siginfo_t si = { .si_pid = 0 };

	/* Without WEXITED: the end is the library's to collect. */
	if (waitid(P_PIDFD, (id_t)caisson_child_pidfd(s->child), &si,
		   WSTOPPED | WNOHANG) == 0 &&
	    si.si_pid != 0)
		take_stop(s, si.si_status);
}

/* Its parent is told of a stop, and that we are not; only with a terminal
 * does it matter to us. */
static bool
looks_itself(const struct supervisor *s)
{
	return s->by_launcher && s->job.tty >= 0 && s->job.program > 0;
}

static void
look_at_state(struct supervisor *s)
{
	struct children_stat stat;
	bool was_stopped = s->is_stopped;

	if (!looks_itself(s) ||
	    !children_stat(caisson_child_pid(s->child), &stat))
		return;
	s->is_stopped = stat.state == 'T';
	if (s->is_stopped && !was_stopped)
		take_stop(s, job_guess(&s->job));
}

static void
forward(struct supervisor *s, const struct signalfd_siginfo *si)
{
	int signo = (int)si->ssi_signo;
	bool from_terminal = si->ssi_code == SI_KERNEL;

	if (from_terminal && (signo == SIGINT || signo == SIGQUIT))
		s->interrupted = true;
	/* What the terminal sent to the group has reached the program. */
	if (from_terminal && s->same_group)
		return;
	if (!from_terminal)
		s->forwarded[signo] = true;
	send(s, signo);
}

static void
take_signal(struct supervisor *s, const struct signalfd_siginfo *si)
{
	switch (si->ssi_signo) {
	case SIGCHLD:
		if (s->by_launcher)
			break;
		look_for_stop(s);
		sweep_reap(&s->sweep, caisson_child_pid(s->child));
		break;
	case SIGCONT:
		job_continued(&s->job);
		send(s, SIGCONT);
		break;
	case SIGTTIN:
	case SIGTTOU:
	case SIGPIPE:
		/* Raised by what we do ourselves. */
		break;
	default:
		forward(s, si);
	}
}

static int
take_signals(struct supervisor *s, struct caisson_error *err)
{
	for (;;) {
		struct signalfd_siginfo si;
		ssize_t n = read(s->signals, &si, sizeof(si));

		if (n == (ssize_t)sizeof(si)) {
			take_signal(s, &si);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		return failed("signalfd", err);
	}
}

static int
poll_ms(const struct supervisor *s)
{
	uint64_t ms = caisson_child_next_ms(s->child);
	int events_ms = events_left_ms(s->events);

	if (looks_itself(s) && ms > STATE_MS)
		ms = STATE_MS;
	if (events_ms >= 0 && ms > (uint64_t)events_ms)
		return events_ms;
	if (ms == CAISSON_FOREVER)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int
wait_once(struct supervisor *s, struct caisson_error *err)
{
	struct pollfd p[] = {
		{ .fd = caisson_child_pidfd(s->child), .events = POLLIN },
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->parent, .events = POLLIN },
		{ .fd = events_waits_for(s->events), .events = POLLOUT },
		{ .fd = caisson_child_denials_fd(s->child), .events = POLLIN },
		{ .fd = caisson_child_status_fd(s->child), .events = POLLIN },
	};

	if (poll(p, sizeof(p) / sizeof(p[0]), poll_ms(s)) < 0)
		return errno == EINTR ? 0 : failed("poll", err);
	events_flush(s->events);
	s->has_ended = s->by_launcher && p[0].revents != 0;
	look_at_state(s);
	if (p[2].revents != 0) {
		fd_close(&s->parent);
		return caisson_child_kill(s->child, err);
	}
	if (p[1].revents != 0)
		return take_signals(s, err);
	return 0;
}

void
supervise_started(struct supervisor *s, struct caisson_child *child)
{
	s->child = child;
	s->by_launcher = caisson_child_engine(child) == CAISSON_ENGINE_LAUNCHER;
	s->same_group = getpgid(caisson_child_pid(child)) == getpgrp();
	job_started(&s->job, caisson_child_pid(child));
	sweep_started(&s->sweep, caisson_child_pid(child));
}

/* Everything that can be done now, and so much of the handshake. */
static int
look(struct supervisor *s, struct caisson_exit *out, struct caisson_error *err)
{
	/* the launcher says so in a moment: sleep until then */
	uint64_t ms = s->has_ended ? ENDED_MS : 0;
	int code = caisson_child_wait(s->child, ms, out, err);

	denied_take(&s->denied, s->child, s->events);
	return code;
}

static bool
is_decided(const struct supervisor *s)
{
	struct caisson_readiness r = { .size = sizeof(r) };

	caisson_child_readiness(s->child, &r);
	return r.state != CAISSON_START_WAITING;
}

int
supervise_ready(struct supervisor *s, struct caisson_error *err)
{
	for (;;) {
		struct caisson_exit ended;
		int code = look(s, &ended, err);

		if (is_decided(s))
			return 0;
		if (code != CAISSON_E_TIMEOUT)
			return code;
		code = wait_once(s, err);
		if (code < 0)
			return code;
	}
}

int
supervise_wait(struct supervisor *s, struct caisson_exit *out,
	       struct caisson_error *err)
{
	for (;;) {
		int code = look(s, out, err);

		if (code != CAISSON_E_TIMEOUT)
			return code;
		code = wait_once(s, err);
		if (code < 0)
			return code;
	}
}

void
supervise_end(struct supervisor *s, struct sweep_result *out)
{
	sweep_kill(&s->sweep, out);
	supervise_leave(s);
}

int
supervise_forward(struct supervisor *s, struct caisson_error *err)
{
	return take_signals(s, err);
}

void
supervise_leave(struct supervisor *s)
{
	sweep_done(&s->sweep);
	s->had_terminal = job_end(&s->job);
	fd_close(&s->signals);
	fd_close(&s->parent);
}

void
supervise_interrupt(const struct supervisor *s, const struct caisson_exit *exit)
{
	int signo = exit->value;
	sigset_t set;

	if (exit->how != CAISSON_HOW_SIGNALLED ||
	    (signo != SIGINT && signo != SIGQUIT) || s->forwarded[signo])
		return;
	if (!s->interrupted && !s->had_terminal)
		return;
	/* A core of ours would say nothing about the program. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Our group was told by the terminal, or was not in front of it. */
	if (s->interrupted)
		(void)raise(signo);
	else
		(void)kill(0, signo);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signo);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
