/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has it exec'ed?  A report says that a step failed.  The end of the report
 * pipe proves nothing: a killed child closes it too, and a copy of it in a
 * process that somebody else forked keeps it open.  So the kernel is asked
 * (process_has_execed), until it says yes, or the child is dead, or the
 * deadline has passed.  A child that is not confirmed is killed and reaped.
 */
#include "run/launch.h"

#include "base/clock.h"
#include "base/err.h"
#include "run/process.h"
#include "run/session/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long after SIGKILL we wait for the end: a process in an uninterruptible
 * sleep outlives it. */
#define KILL_WAIT_MS 2000

/* Between two looks at a child that is just about to exec or to die. */
#define LOOK_MS_FIRST 1
#define LOOK_MS_MOST  64

static enum process_exec
has_execed(const struct launch *l)
{
	return process_has_execed(l->pidfd, l->pid, l->plan.ptrace);
}

static bool
ended_within(const struct launch *l, int ms)
{
	uint64_t until = clock_mono_ms() + (uint64_t)ms, now;

	while ((now = clock_mono_ms()) < until)
		if (process_ended(l->pidfd, (int)(until - now)))
			return true;
	return process_ended(l->pidfd, 0);
}

/* Wait for the end of a child that has nothing left to do. */
static enum process_reap
reap_within(const struct launch *l, int ms, struct process_status *status)
{
	(void)ended_within(l, ms);
	return process_reap(l->pidfd, status);
}

static int
out_of_time(const struct launch *l, struct caisson_error *err)
{
	return err_set(
	    err, CAISSON_E_TIMEOUT, CAISSON_STAGE_CONFIRM, 0,
	    "the program was not running after %llu ms; its process was "
	    "killed",
	    (unsigned long long)l->options.setup_timeout_ms);
}

/*
 * Kill what has not exec'ed in time.  It may do so at the last moment; then
 * the program did run, the launch has succeeded, and its end is a SIGKILL.
 */
static int
timed_out(const struct launch *l, bool ready, struct caisson_error *err)
{
	unsigned long long ms = l->options.setup_timeout_ms;
	int r = process_signal(l->pidfd, SIGKILL);
	enum process_exec e;
	struct process_status status;

	if (r < 0 && r != -ESRCH)
		return err_set(
		    err, CAISSON_E_TIMEOUT, CAISSON_STAGE_CONFIRM, -r,
		    "the program was not running after %llu ms, and process "
		    "%d could not be killed",
		    ms, l->pid);
	(void)ended_within(l, KILL_WAIT_MS);
	e = has_execed(l);
	if (e == PROCESS_EXECED || (e == PROCESS_GONE && ready))
		return 0;
	if (reap_within(l, 0, &status) == PROCESS_RUNNING)
		return err_set(
		    err, CAISSON_E_TIMEOUT, CAISSON_STAGE_CONFIRM, 0,
		    "the program was not running after %llu ms; process %d "
		    "was killed but does not die (uninterruptible sleep)",
		    ms, l->pid);
	return out_of_time(l, err);
}

/* Not to go on, whatever it is doing. */
static void
kill_and_reap(const struct launch *l)
{
	struct process_status status = { 0 };

	(void)process_signal(l->pidfd, SIGKILL);
	(void)reap_within(l, KILL_WAIT_MS, &status);
}

static int
failed_step(const struct launch *l, const struct report *report,
	    struct caisson_error *err)
{
	struct process_status status = { 0 };

	if (reap_within(l, KILL_WAIT_MS, &status) == PROCESS_RUNNING)
		kill_and_reap(l);
	return launch_explain(l, report, err);
}

/*
 * Refused calls of its own, if they are reported: taken over, and answered
 * while we wait.
 */
static int
serve_denials(struct launch *l, struct caisson_error *err)
{
	int r = launch_denials_serve(l, err);

	if (r < 0)
		kill_and_reap(l);
	return r;
}

/* Dead without a report: reap it and say how it ended. */
static int
died(const struct launch *l, uint64_t deadline, struct caisson_error *err)
{
	struct process_status s = { 0 };
	const char *name;

	(void)reap_within(l, KILL_WAIT_MS, &s);
	if (s.how == CAISSON_HOW_SIGNALLED && s.value == SIGKILL &&
	    clock_mono_ms() >= deadline)
		return out_of_time(l, err); /* by its own timer */
	if (s.how != CAISSON_HOW_SIGNALLED)
		return err_set(
		    err, CAISSON_E_DIED, CAISSON_STAGE_CONFIRM, 0,
		    "the process ended before the program ran (status %d)",
		    s.value);
	name = sigabbrev_np(s.value);
	return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_CONFIRM, 0,
		       "the process was killed before the program ran (SIG%s)",
		       name != NULL ? name : "?");
}

