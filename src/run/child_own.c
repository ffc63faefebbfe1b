/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of launches that have no more authority than their caller: its own
 * deadline, a program that is named, becoming it in place, being traced.  Rules
 * of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <time.h>

/* Not inherited by anything, and deleted by exec. */
static long
start_timer(uint64_t ms)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	struct itimerspec when = { { 0, 0 }, { 0, 0 } };
	int timer = 0;
	long r;

	event.sigev_signo = SIGKILL;
	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	r = sys3(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
	if (r >= 0)
		r = sys4(SYS_timer_settime, timer, 0, &when, 0);
	when.it_value.tv_sec = when.it_value.tv_nsec = 0;
	if (r >= 0)
		r = sys2(SYS_timer_gettime, timer, &when);
	return step_same(r, when.it_value.tv_sec != 0 ||
				when.it_value.tv_nsec != 0);
}

/*
 * vfork: nobody else can end this, for the launcher is suspended.  fork: the
 * launcher keeps the deadline as well, so that a user who has used up the
 * limit that timers count against (EAGAIN) can still launch.
 */
STEP(deadline)
{
	long r;

	if (plan->deadline_ms == 0)
		return 0;
	r = start_timer(plan->deadline_ms);
	return r == -EAGAIN && plan->engine == CAISSON_ENGINE_FORK ? 0 : r;
}

STEP(identify)
{
	const struct plan_file_id *want = &plan->file;
	struct statx got = { 0 };
	long r;

	if (plan->pin)
		return 0;
	r = child_statx(AT_FDCWD, plan->path, 0, &got);
	return step_same(r, got.stx_ino == want->ino &&
				got.stx_dev_major == want->dev_major &&
				got.stx_dev_minor == want->dev_minor);
}

STEP(timers)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL,
				      ITIMER_PROF };
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	long r = 0;

	if (plan->engine != CAISSON_ENGINE_REPLACE)
		return 0;
	for (unsigned i = 0; r >= 0 && i < 3; i++)
		r = sys3(SYS_setitimer, timers[i], &none, 0);
	return r;
}

STEP(ptrace)
{
	return plan->ptrace ? sys4(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) : 0;
}
