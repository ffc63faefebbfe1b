/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that somebody else started: watched by pidfd, their status where
 * the kernel tells it.
 */
#include "monitoring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return fd;
}

/* Linux 6.15 and later tell the status of a process that has been reaped. */
static bool
kernel_tells(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	assert_int_equal(uname(&u), 0);
	assert_int_equal(sscanf(u.release, "%d.%d", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 15);
}

/*
 * A monitor with a thread looks by itself, and gives up when the parent takes
 * its time to reap; without one it looks when the process has been reaped.
 */
static void
assert_status(struct caisson_monitor *m, const struct caisson_exit *e,
	      uint32_t how, int value)
{
	bool has_thread = caisson_monitor_fd(m) < 0;

	assert_false(e->has_usage);
	assert_true(e->ended_ns > 0);
	if (!kernel_tells() || (has_thread && e->how == CAISSON_HOW_LOST)) {
		assert_int_equal(e->how, CAISSON_HOW_LOST);
		assert_int_equal(e->value, 0);
		return;
	}
	assert_int_equal(e->how, how);
	assert_int_equal(e->value, value);
}

/* A family: somebody who starts a process and reaps it; its number. */
struct family {
	pid_t parent, process;
	int pidfd;
};

static void
be_parent(int out, int status, bool reaps)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (status < 256)
			(void)raise(SIGSTOP);
		for (;;)
			if (status < 256)
				_exit(status);
			else
				(void)pause();
	}
	if (write(out, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		_exit(1);
	if (reaps)
		while (waitpid(pid, NULL, 0) != pid)
			continue;
	for (;;)
		(void)pause();
}

/* status: exits so once it is continued; 256: waits for a signal. */
static struct family
family_start(int status, bool reaps)
{
	struct family f;
	int ends[2];

	assert_int_equal(caisson_pipe(ends), 0);
	f.parent = fork();
	assert_true(f.parent >= 0);
	if (f.parent == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_parent(ends[1], status, reaps);
	}
	assert_int_equal(read(ends[0], &f.process, sizeof(f.process)),
			 sizeof(f.process));
	(void)close(ends[0]);
	(void)close(ends[1]);
	f.pidfd = pidfd_of(f.process);
	return f;
}

static void
family_end(struct family *f)
{
	(void)kill(f->process, SIGKILL);
	assert_int_equal(kill(f->parent, SIGKILL), 0);
	assert_int_equal(waitpid(f->parent, NULL, 0), f->parent);
	(void)close(f->pidfd);
}

static struct caisson_watch *
watch(struct caisson_monitor *m, int pidfd, void *data)
{
	struct caisson_watch *w = NULL;
	struct caisson_error err;

	if (caisson_monitor_watch(m, pidfd, data, &w, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_not_equal(caisson_watch_pidfd(w), pidfd);
	assert_int_equal(fcntl(caisson_watch_pidfd(w), F_GETFD), FD_CLOEXEC);
	return w;
}

/* Its parent has reaped it: there is no such process any more. */
static void
wait_until_reaped(const struct family *f, int signo)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (kill(f->process, signo) == 0)
		(void)nanosleep(&pause, NULL);
}

static void
grandchild(struct caisson_monitor *m)
{
	struct family f = family_start(256, true);
	struct caisson_watch *w = watch(m, f.pidfd, &f);
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_error err;

	monitoring_assert_none(m);
	assert_int_equal(monitoring_stats(m).watches, 1);
	assert_int_equal(caisson_watch_signal(w, SIGTERM, &err), 0);
	wait_until_reaped(&f, 0);
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.watch, w);
	assert_null(event.child);
	assert_ptr_equal(event.data, &f);
	assert_int_equal(event.exit.pid, f.process);
	assert_status(m, &event.exit, CAISSON_HOW_SIGNALLED, SIGTERM);
	assert_int_equal(caisson_watch_signal(w, SIGTERM, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	monitoring_assert_none(m);
	caisson_watch_free(w);
	assert_int_equal(monitoring_stats(m).watches, 0);
	family_end(&f);
	f = family_start(77, true);
	w = watch(m, f.pidfd, NULL);
	/* it stops itself, and goes on whenever that comes */
	wait_until_reaped(&f, SIGCONT);
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.watch, w);
	assert_status(m, &event.exit, CAISSON_HOW_EXITED, 77);
	caisson_watch_free(w);
	family_end(&f);
}

static void
a_process_of_others_is_told_of_when_it_ends(void **state)
{
	(void)state;
	monitoring_both(grandchild);
	harness_assert_childless();
}

/* Its parent does not wait for it: lost, not invented, and told. */
static void
not_reaped(struct caisson_monitor *m)
{
	struct family f = family_start(256, false);
	struct caisson_watch *w = watch(m, f.pidfd, NULL);
	struct caisson_monitor_event event = { .size = sizeof(event) };

	assert_int_equal(kill(f.process, SIGKILL), 0);
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.watch, w);
	assert_int_equal(event.exit.how, CAISSON_HOW_LOST);
	assert_int_equal(event.exit.value, 0);
	/* nobody reaps it, so whoever looks sees a zombie: nothing to signal */
	assert_int_equal(caisson_watch_signal(w, 0, NULL), CAISSON_E_SYSTEM);
	caisson_watch_free(w);
	family_end(&f);
}

static void
a_process_that_nobody_reaps_is_told_as_lost(void **state)
{
	(void)state;
	monitoring_both(not_reaped);
}

/* Watched and not touched: waiting for it is still its owner's. */
static void
own_child(struct caisson_monitor *m)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	struct caisson_watch *w = watch(m, caisson_child_pidfd(child), NULL);
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_exit e;

	assert_int_equal(caisson_child_kill(child, NULL), 0);
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.watch, w);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGKILL);
	assert_true(e.has_usage);
	caisson_watch_free(w);
}

