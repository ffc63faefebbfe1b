/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user of a town is not granted, what is not there, and a launcher that
 * root kills: what is said then.
 */
#include "folk.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define L CAISSON_STAGE_LAUNCHER

/* ---- what is denied --------------------------------------------------- */

static const struct denied {
	const char *members;
	const char *part;
} denied[] = {
	{ "'credentials':{'user':'third'}", "no rule for the caller is for" },
	{ "'credentials':{'uid':0,'gid':0,'groups':[]}",
	  "no rule for the caller is for uid 0" },
	{ "'path':'/usr/bin/true'", "has the program /usr/bin/true" },
	{ "'env':{'A':'1','B':'2'}", "/etc/caisson/grants:1: env: not B" },
	{ "'process':{'nice':-6}",
	  "/etc/caisson/grants:1: nice: at least -5, asked for -6" },
	{ "'capabilities':['net_raw']",
	  "/etc/caisson/grants:1: capabilities: none allowed, and not" },
};

static void
as_agent_denied(void *arg)
{
	struct caisson_session *session;
	struct caisson_error err;

	(void)arg;
	town_become(TOWN_AGENT);
	session = folk_open_session(0);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		struct caisson_launch_options o = folk_options(session);

		faking_refused(folk_spec(denied[i].members, "exit", "0"), &o,
			       &err);
		faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
			      denied[i].part);
	}
	/* and what is not, still is */
	assert_int_equal(
	    launching_finish(folk_start(session, NULL, "exit", "3")).value, 3);
	caisson_session_close(session);
}

/* Limits, nice value and score beyond one's own need the launcher as well. */
static const char *const beyond[] = {
	"'process':{'nice':-1}",
	"'process':{'oom_score_adj':-1}",
	"'rlimits':{'memlock':4611686018427387904}",
	"'rlimits':{'nofile':4611686018427387904}",
	"'capabilities':['net_raw']",
	"'bounding':'empty'",
	"'process':{'chroot':'/'}",
};

static void
as_agent_beyond_its_own(void *arg)
{
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_child *child;
	struct caisson_error err;

	(void)arg;
	town_become(TOWN_AGENT);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		launching_refused(launching_spec(beyond[i], "exit", "0", NULL),
				  &o, &err);
		faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
			      "no rule for the caller is for uid");
	}
	/* and what is one's own does not */
	child = launching_start(launching_spec("'process':{'nice':5}", "exit",
					       "0", NULL),
				&o);
	assert_int_equal(caisson_child_engine(child), CAISSON_ENGINE_VFORK);
	launching_finish(child);
}

static void
as_agent_of_no_grant(void *arg)
{
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_error err;

	(void)arg;
	town_become(TOWN_AGENT);
	launching_refused(folk_spec(NULL, "exit", "0"), &o, &err);
	faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
		      "no rule is for the caller; \"caisson grants list\"");
}

/* ---- what is not there ------------------------------------------------ */

static void
refused(const char *launcher, uint32_t engine, int code, uint32_t stage,
	const char *part)
{
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_error err;

	o.launcher = launcher;
	o.engine = engine;
	launching_refused(folk_spec(NULL, "exit", "0"), &o, &err);
	faking_assert(&err, code, stage, part);
}

static void
as_agent_without_launcher(void *arg)
{
	(void)arg;
	town_become(TOWN_AGENT);
	refused("/nonexistent", CAISSON_ENGINE_AUTO, CAISSON_E_PRIVILEGE,
		CAISSON_STAGE_IDENTITY, ", or have caisson-launcher installed");
	refused("/nonexistent", CAISSON_ENGINE_LAUNCHER, CAISSON_E_NOT_FOUND, L,
		"is not installed");
	refused(TOWN_BIN "/caisson-launcher", CAISSON_ENGINE_AUTO,
		CAISSON_E_PRIVILEGE, CAISSON_STAGE_IDENTITY,
		", or have caisson-launcher made set-user-ID root");
	refused(TOWN_BIN "/caisson-launcher", CAISSON_ENGINE_LAUNCHER,
		CAISSON_E_PRIVILEGE, L,
		"has no privilege: it is not set-user-ID root");
	refused(TOWN_LAUNCHER, CAISSON_ENGINE_FORK, CAISSON_E_PRIVILEGE,
		CAISSON_STAGE_IDENTITY, "which the caller does not have");
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	refused(TOWN_LAUNCHER, CAISSON_ENGINE_AUTO, CAISSON_E_PRIVILEGE, L,
		"has no privilege: no_new_privs is set here");
}