static bool
is_dead(const struct launch *l)
{
	return process_ended(l->pidfd, 0) != 0;
}

/* Wake at the child's death, at something to answer, or after ms. */
static void
sleep_until_end(const struct launch *l, int ms)
{
	struct pollfd p[2] = { { l->pidfd, POLLIN, 0 },
			       { launch_denials_fd(l), POLLIN, 0 } };

	(void)poll(p, p[1].fd >= 0 ? 2 : 1, ms);
}

/*
 * No more reports will come.  PROCESS_GONE: until its exec only a wait that
 * asks for clones by name could have reaped it, so if it was ready for that it
 * has exec'ed and ended.
 * Death is looked at before exec: a dead child's answer does not change.
 */
static int
ask_kernel(struct launch *l, bool ready, uint64_t deadline,
	   struct caisson_error *err)
{
	int pause = LOOK_MS_FIRST, r;

	for (;;) {
		bool dead = is_dead(l);
		enum process_exec e = has_execed(l);

		r = serve_denials(l, err);
		if (r < 0)
			return r;
		if (e == PROCESS_EXECED || (e == PROCESS_GONE && ready))
			return 0;
		if (dead || e == PROCESS_GONE)
			return died(l, deadline, err);
		if (clock_mono_ms() >= deadline)
			return timed_out(l, ready, err);
		sleep_until_end(l, pause);
		if (pause < LOOK_MS_MOST)
			pause *= 2;
	}
}

static int
confirm_vfork(struct launch *l, uint64_t deadline, struct caisson_error *err)
{
	const struct report report = l->report;

	if (report.stage != 0 && report.stage != CAISSON_STAGE_READY)
		return failed_step(l, &report, err);
	return ask_kernel(l, report.stage == CAISSON_STAGE_READY, deadline,
			  err);
}

enum heard {
	HEARD_NOTHING = 0,
	HEARD_REPORT = 1,
	HEARD_END = 2,
};

static enum heard
listen(const struct launch *l, struct report *out)
{
	ssize_t n = read(l->report_read, out, sizeof(*out));

	if (n == (ssize_t)sizeof(*out))
		return HEARD_REPORT;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return HEARD_NOTHING;
	return HEARD_END;
}

/* Wake at the next report, its end, the child's death, or after ms. */
static void
sleep_until_news(const struct launch *l, int ms)
{
	struct pollfd p[3] = { { l->report_read, POLLIN, 0 },
			       { l->pidfd, POLLIN, 0 },
			       { launch_denials_fd(l), POLLIN, 0 } };

	(void)poll(p, p[2].fd >= 0 ? 3 : 2, ms);
}

static int
until_ms(uint64_t deadline)
{
	uint64_t now = clock_mono_ms();

	if (now >= deadline)
		return 0;
	return deadline - now > 60000 ? 60000 : (int)(deadline - now);
}

/*
 * Until READY there is nothing to ask.  After it, the end of the pipe normally
 * comes with the exec; where it does not, we look by ourselves.
 */
static int
confirm_fork(struct launch *l, uint64_t deadline, struct caisson_error *err)
{
	struct report report = { .stage = 0 };
	int pause = 0, r;

	for (;;) {
		bool dead = is_dead(l);
		enum heard heard = listen(l, &report);

		r = serve_denials(l, err);
		if (r < 0)
			return r;
		if (heard == HEARD_REPORT &&
		    report.stage != CAISSON_STAGE_READY)
			return failed_step(l, &report, err);
		if (heard == HEARD_REPORT) {
			l->report = report;
			pause = LOOK_MS_FIRST;
			continue;
		}
		if (heard == HEARD_END || dead)
			return ask_kernel(l, pause != 0, deadline, err);
		if (pause != 0 && has_execed(l) == PROCESS_EXECED)
			return 0;
		if (clock_mono_ms() >= deadline)
			return timed_out(l, pause != 0, err);
		sleep_until_news(l, pause != 0 ? pause : until_ms(deadline));
		if (pause != 0 && pause < LOOK_MS_MOST)
			pause *= 2;
	}
}

int
launch_confirm(struct launch *l, struct caisson_error *err)
{
	int r;

	if (l->plan.engine == CAISSON_ENGINE_LAUNCHER)
		return session_launch_confirm(l, err);
	if (l->plan.engine == CAISSON_ENGINE_VFORK)
		return confirm_vfork(l, l->deadline, err);
	r = confirm_fork(l, l->deadline, err);
	/* it sent everything before its exec */
	if (r == 0)
		r = serve_denials(l, err);
	if (r < 0 || launch_denials_complete(l))
		return r;
	kill_and_reap(l);
	return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_SECCOMP, 0,
		       "the program began without a listener for refused "
		       "calls, and was killed");
}