static void
watching_a_child_does_not_reap_it(void **state)
{
	(void)state;
	monitoring_both(own_child);
}

static void
watches_outlive_the_monitor(void **state)
{
	struct caisson_monitor *m = monitoring_new(true, NULL, NULL);
	struct family f = family_start(256, true);
	struct caisson_watch *w[2] = { watch(m, f.pidfd, NULL),
				       watch(m, f.pidfd, NULL) };

	(void)state;
	caisson_watch_free(w[0]);
	caisson_monitor_free(m);
	assert_int_equal(caisson_watch_signal(w[1], SIGKILL, NULL), 0);
	caisson_watch_free(w[1]);
	caisson_watch_free(NULL);
	family_end(&f);
}

static void
refuse(struct caisson_monitor *m, int fd)
{
	struct caisson_watch *w = NULL;
	struct caisson_process_id id;
	struct caisson_error err;

	assert_int_equal(caisson_monitor_watch(m, fd, NULL, &w, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(err.stage, CAISSON_STAGE_MONITOR);
	assert_null(w);
	assert_int_equal(caisson_process_identify(fd, &id, &err),
			 CAISSON_E_USAGE);
}

static void
what_is_no_pidfd_is_refused(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	int thread, fds[3] = { open("/proc/self", O_PATH | O_CLOEXEC),
			       open("/dev/null", O_RDONLY | O_CLOEXEC), -1 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		refuse(m, fds[i]);
	refuse(m, 1000);
	/* of a thread: PIDFD_THREAD */
	thread = (int)syscall(SYS_pidfd_open, gettid(), O_EXCL);
	if (thread >= 0)
		refuse(m, thread);
	(void)close(thread);
	(void)close(fds[0]);
	(void)close(fds[1]);
	caisson_monitor_free(m);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_of_others_is_told_of_when_it_ends),
		cmocka_unit_test(a_process_that_nobody_reaps_is_told_as_lost),
		cmocka_unit_test(watching_a_child_does_not_reap_it),
		cmocka_unit_test(watches_outlive_the_monitor),
		cmocka_unit_test(what_is_no_pidfd_is_refused),
	};

	return harness_main("monitor_watch", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
