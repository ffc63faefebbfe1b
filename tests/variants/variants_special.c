/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps whose absence shows in another way than in the program's state: the
 * deadline, the shared descriptor table, the replaced program, chroot, ptrace
 * and exec itself.
 */
#include "broken.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
without_exec_nothing_is_reported_as_started(void **state)
{
	static const uint32_t engines[] = { CAISSON_ENGINE_AUTO,
					    CAISSON_ENGINE_FORK };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_error err;

		launching_refused(launching_spec(broken_members("skip:51", ""),
						 "exit", "0", NULL),
				  launching_engine(engines[i]), &err);
		assert_int_equal(err.code, CAISSON_E_DIED);
	}
}

/* How long a launch of a hanging child takes; killed after two seconds. */
static bool
launch_returns(const char *recipe)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .engine =
						      CAISSON_ENGINE_VFORK,
						  .setup_timeout_ms = 200 };
	struct timespec nap = { 0, 20000000 };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct caisson_child *child = NULL;
		struct caisson_error err;
		struct caisson_spec *spec =
		    launching_spec(broken_members(recipe, ""), "exit", "0",
				   NULL);

		(void)setpgid(0, 0);
		_exit(caisson_spec_freeze(spec, &err) == 0 &&
		      caisson_launch(spec, &options, &child, &err) == 0);
	}
	for (int i = 0; i < 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

static void
deadline_in_fork(void *arg)
{
	(void)arg;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_true(launch_returns("hang:23"));
	assert_false(launch_returns("skip:20 hang:23"));
	/* the hanging one and its child, which is suspended in the launch */
	(void)signal(SIGTERM, SIG_IGN);
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		FILE *f = fopen("/proc/thread-self/children", "re");
		int pid = 0;

		if (f != NULL && fscanf(f, "%d", &pid) == 1 && pid > 1)
			(void)kill(pid, SIGKILL);
		if (f != NULL)
			(void)fclose(f);
		(void)usleep(10000);
	}
}

static void
without_the_deadline_a_vfork_launch_hangs(void **state)
{
	(void)state;
	if (harness_is_root()) {
		print_message(
		    "root, with its capabilities, never gets vfork\n");
		skip();
	}
	harness_in_fork(deadline_in_fork, NULL);
}

static void
unshare_in_fork(void *arg)
{
	bool intact = *(bool *)arg;
	struct caisson_child *child = NULL;
	struct caisson_error err;
	struct caisson_spec *spec =
	    launching_spec(broken_members(intact ? "" : "skip:21",
					  "'stdio':{'stdout':'inherit'}"),
			   "exit", "0", NULL);

	assert_int_equal(dup2(0, 50), 50);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	/* whether this works is not the question */
	if (caisson_launch(spec, launching_engine(CAISSON_ENGINE_VFORK), &child,
			   &err) != 0)
		child = NULL;
	/* the child closed it in our own table */
	assert_int_equal(fcntl(50, F_GETFD) == 0, intact);
	_exit(0);
}

static void
without_a_table_of_its_own_the_child_closes_ours(void **state)
{
	bool intact = true;

	(void)state;
	if (harness_is_root()) {
		print_message(
		    "root, with its capabilities, never gets vfork\n");
		skip();
	}
	harness_in_fork(unshare_in_fork, &intact);
	intact = false;
	harness_in_fork(unshare_in_fork, &intact);
}

/* A child of the first thread that has stopped; 0: none (yet). */
static pid_t
stopped_child(void)
{
	char path[64], state = 0;
	int pid = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		       getpid());
	f = fopen(path, "re");
	if (f == NULL || fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		(void)fclose(f);
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	(void)fclose(f);
	return state == 'T' ? pid : 0;
}

/* When the child stops, another file gets the program's name. */
static void *
replace_program(void *arg)
{
	struct timespec nap = { 0, 1000000 };
	pid_t pid;

	while ((pid = stopped_child()) == 0)
		(void)nanosleep(&nap, NULL);
	(void)rename(harness_path("second"), arg);
	(void)kill(pid, SIGCONT);
	return NULL;
}

