/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels and containers that refuse what a launch needs, or claim to have
 * done it: the launch fails and names the step, and nothing runs.
 */
#include "oracle.h"
#include "refusal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET "'credentials':{'uid':777001,'gid':777002,'groups':[777003]}"

enum need {
	ANYBODY,
	ROOT
};

/* Which call, where its failure shows and where its lie; 0: not tried. */
static const struct row {
	uint32_t nr, arg0;
	enum need need;
	const char *members;
	uint32_t fails_at, lies_at;
} rows[] = {
	{ SYS_setsid, REFUSAL_ANY, ANYBODY, "'process':{'session':'new'}",
	  CAISSON_STAGE_SESSION, CAISSON_STAGE_VERIFY },
	{ SYS_setpgid, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_GROUP,
	  CAISSON_STAGE_VERIFY },
	{ SYS_prlimit64, REFUSAL_ANY, ANYBODY, "'rlimits':{'cpu':[50,60]}",
	  CAISSON_STAGE_RLIMITS, CAISSON_STAGE_RLIMITS },
	{ SYS_prlimit64, REFUSAL_ANY, ANYBODY, "'rlimits':{'nofile':[50,60]}",
	  CAISSON_STAGE_FDS, CAISSON_STAGE_NOFILE },
	{ SYS_setpriority, REFUSAL_ANY, ANYBODY, "'process':{'nice':9}",
	  CAISSON_STAGE_NICE, CAISSON_STAGE_VERIFY },
	{ SYS_keyctl, REFUSAL_ANY, ROOT, TARGET, CAISSON_STAGE_KEYRING,
	  CAISSON_STAGE_KEYRING },
	{ SYS_dup3, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_FDS,
	  CAISSON_STAGE_FDS },
	{ SYS_umask, REFUSAL_ANY, ANYBODY, "'process':{'umask':'0137'}",
	  CAISSON_STAGE_VERIFY, CAISSON_STAGE_VERIFY },
	{ SYS_umask, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_UMASK,
	  CAISSON_STAGE_UMASK },
	{ SYS_prctl, PR_SET_NO_NEW_PRIVS, ROOT, "", CAISSON_STAGE_NO_NEW_PRIVS,
	  CAISSON_STAGE_VERIFY },
	{ SYS_prctl, PR_CAPBSET_DROP, ROOT, "", CAISSON_STAGE_BOUNDING,
	  CAISSON_STAGE_VERIFY },
	{ SYS_prctl, PR_SET_SECUREBITS, ROOT, "", CAISSON_STAGE_SECUREBITS,
	  CAISSON_STAGE_VERIFY },
	{ SYS_prctl, PR_SET_PDEATHSIG, ANYBODY,
	  "'process':{'parent_death_signal':'SIGTERM'}",
	  CAISSON_STAGE_PARENT_DEATH, CAISSON_STAGE_PARENT_DEATH },
	{ SYS_setgroups, REFUSAL_ANY, ROOT, TARGET, CAISSON_STAGE_GROUPS,
	  CAISSON_STAGE_VERIFY },
	{ SYS_setresgid, REFUSAL_ANY, ROOT, TARGET, CAISSON_STAGE_GID,
	  CAISSON_STAGE_VERIFY },
	{ SYS_setresuid, REFUSAL_ANY, ROOT, TARGET, CAISSON_STAGE_UID,
	  CAISSON_STAGE_VERIFY },
	{ SYS_capset, REFUSAL_ANY, ROOT, "", CAISSON_STAGE_CAPSET,
	  CAISSON_STAGE_VERIFY },
	{ SYS_chdir, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_CWD,
	  CAISSON_STAGE_CWD },
	{ SYS_seccomp, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_SECCOMP,
	  CAISSON_STAGE_SECCOMP },
	{ SYS_execve, REFUSAL_ANY, ANYBODY, "", CAISSON_STAGE_EXEC,
	  CAISSON_STAGE_EXEC },
};

struct attempt {
	const struct row *row;
	uint16_t error;
	uint32_t engine;
};

