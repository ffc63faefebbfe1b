/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engines: which one serves, what a launch leaves of the caller, the
 * deadline, and becoming the program in place.
 */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
vfork_needs_a_caller_without_capabilities(void **state)
{
	struct caisson_error err;
	uint32_t engine = 0;
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_check(spec, NULL, &engine, &err), 0);
	caisson_spec_free(spec);
	if (!harness_is_root()) {
		assert_int_equal(engine, CAISSON_ENGINE_VFORK);
		return;
	}
	assert_int_equal(engine, CAISSON_ENGINE_FORK);
	launching_refused(launching_spec(NULL, "exit", "0", NULL),
			  launching_engine(CAISSON_ENGINE_VFORK), &err);
	launching_assert_error(
	    &err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_IDENTITY,
	    "identity: the vfork engine shares memory with the "
	    "program-to-be: not for a launch that changes privilege");
}

/* One capability left anywhere is enough to refuse. */
static void
keep_one(void *arg)
{
	uint32_t id = harness_unused_id();
	struct caisson_error err;

	(void)arg;
	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	harness_become(id, id);
	assert_false(harness_has_capability(CAP_SETPCAP));
	launching_refused(launching_spec(NULL, "exit", "0", NULL),
			  launching_engine(CAISSON_ENGINE_VFORK), &err);
	assert_int_equal(err.code, CAISSON_E_PRIVILEGE);
}

static void
a_permitted_capability_refuses_vfork_too(void **state)
{
	(void)state;
	if (!harness_is_root()) {
		print_message("only root has a capability to permit\n");
		skip();
	}
	harness_in_fork(keep_one, NULL);
}

static void
on_signal(int signo)
{
	(void)signo;
}

/* Everything that a launch could disturb, then launches, good and bad. */
static void
unchanged(void *arg)
{
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_RESTART };
	sigset_t some;
	int state = -1;

	(void)arg;
	assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGUSR2);
	(void)sigaddset(&some, SIGTERM);
	assert_int_equal(sigprocmask(SIG_SETMASK, &some, NULL), 0);
	assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state),
			 0);
	for (int i = 0; i < 6; i++) {
		json_t *before = harness_snapshot();
		struct caisson_error err;

		json_decref(
		    launching_state(NULL, launching_engine(
					      i % 2 == 0 ? CAISSON_ENGINE_AUTO
							 : CAISSON_ENGINE_FORK))
			.state);
		launching_refused(launching_spec("'cwd':'/nonexistent'", "exit",
						 "0", NULL),
				  launching_engine(i % 2 == 0
						       ? CAISSON_ENGINE_AUTO
						       : CAISSON_ENGINE_FORK),
				  &err);
		harness_assert_unchanged(before);
	}
	assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state),
			 0);
	assert_int_equal(state, PTHREAD_CANCEL_ENABLE);
}

static void
a_launch_leaves_the_caller_as_it_was(void **state)
{
	(void)state;
	harness_in_fork(unchanged, NULL);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/*
 * A FIFO that nobody writes makes an open block; a spec that names one must
 * neither hang a launch nor hold the fork lock.
 */
static void
a_fifo_in_the_spec_does_not_hang_the_launch(void **state)
{
	const char *path = harness_path("a fifo");
	uint64_t before = now_ms();
	struct launched l;

	(void)state;
	assert_int_equal(mkfifo(path, 0666), 0);
	l = launching_state(
	    harness_text("'extra_fds':[{'fd':3,'type':'file','path':'%s',"
			 "'mode':'read'}]",
			 path),
	    NULL);
	assert_true(now_ms() - before < 5000);
	json_decref(l.state);
	assert_int_equal(unlink(path), 0);
}

static void
traced(void *arg)
{
	uint32_t engine = *(uint32_t *)arg;
	struct caisson_child *child =
	    launching_start(launching_spec("'process':{'ptrace':true},"
					   "'seccomp':{'profile':'unconfined'}",
					   "exit", "9", NULL),
			    launching_engine(engine));
	pid_t pid = caisson_child_pid(child);
	int status = 0;

	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTRAP);
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	assert_int_equal(launching_finish(child).value, 9);
}

