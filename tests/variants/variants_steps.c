/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each step of the child left out, one row a step.  With the step everything
 * is as the spec says.  Without it: where the design promises that it is read
 * back, the launch fails and names it; and without the reading back too, the
 * state oracle sees the difference, so that the tests which rely on the oracle
 * can fail.
 */
#include "broken.h"

#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VERIFY 42

static void
nothing(void)
{
}

static void
ignore_signals(void)
{
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGRTMIN, SIG_IGN);
}

static void
leave_root_directory(void)
{
	assert_int_equal(chdir("/usr"), 0);
}

static void
open_foreign(void)
{
	assert_int_equal(dup2(0, 50), 50);
	/* a report that goes astray */
	assert_int_equal(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 1), 1);
}

static void
on_terminal(void)
{
	(void)terminal_sit_down();
}

static void
join_groups(void)
{
	gid_t groups[] = { 4, 301, 302 };

	assert_int_equal(setgroups(3, groups), 0);
}

static void
make_inheritable(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct d[2];

	assert_int_equal(syscall(SYS_capget, &head, d), 0);
	d[0].inheritable = d[0].permitted;
	d[1].inheritable = d[1].permitted;
	assert_int_equal(syscall(SYS_capset, &head, d), 0);
}

static void
make_ambient(void)
{
	make_inheritable();
	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			       CAP_NET_RAW, 0, 0),
			 0);
}

/* An identity that nobody has, with one group. */
#define TARGET "'credentials':{'uid':777001,'gid':777002,'groups':[777003]}"
#define TARGETS                                                     \
	"'ruid':777001,'euid':777001,'suid':777001,'fsuid':777001," \
	"'rgid':777002,'egid':777002,'sgid':777002,'fsgid':777002," \
	"'groups':[777003]"
#define NET_RAW                                                      \
	"'cap_inh':'0000000000002000','cap_prm':'0000000000002000'," \
	"'cap_eff':'0000000000002000','cap_bnd':'0000000000002000'," \
	"'cap_amb':'0000000000002000','securebits':11"
#define FREE "'seccomp':{'profile':'unconfined'}"

enum need {
	ANYBODY,
	ROOT
};

static const struct row {
	uint32_t stage;
	enum need need;
	const char *also; /* other steps that would make up for it */
	const char *members, *except;
	void (*prepare)(void);
	const char *read_back; /* what the error calls it; NULL: it is not */
} rows[] = {
	{ CAISSON_STAGE_SESSION, ANYBODY, "", "'process':{'session':'new'}",
	  "'sid':'$pid','ctty':0,'tpgid':-1,'tcgetpgrp':[-1,-1,-1]", nothing,
	  "the session" },
	{ CAISSON_STAGE_GROUP, ANYBODY, "", "", "", nothing,
	  "the process group" },
	{ CAISSON_STAGE_FOREGROUND, ANYBODY, "",
	  "'process':{'foreground':true}", "'tpgid':'$pid','tcgetpgrp':null",
	  on_terminal, NULL },
	{ CAISSON_STAGE_RLIMITS, ANYBODY, "", "'rlimits':{'cpu':[50,60]}",
	  "'rlimits':{'0':[50,60]}", nothing, NULL },
	{ CAISSON_STAGE_NICE, ANYBODY, "", "'process':{'nice':7}", "'nice':7",
	  nothing, "the nice value" },
	{ CAISSON_STAGE_OOM_SCORE, ANYBODY, "",
	  "'process':{'oom_score_adj':500}", "'oom_score_adj':500", nothing,
	  NULL },
	{ CAISSON_STAGE_FDS, ANYBODY, "", "", "", open_foreign, NULL },
	{ CAISSON_STAGE_TERMINAL, ANYBODY, "", "'process':{'tty':'detach'}",
	  "'ctty':0,'tpgid':-1,'tcgetpgrp':[-1,-1,-1]", on_terminal, NULL },
	{ CAISSON_STAGE_NOFILE, ANYBODY, "", "'rlimits':{'nofile':[17,64]}",
	  "'rlimits':{'7':[17,64]}", nothing, NULL },
	{ CAISSON_STAGE_UMASK, ANYBODY, "", "'process':{'umask':'0137'}",
	  "'umask':95", nothing, "the umask" },
	{ CAISSON_STAGE_NO_NEW_PRIVS, ANYBODY, "", FREE, "", nothing,
	  "no_new_privs" },
	{ CAISSON_STAGE_BOUNDING, ROOT, "", "", "", nothing,
	  "the bounding set" },
	{ CAISSON_STAGE_AMBIENT, ROOT, ",41", FREE, "", make_ambient,
	  "the capability sets" },
	{ CAISSON_STAGE_SECUREBITS, ROOT, "", "", "", nothing,
	  "the securebits" },
	{ CAISSON_STAGE_GROUPS, ROOT, "", TARGET, TARGETS, join_groups,
	  "the groups" },
	{ CAISSON_STAGE_GID, ROOT, "", TARGET, TARGETS, nothing, "the gid" },
	{ CAISSON_STAGE_UID, ROOT, "", TARGET, TARGETS, nothing, "the uid" },
	{ CAISSON_STAGE_CAPSET, ROOT, "", TARGET ",'capabilities':['net_raw']",
	  TARGETS "," NET_RAW, nothing, "the capability sets" },
	{ CAISSON_STAGE_CAPSET, ROOT, "", TARGET, TARGETS, make_inheritable,
	  "the capability sets" },
	{ CAISSON_STAGE_PARENT_DEATH, ANYBODY, "",
	  "'process':{'parent_death_signal':'SIGTERM'}", "'pdeathsig':15",
	  nothing, NULL },
	{ CAISSON_STAGE_CWD, ANYBODY, "", "", "", leave_root_directory, NULL },
	{ CAISSON_STAGE_SIGNALS, ANYBODY, "", "", "", ignore_signals, NULL },
	{ CAISSON_STAGE_MASK, ANYBODY, "", "", "", nothing, NULL },
	{ CAISSON_STAGE_SECCOMP, ANYBODY, "", "", "", nothing, NULL },
};