static void
try_launch(void *arg)
{
	const struct attempt *a = arg;
	const struct row *row = a->row;
	uint32_t stage = a->error == 0 ? row->lies_at : row->fails_at;
	struct caisson_spec *spec =
	    launching_spec(row->members, "write", "1", "it ran", NULL);
	struct caisson_child *child = NULL;
	struct caisson_error err = { 0 };
	int r;

	/* a working directory that is not the one of the spec */
	assert_int_equal(chdir("/usr"), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	refusal_add(row->nr, row->arg0, a->error);
	r = caisson_launch(spec, launching_engine(a->engine), &child, &err);
	caisson_spec_free(spec);
	if (r == 0)
		fail_msg("call %u, errno %u, engine %u: it was launched",
			 row->nr, a->error, a->engine);
	if (err.stage != stage)
		fail_msg("call %u, errno %u, engine %u: %s", row->nr, a->error,
			 a->engine, err.msg);
	harness_assert_childless();
}

static int
try_all(uint32_t engine)
{
	int failed = 0;

	static const uint16_t errors[] = { 0, EPERM, EINVAL, ENOMEM, EAGAIN };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct attempt a = { &rows[i], 0, engine };

		if (rows[i].need == ROOT && !harness_is_root())
			continue;
		for (size_t k = 0; k < sizeof(errors) / sizeof(errors[0]);
		     k++) {
			a.error = errors[k];
			/* keyrings that a container forbids are no leak */
			if (rows[i].nr == SYS_keyctl && a.error == EPERM)
				continue;
			if ((a.error == 0 ? rows[i].lies_at
					  : rows[i].fails_at) != 0)
				failed += !harness_try_in_fork(try_launch, &a);
		}
	}
	return failed;
}

static void
a_call_that_fails_or_lies_ends_the_launch(void **state)
{
	int failed = try_all(CAISSON_ENGINE_FORK);

	(void)state;
	if (!harness_is_root())
		failed += try_all(CAISSON_ENGINE_VFORK);
	assert_int_equal(failed, 0);
}

static void
without_clone3(void *arg)
{
	uint16_t error = *(uint16_t *)arg;

	refusal_add(SYS_clone3, REFUSAL_ANY, error);
	for (uint32_t engine = 0; engine < 3; engine += 2) {
		struct launched l =
		    launching_state(NULL, launching_engine(engine));

		oracle_check(&l, NULL);
		harness_assert_childless();
	}
}

static void
where_clone3_is_refused_clone_serves(void **state)
{
	uint16_t error = ENOSYS;

	(void)state;
	harness_in_fork(without_clone3, &error);
	error = EPERM;
	harness_in_fork(without_clone3, &error);
}

static void
no_process(void *arg)
{
	struct caisson_error err;

	(void)arg;
	refusal_add(SYS_clone3, REFUSAL_ANY, EAGAIN);
	launching_refused(launching_spec(NULL, "exit", "0", NULL), NULL, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_CLONE,
			       "clone: creating a process: Resource "
			       "temporarily unavailable");
}

static void
where_no_process_can_be_made_there_is_an_error(void **state)
{
	(void)state;
	harness_in_fork(no_process, NULL);
}

static void
no_close_range(void *arg)
{
	uint32_t engine = *(uint32_t *)arg;
	struct caisson_error err;

	refusal_add(SYS_close_range, REFUSAL_ANY, ENOSYS);
	launching_refused(launching_spec(NULL, "exit", "0", NULL),
			  launching_engine(engine), &err);
	assert_int_equal(err.sys_errno, ENOSYS);
	assert_int_equal(err.stage, engine == CAISSON_ENGINE_FORK
					? CAISSON_STAGE_FDS
					: CAISSON_STAGE_UNSHARE_FDS);
}

static void
where_descriptors_cannot_be_closed_nothing_runs(void **state)
{
	uint32_t engine = CAISSON_ENGINE_FORK;

	(void)state;
	harness_in_fork(no_close_range, &engine);
	engine = CAISSON_ENGINE_VFORK;
	if (!harness_is_root())
		harness_in_fork(no_close_range, &engine);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_fails_or_lies_ends_the_launch),
		cmocka_unit_test(where_clone3_is_refused_clone_serves),
		cmocka_unit_test(
		    where_no_process_can_be_made_there_is_an_error),
		cmocka_unit_test(
		    where_descriptors_cannot_be_closed_nothing_runs),
	};

	return harness_main("launch_lies", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