static int
launch_while_replacing(const char *recipe, struct caisson_error *err,
		       int *status)
{
	char *path =
	    strdup(harness_file("first", "#!/bin/sh\nexit 1\n", 17, 0755));
	struct caisson_spec *spec =
	    launching_spec(broken_members(recipe, ""), NULL);
	struct caisson_child *child = NULL;
	pthread_t thread;
	int r;

	(void)harness_file("second", "#!/bin/sh\nexit 2\n", 17, 0755);
	assert_int_equal(caisson_spec_set_path(spec, path, err), 0);
	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	assert_int_equal(pthread_create(&thread, NULL, replace_program, path),
			 0);
	r = caisson_launch(spec, NULL, &child, err);
	assert_int_equal(pthread_join(thread, NULL), 0);
	caisson_spec_free(spec);
	free(path);
	if (r == 0)
		*status = launching_finish(child).value;
	return r;
}

static void
a_program_that_is_replaced_meanwhile_does_not_run(void **state)
{
	struct caisson_error err;
	int status = -1;

	(void)state;
	assert_int_equal(launch_while_replacing("stop:44", &err, &status),
			 CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	assert_non_null(strstr(err.msg, "it was replaced during the launch"));
	harness_assert_childless();
	assert_int_equal(launch_while_replacing("stop:44 skip:45", &err,
						&status),
			 0);
	assert_int_equal(status, 2);
}

/* The same name inside and outside; inside a link to it, or a copy. */
static void
make_jail(bool copy)
{
	static char data[1 << 22];
	const char *name = harness_path("jail/reporter");
	int fd = open(harness_reporter(), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data));

	assert_true(n > 0);
	assert_int_equal(close(fd), 0);
	(void)mkdir(harness_path("jail"), 0755);
	(void)mkdir(harness_path("jail/tmp"), 0755);
	(void)mkdir(harness_text("%s/jail%s", harness_scratch(),
				 harness_scratch()),
		    0755);
	name = harness_text("jail%s", harness_reporter());
	(void)unlink(harness_path(name));
	if (copy)
		(void)harness_file(name, data, (size_t)n, 0755);
	else
		assert_int_equal(link(harness_reporter(), harness_path(name)),
				 0);
}

static int
launch_in_jail(const char *recipe, struct caisson_error *err, bool *inside)
{
	struct caisson_spec *spec = launching_spec(
	    broken_members(recipe, harness_text("'process':{'chroot':'%s'}",
						harness_path("jail"))),
	    "open", "1", "/etc/passwd", NULL);
	struct caisson_child *child = NULL;
	char *text;
	int r;

	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	r = caisson_launch(spec, NULL, &child, err);
	caisson_spec_free(spec);
	if (r < 0)
		return r;
	text = launching_read(child, 1);
	(void)launching_finish(child);
	*inside = strcmp(text, "-2\n") == 0;
	free(text);
	return 0;
}

static void
without_chroot_the_whole_system_is_there(void **state)
{
	struct caisson_error err;
	bool inside = false;

	(void)state;
	if (!harness_is_root()) {
		print_message("only root can change the root directory\n");
		skip();
	}
	make_jail(true);
	assert_int_equal(launch_in_jail("", &err, &inside), 0);
	assert_true(inside);
	/* it is another file then, and that is noticed */
	assert_int_equal(launch_in_jail("skip:37", &err, &inside),
			 CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	make_jail(false);
	assert_int_equal(launch_in_jail("skip:37", &err, &inside), 0);
	assert_false(inside);
}

static void
traced_in_fork(void *arg)
{
	bool intact = *(bool *)arg;
	struct caisson_child *child = launching_start(
	    launching_spec(broken_members(intact ? "" : "skip:47",
					  "'process':{'ptrace':true}"),
			   "exit", "9", NULL),
	    NULL);
	int status = 0;
	pid_t pid = caisson_child_pid(child);

	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	assert_int_equal(WIFSTOPPED(status), intact);
	if (intact)
		assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	caisson_child_free(child);
}

static void
without_its_step_a_program_is_not_traced(void **state)
{
	bool intact = true;

	(void)state;
	harness_in_fork(traced_in_fork, &intact);
	intact = false;
	harness_in_fork(traced_in_fork, &intact);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_exec_nothing_is_reported_as_started),
		cmocka_unit_test(without_the_deadline_a_vfork_launch_hangs),
		cmocka_unit_test(
		    without_a_table_of_its_own_the_child_closes_ours),
		cmocka_unit_test(
		    a_program_that_is_replaced_meanwhile_does_not_run),
		cmocka_unit_test(without_chroot_the_whole_system_is_there),
		cmocka_unit_test(without_its_step_a_program_is_not_traced),
	};

	return harness_main("variants_special", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