static void
as_third(void *arg)
{
	(void)arg;
	town_become(TOWN_THIRD);
	refused(TOWN_LAUNCHER, CAISSON_ENGINE_AUTO, CAISSON_E_PRIVILEGE,
		CAISSON_STAGE_IDENTITY, ", or be in the group of");
	refused(TOWN_LAUNCHER, CAISSON_ENGINE_LAUNCHER, CAISSON_E_PRIVILEGE, L,
		"members of the file's group");
}

/* ---- root kills the launcher ------------------------------------------ */

static int32_t
parent_of(int32_t pid)
{
	FILE *f = fopen(harness_text("/proc/%d/stat", pid), "r");
	int parent = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d (%*[^)]) %*c %d", &parent), 1);
	(void)fclose(f);
	return parent;
}

/* Says whom root is to kill, and waits for the end of it all. */
static void
as_agent_of_a_dead_launcher(void *arg)
{
	int say = *(int *)arg;
	struct caisson_session *session;
	struct caisson_child *child;
	struct caisson_error err;
	struct caisson_exit e;
	int32_t launcher;

	town_become(TOWN_AGENT);
	session = folk_open_session(0);
	child = folk_start(session, NULL, "sleep", "60000");
	launcher = parent_of(caisson_child_pid(child));
	assert_int_equal(write(say, &launcher, sizeof(launcher)),
			 sizeof(launcher));
	e = folk_wait_for(child);
	assert_true(e.how == CAISSON_HOW_LOST || e.value == SIGKILL);
	assert_int_equal(caisson_session_dispatch(session, &err),
			 CAISSON_E_SYSTEM);
	faking_assert(&err, CAISSON_E_SYSTEM, L, "the launcher is gone");
	folk_wait_until_gone(caisson_child_pid(child));
	caisson_child_free(child);
	caisson_session_close(session);
	harness_assert_childless();
}

static void
a_launcher_that_root_kills_takes_its_programs_along(void **state)
{
	int pair[2];
	int32_t launcher = 0;
	pid_t killer;

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	killer = fork();
	assert_true(killer >= 0);
	if (killer == 0) {
		if (read(pair[0], &launcher, sizeof(launcher)) ==
		    sizeof(launcher))
			(void)kill(launcher, SIGKILL);
		_exit(0);
	}
	harness_in_fork(as_agent_of_a_dead_launcher, &pair[1]);
	(void)close(pair[1]);
	(void)close(pair[0]);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
}

IN_TOWN(what_is_denied_is_said_in_words, as_agent_denied)
IN_TOWN(the_launcher_is_chosen_for_whatever_is_beyond_ones_own,
	as_agent_beyond_its_own)
IN_TOWN(what_is_not_there_says_how_to_get_it, as_agent_without_launcher)
IN_TOWN(who_is_not_in_the_group_is_told, as_third)

static void
a_revoked_grant_is_none(void **state)
{
	(void)state;
	town_revoke();
	harness_in_fork(as_agent_of_no_grant, NULL);
	assert_true(town_grant(folk_grants));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_denied_is_said_in_words),
	cmocka_unit_test(
	    the_launcher_is_chosen_for_whatever_is_beyond_ones_own),
	cmocka_unit_test(what_is_not_there_says_how_to_get_it),
	cmocka_unit_test(who_is_not_in_the_group_is_told),
	cmocka_unit_test(a_launcher_that_root_kills_takes_its_programs_along),
	cmocka_unit_test(a_revoked_grant_is_none),
};

int
main(void)
{
	return folk_main("session_denied", tests,
			 sizeof(tests) / sizeof(tests[0]));
}
