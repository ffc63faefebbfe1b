/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process: found again by its identity, and a number that is used again
 * is not taken for it.
 */
#include "monitoring.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int
pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return fd;
}

static pid_t
sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)pause();
	assert_true(pid > 0);
	return pid;
}

static void
end_process(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_process_is_found_again_by_its_identity(void **state)
{
	struct caisson_process_id id, again;
	struct caisson_error err;
	pid_t pid = sleeper();
	int fd = pidfd_of(pid), found = -1;

	(void)state;
	assert_int_equal(caisson_process_identify(fd, &id, &err), 0);
	assert_int_equal(id.pid, pid);
	assert_true(id.started > 0);
	assert_int_equal(caisson_process_open(&id, &found, &err), 0);
	assert_int_equal(fcntl(found, F_GETFD), FD_CLOEXEC);
	assert_int_equal(caisson_process_identify(found, &again, &err), 0);
	assert_memory_equal(&id, &again, sizeof(id));
	(void)close(found);
	/* the same number, another start: somebody else */
	again.started++;
	assert_int_equal(caisson_process_open(&again, &found, &err),
			 CAISSON_E_NOT_FOUND);
	again.started = 0;
	assert_int_equal(caisson_process_open(&again, &found, &err), 0);
	(void)close(found);
	end_process(pid);
	assert_int_equal(caisson_process_identify(fd, &again, &err),
			 CAISSON_E_NOT_FOUND);
	assert_int_equal(caisson_process_open(&id, &found, &err),
			 CAISSON_E_NOT_FOUND);
	id.pid = -1;
	assert_int_equal(caisson_process_open(&id, &found, &err),
			 CAISSON_E_USAGE);
	(void)close(fd);
}

/* Nobody but the kernel gives numbers here: the next process gets that one. */
static void
set_last_pid(pid_t pid)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%d", pid - 1);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	(void)close(fd);
}

static void
reuse_in_namespace(void *arg)
{
	struct caisson_process_id id;
	struct caisson_error err;
	pid_t first, second;
	int fd, found = -1;

	(void)arg;
	assert_int_equal(mount("proc", "/proc", "proc", 0, NULL), 0);
	first = sleeper();
	fd = pidfd_of(first);
	assert_int_equal(caisson_process_identify(fd, &id, &err), 0);
	end_process(first);
	assert_int_equal(caisson_process_identify(fd, &id, &err),
			 CAISSON_E_NOT_FOUND);
	/* a clock tick, which is what the start is counted in */
	(void)usleep(20000);
	set_last_pid(first);
	second = sleeper();
	assert_int_equal(second, first);
	assert_int_equal(caisson_process_open(&id, &found, &err),
			 CAISSON_E_NOT_FOUND);
	/* the control: that number is somebody's */
	id.started = 0;
	assert_int_equal(caisson_process_open(&id, &found, &err), 0);
	assert_int_equal(caisson_process_identify(found, &id, &err), 0);
	assert_int_equal(id.pid, second);
	end_process(second);
}

static void
enter_namespace(void *arg)
{
	pid_t pid;
	int status;

	assert_int_equal(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	/* not harness_in_fork: in there its parent has no number */
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		reuse_in_namespace(arg);
		/* past a leak checker, which does not know this /proc */
		(void)syscall(SYS_exit_group, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* nor can it work where no process can be made any more */
	(void)syscall(SYS_exit_group, 0);
}

static void
a_number_that_is_used_again_is_another_process(void **state)
{
	(void)state;
	if (!harness_has_capability(21)) {
		print_message("skipped: no namespaces without "
			      "CAP_SYS_ADMIN\n");
		skip();
	}
	harness_in_fork(enter_namespace, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_found_again_by_its_identity),
		cmocka_unit_test(
		    a_number_that_is_used_again_is_another_process),
	};

	return harness_main("monitor_identity", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
