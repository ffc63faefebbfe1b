/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program is like that was launched, in everything it can see: the
 * documented defaults, what its spec names, and nothing of a hostile or
 * careless caller.
 */
#include "oracle.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* With the engine that the library chooses, and with fork in any case. */
static void
check(const char *members, const char *except)
{
	static const uint32_t engines[] = { CAISSON_ENGINE_AUTO,
					    CAISSON_ENGINE_FORK };

	for (size_t i = 0; i < 2; i++) {
		json_t *before = harness_snapshot();
		struct launched l =
		    launching_state(members, launching_engine(engines[i]));

		oracle_check(&l, except);
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
}

static void
a_spec_without_wishes_gives_the_documented_defaults(void **state)
{
	(void)state;
	check(NULL, NULL);
}

static void
an_unconfined_program_differs_only_in_the_filter(void **state)
{
	(void)state;
	check("'seccomp':{'profile':'unconfined'}", NULL);
}

static void
the_engine_follows_from_the_privilege(void **state)
{
	struct launched l = launching_state(NULL, NULL);

	(void)state;
	assert_int_equal(l.engine, harness_is_root() ? CAISSON_ENGINE_FORK
						     : CAISSON_ENGINE_VFORK);
	json_decref(l.state);
}

static void
the_environment_is_exactly_the_spec(void **state)
{
	(void)state;
	assert_int_equal(setenv("LD_PRELOAD", "/nonexistent.so", 1), 0);
	assert_int_equal(setenv("SECRET_OF_THE_CALLER", "1", 1), 0);
	check("'env':{'A':'1','EMPTY':'','ODD':'=\\u00e9 $x\\n'}",
	      "{'environ':['A=1','EMPTY=','ODD==\\u00c3\\u00a9 $x\\n']}");
	check("'env':{'BASH_ENV':'/x','LD_PRELOAD':''}",
	      "{'environ':['BASH_ENV=/x','LD_PRELOAD=']}");
	assert_int_equal(unsetenv("LD_PRELOAD"), 0);
	assert_int_equal(unsetenv("SECRET_OF_THE_CALLER"), 0);
}

static void
argv_is_exactly_the_spec(void **state)
{
	static const char *const zero[] = { "-odd name%n", "state", "1", "",
					    "--",          "a b\n", NULL };
	struct caisson_spec *spec = launching_spec(NULL, NULL);
	struct caisson_error err;
	json_t *report, *want = json_array();

	(void)state;
	for (size_t i = 0; zero[i] != NULL; i++)
		assert_int_equal(json_array_append_new(want,
						       json_string(zero[i])),
				 0);
	assert_int_equal(caisson_spec_set_argv(spec, zero, &err), 0);
	report = launching_json(spec, NULL);
	assert_true(json_equal(json_object_get(report, "argv"), want));
	json_decref(report);
	json_decref(want);
}

static void
umask_nice_and_oom_score_are_those_of_the_spec(void **state)
{
	(void)state;
	check("'process':{'umask':'0000'}", "{'umask':0}");
	check("'process':{'umask':'0777'}", "{'umask':511}");
	check("'process':{'nice':7}", "{'nice':7}");
	check("'process':{'nice':19,'umask':'0027','oom_score_adj':1000}",
	      "{'nice':19,'umask':23,'oom_score_adj':1000}");
	check("'process':{'oom_score_adj':17}", "{'oom_score_adj':17}");
}

static void
limits_are_those_of_the_spec(void **state)
{
	(void)state;
	check("'rlimits':{'core':0}", "{'rlimits':{'4':[0,0]}}");
	check("'rlimits':{'nofile':[17,64]}", "{'rlimits':{'7':[17,64]}}");
	check("'rlimits':{'nofile':3}",
	      "{'rlimits':{'7':[3,3]},'fds':null,"
	      "'seccomp':null,'oom_score_adj':null,"
	      "'cgroup':null,'ctty':null,'tpgid':null,"
	      "'coredump_filter':null,'threads':null,"
	      "'seccomp_filters':null}");
	check("'rlimits':{'cpu':[50,60],'fsize':[70,80],'as':1000000000,"
	      "'stack':[1000000,2000000],'nproc':[900,1000],'memlock':0,"
	      "'data':[300000000,400000000],'sigpending':[5,6]}",
	      "{'rlimits':{'0':[50,60],'1':[70,80],'9':[1000000000,1000000000],"
	      "'3':[1000000,2000000],'6':[900,1000],'8':[0,0],"
	      "'2':[300000000,400000000],'11':[5,6]}}");
}

static void
the_process_group_is_new_inherited_or_joined(void **state)
{
	pid_t other = fork();
	struct launched l;

	(void)state;
	if (other == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setpgid(0, 0);
		for (;;)
			(void)pause();
	}
	assert_true(other > 0);
	(void)setpgid(other, other);
	l = launching_state("'process':{'group':'inherit'}", NULL);
	oracle_check(&l, harness_text("{'pgid':%d}", (int)getpgrp()));
	l = launching_state(harness_text("'process':{'group':%d}", (int)other),
			    NULL);
	oracle_check(&l, harness_text("{'pgid':%d}", (int)other));
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

static void
a_new_session_has_its_own_group_and_no_terminal(void **state)
{
	struct launched l =
	    launching_state("'process':{'session':'new'}", NULL);

	(void)state;
	oracle_check(&l, harness_text("{'sid':%d,'ctty':0,'tpgid':-1,"
				      "'tcgetpgrp':[-1,-1,-1]}",
				      (int)l.pid));
}

static void
the_parent_death_signal_is_that_of_the_spec(void **state)
{
	(void)state;
	check("'process':{'parent_death_signal':'SIGTERM'}",
	      "{'pdeathsig':15}");
	check("'process':{'parent_death_signal':'SIGUSR1'}",
	      "{'pdeathsig':10}");
}

static void
the_working_directory_is_that_of_the_spec(void **state)
{
	const char *dir = harness_path("cwd dir");

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	check(harness_text("'cwd':'%s'", dir),
	      harness_text("{'cwd':'%s'}", dir));
	assert_int_equal(rmdir(dir), 0);
}

/* What a caller can leave behind for its children, all at once. */
static void
make_hostile(void)
{
	struct itimerval soon = { { 0, 0 }, { 500, 0 } };
	sigset_t all;

	(void)sigfillset(&all);
	assert_int_equal(sigprocmask(SIG_BLOCK, &all, NULL), 0);
	for (int s = 1; s < 32; s++)
		if (s != SIGCHLD)
			(void)signal(s, SIG_IGN);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		(void)signal(s, SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGHUP, _exit);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	/* a program that ends sends one: not a change then */
	assert_int_equal(kill(getpid(), SIGCHLD), 0);
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++)
		assert_int_equal(setitimer((enum __itimer_which)which, &soon,
					   NULL),
				 0);
	(void)umask(0777);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
}

static void
hostile_caller(void *arg)
{
	const char *dir = harness_path("gone");

	(void)arg;
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(rmdir(dir), 0);
	make_hostile();
	check(NULL, NULL);
	check("'process':{'umask':'0022','session':'new'}",
	      "{'umask':18,'sid':null,'ctty':0,'tpgid':-1,"
	      "'tcgetpgrp':[-1,-1,-1]}");
}

static void
nothing_of_a_hostile_caller_gets_through(void **state)
{
	(void)state;
	harness_in_fork(hostile_caller, NULL);
}

static void
caller_with_closed_stdio(void *arg)
{
	const char *which = arg;
	struct launched l;

	for (; *which != '\0'; which++)
		(void)close(*which - '0');
	l = launching_state("'stdio':{'stdin':'null','stdout':'pipe',"
			    "'stderr':'null'}",
			    NULL);
	assert_string_equal(oracle_fds(l.state),
			    "0:character 1:pipe 2:character");
	oracle_check(&l, "{'fds':null,'tcgetpgrp':[-1,-1,-1]}");
}

static void
a_caller_without_stdio_can_launch(void **state)
{
	static char which[][4] = { "0", "1", "2", "01", "02", "12", "012" };

	(void)state;
	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		harness_in_fork(caller_with_closed_stdio, which[i]);
}

static void
caller_with_strange_children(void *arg)
{
	pid_t dead = fork(), live;
	siginfo_t info = { 0 };
	struct launched l;

	(void)arg;
	if (dead == 0)
		_exit(42);
	live = fork();
	if (live == 0)
		for (;;)
			(void)pause();
	assert_int_equal(waitid(P_PID, (id_t)dead, &info, WEXITED | WNOWAIT),
			 0);
	l = launching_state(NULL, NULL);
	oracle_check(&l, NULL);
	assert_int_equal(waitid(P_PID, (id_t)dead, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 42);
	assert_int_equal(kill(live, SIGKILL), 0);
	assert_int_equal(waitpid(live, NULL, 0), live);
}

static void
children_of_the_caller_are_left_alone(void **state)
{
	(void)state;
	harness_in_fork(caller_with_strange_children, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_spec_without_wishes_gives_the_documented_defaults),
		cmocka_unit_test(
		    an_unconfined_program_differs_only_in_the_filter),
		cmocka_unit_test(the_engine_follows_from_the_privilege),
		cmocka_unit_test(the_environment_is_exactly_the_spec),
		cmocka_unit_test(argv_is_exactly_the_spec),
		cmocka_unit_test(
		    umask_nice_and_oom_score_are_those_of_the_spec),
		cmocka_unit_test(limits_are_those_of_the_spec),
		cmocka_unit_test(the_process_group_is_new_inherited_or_joined),
		cmocka_unit_test(
		    a_new_session_has_its_own_group_and_no_terminal),
		cmocka_unit_test(the_parent_death_signal_is_that_of_the_spec),
		cmocka_unit_test(the_working_directory_is_that_of_the_spec),
		cmocka_unit_test(nothing_of_a_hostile_caller_gets_through),
		cmocka_unit_test(a_caller_without_stdio_can_launch),
		cmocka_unit_test(children_of_the_caller_are_left_alone),
	};

	return harness_main("launch_state", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
