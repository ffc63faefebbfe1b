/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs between clone and exec.  The table below is the design: its order
 * is the order in which confinement can be put on without taking away what a
 * later step needs, and each row says why it stands where it does.
 *
 * All of child*.c may run in a process that shares its memory with the
 * launcher (vfork) or that is a copy of one thread of it (fork): no
 * allocation, no stdio, no errno, no locks, no libc calls.  It reads the plan
 * and makes raw system calls; it owns nothing and frees nothing.  Signals are
 * blocked from before the clone until the mask step.
 */
#include "run/child.h"

#include "run/child_steps.h"

static const struct step {
	uint32_t stage;
	long (*run)(const struct plan *, uint32_t *);
} steps[] = {
	/* first: nothing after it may hang for longer than this */
	{ CAISSON_STAGE_DEADLINE, step_deadline },
	/* before anything opens or copies a descriptor: the table is shared */
	{ CAISSON_STAGE_UNSHARE_FDS, step_unshare_fds },
	/* before READY: a signal to the group must reach us from then on */
	{ CAISSON_STAGE_SESSION, step_session },
	{ CAISSON_STAGE_GROUP, step_group },
	/* after the group exists; with SIGTTOU blocked */
	{ CAISSON_STAGE_FOREGROUND, step_foreground },
	/* before uid: raising a hard limit needs CAP_SYS_RESOURCE */
	{ CAISSON_STAGE_RLIMITS, step_rlimits },
	/* before uid: a lower nice value needs CAP_SYS_NICE */
	{ CAISSON_STAGE_NICE, step_nice },
	/* before uid: a lower score needs CAP_SYS_RESOURCE; needs /proc */
	{ CAISSON_STAGE_OOM_SCORE, step_oom_score },
	/* before uid: a keyring made after it counts against the target's
	 * quota of 200 */
	{ CAISSON_STAGE_KEYRING, step_keyring },
	/* before uid: afterwards processes of the target may change our
	 * limits and stop us, while foreign descriptors were still open */
	{ CAISSON_STAGE_FDS, step_fds },
	/* after fds: the terminal is the program's stdin */
	{ CAISSON_STAGE_TERMINAL, step_terminal },
	/* after fds: which may need more numbers than the program gets */
	{ CAISSON_STAGE_NOFILE, step_nofile },
	{ CAISSON_STAGE_UMASK, step_umask },
	/* before securebits: locking them without it is a known hole */
	{ CAISSON_STAGE_NO_NEW_PRIVS, step_no_new_privs },
	/* before uid: needs CAP_SETPCAP */
	{ CAISSON_STAGE_BOUNDING, step_bounding },
	{ CAISSON_STAGE_AMBIENT, step_ambient },
	/* before uid: needs CAP_SETPCAP */
	{ CAISSON_STAGE_SECUREBITS, step_securebits },
	/* before uid: needs CAP_SYS_CHROOT */
	{ CAISSON_STAGE_CHROOT, step_chroot },
	/* before gid and uid: needs CAP_SETGID */
	{ CAISSON_STAGE_GROUPS, step_groups },
	{ CAISSON_STAGE_GID, step_gid },
	{ CAISSON_STAGE_UID, step_uid },
	/* after uid: whose change clears some sets and not others */
	{ CAISSON_STAGE_CAPSET, step_capset },
	/* nothing above is believed until it has been read back */
	{ CAISSON_STAGE_VERIFY, step_verify },
	/* after uid: whose change clears it */
	{ CAISSON_STAGE_PARENT_DEATH, step_parent_death },
	/* as the target: it must be able to enter it */
	{ CAISSON_STAGE_CWD, step_cwd },
	/* as the target and in its root: is it still the file we checked? */
	{ CAISSON_STAGE_IDENTIFY, step_identify },
	/* or with what nobody can replace any more, where that matters */
	{ CAISSON_STAGE_IDENTIFY, step_pin },
	/* in place those of setitimer(2) are still ours, and exec keeps them */
	{ CAISSON_STAGE_SIGNALS, step_timers },
	/* before mask: no handler of the launcher may run here */
	{ CAISSON_STAGE_SIGNALS, step_signals },
	/* before seccomp: which may refuse ptrace */
	{ CAISSON_STAGE_PTRACE, step_ptrace },
	/* CAISSON_STAGE_READY stands here: see child_main */
	/* after signals: what is pending now kills by default, as it should */
	{ CAISSON_STAGE_MASK, step_mask },
	/* last: it may forbid or fake any of the above; and floors before what
	 * the caller brings, which can only add to them */
	{ CAISSON_STAGE_SECCOMP, step_floors },
	{ CAISSON_STAGE_SECCOMP, step_filter },
	{ CAISSON_STAGE_SECCOMP, step_reporting },
	/* was each of its parts done?  nothing else would tell */
	{ CAISSON_STAGE_EXEC, step_reported },
	{ CAISSON_STAGE_EXEC, step_exec },
};

int
child_steps(const struct plan *plan, uint32_t first, uint32_t last,
	    struct report *out)
{
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *s = &steps[i];
		uint32_t index = 0;
		long r;

		if (s->stage < first || s->stage > last)
			continue;
		if (CHILD_STEP_HOOK(plan, s->stage) != 0)
			continue;
		r = s->run(plan, &index);
		if (r < 0) {
			out->stage = s->stage;
			out->error = (int32_t)-r;
			out->index = index;
			return -1;
		}
	}
	return 0;
}

/* The stage last: what stands beside it is complete when it is seen. */
static void
say(const struct plan *plan, const struct report *what)
{
	struct report all_but = *what;

	all_but.stage = 0;
	*plan->report = all_but;
	plan->report->stage = what->stage;
	if (plan->report_fd != NULL)
		(void)sys3(SYS_write, *plan->report_fd, what, sizeof(*what));
}

int
child_main(void *arg)
{
	const struct plan *plan = arg;
	struct report report = { .stage = CAISSON_STAGE_READY };

	if (child_steps(plan, CAISSON_STAGE_DEADLINE, CAISSON_STAGE_READY - 1,
			&report) == 0 &&
	    child_read_back(&report)) {
		say(plan, &report);
		(void)child_steps(plan, CAISSON_STAGE_READY + 1,
				  CAISSON_STAGE_EXEC, &report);
	}
	say(plan, &report);
	for (;;)
		(void)sys1(SYS_exit_group, PLAN_EXIT_FAILED);
}