static void
say(const struct row *row, const char *what)
{
	print_message("%s: %s\n", caisson_stage_name(row->stage), what);
}

/* The intact step: nothing differs. */
static void
with_the_step(const struct row *row)
{
	struct caisson_error err;
	int r;

	say(row, "in place");
	r = broken_differences("", row->members, row->except, &err);
	if (r < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(r, 0);
}

static void
without_the_step(const struct row *row)
{
	struct caisson_error err;
	int r;

	say(row, "left out, must be noticed");
	r = broken_differences(harness_text("skip:%u%s", row->stage, row->also),
			       row->members, row->except, &err);
	if (row->read_back == NULL) {
		assert_true(r > 0);
		return;
	}
	assert_int_equal(r, CAISSON_E_MISMATCH);
	launching_assert_error(
	    &err, CAISSON_E_MISMATCH, CAISSON_STAGE_VERIFY,
	    harness_text("verify: %s: read back other than asked for",
			 row->read_back));
	harness_assert_childless();
}

static void
without_the_proof(const struct row *row)
{
	struct caisson_error err;
	int r;

	say(row, "left out and not read back, must be visible");
	r = broken_differences(harness_text("skip:%u,%u%s", row->stage, VERIFY,
					    row->also),
			       row->members, row->except, &err);
	if (r < 0)
		fail_msg("%s", err.msg);
	assert_true(r > 0);
}

static void
try_row(void *arg)
{
	const struct row *row = arg;

	row->prepare();
	with_the_step(row);
	without_the_step(row);
	without_the_proof(row);
}

static void
every_step_that_is_left_out_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct row row = rows[i];

		if (row.need == ROOT && !harness_is_root())
			continue;
		harness_in_fork(try_row, &row);
	}
}

static long
session_keyring(const char *recipe)
{
	json_t *s = launching_json(launching_spec(broken_members(recipe, FREE
								 "," TARGET),
						  "state", "1", NULL),
				   NULL);
	long ring = launching_number(s, "session_keyring");

	json_decref(s);
	return ring;
}

static void
keyring_in_fork(void *arg)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

	(void)arg;
	assert_true(ring > 0);
	/* everybody may see it: else its number says EACCES */
	assert_int_equal(syscall(SYS_keyctl, KEYCTL_SETPERM, ring, 0x3f3f3f3fu),
			 0);
	assert_int_not_equal(session_keyring(""), ring);
	assert_int_equal(session_keyring("skip:28"), ring);
}

static void
without_its_step_the_keyring_is_the_callers(void **state)
{
	(void)state;
	if (!harness_is_root()) {
		print_message("only root can change the uid\n");
		skip();
	}
	harness_in_fork(keyring_in_fork, NULL);
}

static void
leaving_out_only_the_proof_changes_nothing(void **state)
{
	struct caisson_error err;

	(void)state;
	assert_int_equal(broken_differences("skip:42", "", "", &err), 0);
	assert_int_equal(broken_differences("slow:40", "", "", &err), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_that_is_left_out_is_noticed),
		cmocka_unit_test(without_its_step_the_keyring_is_the_callers),
		cmocka_unit_test(leaving_out_only_the_proof_changes_nothing),
	};

	return harness_main("variants_steps", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
