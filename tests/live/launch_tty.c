/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launching on a terminal: a pseudo-terminal, a session leader on it, and
 * programs in its foreground, in its background, and without it.
 */
#include "oracle.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* SIGTTOU would stop us: taking the terminal back from the background. */
static void
take_back(void)
{
	(void)signal(SIGTTOU, SIG_IGN);
	assert_int_equal(tcsetpgrp(0, getpgrp()), 0);
	(void)signal(SIGTTOU, SIG_DFL);
}

static void
inherited(void *arg)
{
	struct launched l;

	(void)arg;
	(void)terminal_sit_down();
	l = launching_state(NULL, NULL);
	assert_int_equal(launching_number(l.state, "tpgid"), getpgrp());
	assert_true(launching_number(l.state, "ctty") != 0);
	oracle_check(&l, NULL);
	assert_int_equal(tcgetpgrp(0), getpgrp());
}

static void
the_terminal_is_inherited_by_default(void **state)
{
	(void)state;
	harness_in_fork(inherited, NULL);
}

static void
foreground(void *arg)
{
	struct launched l;

	(void)arg;
	(void)terminal_sit_down();
	l = launching_state("'process':{'foreground':true}", NULL);
	assert_int_equal(tcgetpgrp(0), l.pid);
	take_back();
	oracle_check(&l,
		     harness_text("{'tpgid':%d,'tcgetpgrp':null}", (int)l.pid));
}

static void
a_foreground_program_owns_the_terminal(void **state)
{
	(void)state;
	harness_in_fork(foreground, NULL);
}

/* What the user types, typed. */
static void
type(const struct terminal *t, char key)
{
	assert_int_equal(write(t->master, &key, 1), 1);
}

static void
keys(void *arg)
{
	struct terminal t = terminal_sit_down();
	struct caisson_child *child;
	siginfo_t info = { 0 };
	struct caisson_error err;

	(void)arg;
	(void)signal(SIGINT, SIG_IGN);
	child = launching_start(launching_spec("'process':{'foreground':true}",
					       "sleep", "60000", NULL),
				NULL);
	type(&t, 3); /* ^C */
	assert_int_equal(launching_finish(child).value, SIGINT);
	take_back();
	child = launching_start(launching_spec("'process':{'foreground':true}",
					       "sleep", "60000", NULL),
				NULL);
	type(&t, 26); /* ^Z */
	assert_int_equal(waitid(P_PIDFD, (id_t)caisson_child_pidfd(child),
				&info, WSTOPPED),
			 0);
	assert_int_equal(info.si_status, SIGTSTP);
	take_back();
	assert_int_equal(caisson_child_signal(child, SIGCONT,
					      CAISSON_SCOPE_GROUP, &err),
			 0);
	assert_int_equal(waitid(P_PIDFD, (id_t)caisson_child_pidfd(child),
				&info, WCONTINUED),
			 0);
	caisson_child_free(child);
	harness_assert_childless();
}

static void
the_keys_of_the_terminal_work_in_the_foreground(void **state)
{
	(void)state;
	harness_in_fork(keys, NULL);
}

static void
background_reader(void *arg)
{
	struct caisson_child *child;
	struct caisson_error err;
	siginfo_t info = { 0 };

	(void)arg;
	(void)terminal_sit_down();
	/* its own group is in the background: reading stops it, no more */
	child = launching_start(launching_spec("'timeout_ms':500", "copy", "0",
					       "1", NULL),
				NULL);
	assert_int_equal(waitid(P_PIDFD, (id_t)caisson_child_pidfd(child),
				&info, WSTOPPED),
			 0);
	assert_int_equal(info.si_status, SIGTTIN);
	assert_int_equal(caisson_child_wait(child, 100, NULL, &err),
			 CAISSON_E_TIMEOUT);
	assert_int_equal(launching_finish(child).value, SIGTERM);
}

static void
a_background_reader_is_stopped_and_not_a_hang(void **state)
{
	(void)state;
	harness_in_fork(background_reader, NULL);
}

static void
control(void *arg)
{
	struct terminal t = terminal_open();
	struct launched l;
	long tty;

	(void)arg;
	l = launching_state(
	    harness_text("'process':{'session':'new','tty':'control'},"
			 "'stdio':{'stdin':'fd:%d','stdout':'pipe',"
			 "'stderr':'closed'}",
			 t.slave),
	    NULL);
	tty = launching_number(l.state, "ctty");
	assert_true(tty != 0);
	assert_int_equal(launching_number(l.state, "tpgid"), l.pid);
	assert_string_equal(oracle_fds(l.state), "0:character 1:pipe");
	oracle_check(&l, harness_text("{'sid':%d,'fds':null,'ctty':null,"
				      "'tpgid':%d,'tcgetpgrp':[%d,-1,-1]}",
				      (int)l.pid, (int)l.pid, (int)l.pid));
}

static void
stdin_can_become_the_controlling_terminal(void **state)
{
	(void)state;
	harness_in_fork(control, NULL);
}

static void
detach(void *arg)
{
	struct launched l;

	(void)arg;
	(void)terminal_sit_down();
	l = launching_state("'process':{'tty':'detach'}", NULL);
	oracle_check(&l, "{'ctty':0,'tpgid':-1,'tcgetpgrp':[-1,-1,-1]}");
	/* ours is still there */
	assert_int_equal(tcgetpgrp(0), getpgrp());
}

static void
the_terminal_can_be_given_up(void **state)
{
	(void)state;
	harness_in_fork(detach, NULL);
}

static void
detach_without(void *arg)
{
	struct launched l;

	(void)arg;
	assert_true(setsid() > 0);
	l = launching_state("'process':{'tty':'detach'}", NULL);
	oracle_check(&l, NULL);
}

static void
having_none_to_give_up_is_fine(void **state)
{
	(void)state;
	harness_in_fork(detach_without, NULL);
}

/* No program may type into the terminal that it shares with its launcher. */
static void
inject(void *arg)
{
	bool confined = *(bool *)arg;
	json_t *result;

	(void)terminal_sit_down();
	result = launching_json(
	    launching_spec(confined ? "'process':{'foreground':true}"
				    : "'process':{'foreground':true},"
				      "'seccomp':{'profile':'unconfined'}",
			   "terminal", "1", NULL),
	    NULL);
	if (confined) {
		assert_int_equal(launching_number(result, "tiocsti"), -EPERM);
		assert_int_equal(launching_number(result, "tiocsti_high"),
				 -EPERM);
	} else {
		/* the control: without the filter the attempt is let through
		 * to the kernel, whose answer depends on its settings */
		assert_int_not_equal(launching_number(result, "tiocsti"),
				     -EPERM);
	}
	json_decref(result);
}

static void
nothing_can_be_typed_into_the_terminal(void **state)
{
	bool confined = true;

	(void)state;
	harness_in_fork(inject, &confined);
	confined = false;
	harness_in_fork(inject, &confined);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terminal_is_inherited_by_default),
		cmocka_unit_test(a_foreground_program_owns_the_terminal),
		cmocka_unit_test(
		    the_keys_of_the_terminal_work_in_the_foreground),
		cmocka_unit_test(a_background_reader_is_stopped_and_not_a_hang),
		cmocka_unit_test(stdin_can_become_the_controlling_terminal),
		cmocka_unit_test(the_terminal_can_be_given_up),
		cmocka_unit_test(having_none_to_give_up_is_fine),
		cmocka_unit_test(nothing_can_be_typed_into_the_terminal),
	};

	return harness_main("launch_tty", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