static void
a_traced_program_stops_at_its_exec(void **state)
{
	uint32_t engine = CAISSON_ENGINE_AUTO;

	(void)state;
	harness_in_fork(traced, &engine);
	engine = CAISSON_ENGINE_FORK;
	harness_in_fork(traced, &engine);
}

/* caisson_exec in a fork; what it reports comes through fd 1. */
static void
replace(void *arg)
{
	struct caisson_spec *spec = launching_spec(arg, "state", "1", NULL);
	struct caisson_error err;

	assert_int_equal(caisson_spec_fd_inherit(spec, 1, 1, &err), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	if (caisson_exec(spec, NULL, &err) != 0)
		print_error("%s\n", err.msg);
	abort();
}

struct redirect {
	int fd;
	char *members;
};

static void
replace_redirected(void *arg)
{
	struct redirect *r = arg;

	assert_int_equal(dup2(r->fd, 1), 1);
	replace(r->members);
}

/* The state of a program that the forked test process became. */
static struct launched
replaced_state(const char *members)
{
	struct redirect r = { memfd_create("report", MFD_CLOEXEC),
			      strdup(members) };
	static char text[65536];
	struct launched l = { .engine = CAISSON_ENGINE_REPLACE,
			      .confined = true };
	ssize_t n;

	harness_in_fork(replace_redirected, &r);
	n = pread(r.fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	l.state = json_loads(text, 0, NULL);
	assert_non_null(l.state);
	l.pid = (int32_t)launching_number(l.state, "pid");
	(void)close(r.fd);
	free(r.members);
	return l;
}

static void
in_place_the_program_is_confined_as_well(void **state)
{
	struct launched l = replaced_state("'process':{'umask':'0123'}");

	(void)state;
	assert_string_equal(
	    launching_string(json_array_get(json_object_get(l.state, "fds"), 1),
			     "type"),
	    "file");
	/* these two are the harness's, which the process had before */
	oracle_check(&l, "{'umask':83,'fds':null,'pdeathsig':9,"
			 "'rlimits':{'4':[0,0]}}");
}

static void
refuse_pipe(void *arg)
{
	struct caisson_spec *spec = launching_spec(NULL, "state", "1", NULL);
	struct caisson_error err;

	(void)arg;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_exec(spec, NULL, &err), CAISSON_E_USAGE);
	caisson_spec_free(spec);
}

static void
in_place_nobody_holds_the_other_end_of_a_pipe(void **state)
{
	(void)state;
	harness_in_fork(refuse_pipe, NULL);
}

static void *
do_nothing(void *arg)
{
	(void)arg;
	for (;;)
		(void)pause();
	return NULL;
}

static void
refuse_threads(void *arg)
{
	struct caisson_spec *spec = launching_spec(NULL, "state", "1", NULL);
	struct caisson_error err;
	pthread_t thread;

	(void)arg;
	assert_int_equal(caisson_spec_fd_inherit(spec, 1, 1, &err), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	assert_int_equal(caisson_exec(spec, NULL, &err), CAISSON_E_USAGE);
	caisson_spec_free(spec);
}

static void
in_place_needs_a_single_thread(void **state)
{
	(void)state;
	harness_in_fork(refuse_threads, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vfork_needs_a_caller_without_capabilities),
		cmocka_unit_test(a_permitted_capability_refuses_vfork_too),
		cmocka_unit_test(a_launch_leaves_the_caller_as_it_was),
		cmocka_unit_test(a_fifo_in_the_spec_does_not_hang_the_launch),
		cmocka_unit_test(a_traced_program_stops_at_its_exec),
		cmocka_unit_test(in_place_the_program_is_confined_as_well),
		cmocka_unit_test(in_place_nobody_holds_the_other_end_of_a_pipe),
		cmocka_unit_test(in_place_needs_a_single_thread),
	};

	return harness_main("launch_engine", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
