/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: everything the child needs, as numbers and ready-made memory.
 * Nothing in it is a choice; the child executes it from top to bottom.  It is
 * all that the child sees, and the child does not write to it except through
 * the pointers that are meant for that (report, report_fd, program, sources,
 * loaded and groups_scratch).
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "caisson.h"

#include "confine/cred.h"
#include "confine/profile.h"

#include <linux/securebits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_FDS_MAX 134 /* 0 to 2, 128 extra, 2 handshake, the hand-over */

/* The child's exit status when a step failed: distinct, but no proof. */
#define PLAN_EXIT_FAILED 253

/* For who can set them: no way to privilege, and with none also none to keep. */
#define PLAN_SECUREBITS(capabilities)                                   \
	((SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |                        \
	  SECBIT_NO_SETUID_FIXUP_LOCKED) |                              \
	 ((capabilities) == 0                                           \
	      ? SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
		    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED                  \
	      : 0))

/* In report.error: the value read back is not the one asked for. */
#define PLAN_MISMATCH 4096

/*
 * The one thing that a child says.  stage 0: nothing yet.  With READY comes
 * what it read of itself that the plan does not always fix.
 */
struct report {
	uint32_t stage; /* CAISSON_STAGE_READY, or the step that failed */
	int32_t error; /* errno, or PLAN_MISMATCH; 0 with READY */
	uint32_t index;
	int32_t pgid, sid, nice;
	uint32_t umask;
	int32_t seccomp; /* mode before the plan's filter */
};

/* What the verify step compares; report.index says which differed. */
enum plan_verify {
	PLAN_VERIFY_UID = 1,
	PLAN_VERIFY_GID = 2,
	PLAN_VERIFY_GROUPS = 3,
	PLAN_VERIFY_CAPS = 4,
	PLAN_VERIFY_BOUNDING = 5,
	PLAN_VERIFY_AMBIENT = 6,
	PLAN_VERIFY_SECUREBITS = 7,
	PLAN_VERIFY_NO_NEW_PRIVS = 8,
	PLAN_VERIFY_UID_BACK = 9,
	PLAN_VERIFY_GID_BACK = 10,
	PLAN_VERIFY_SESSION = 11,
	PLAN_VERIFY_GROUP = 12,
	PLAN_VERIFY_UMASK = 13,
	PLAN_VERIFY_NICE = 14,
};

/* What the seccomp step of a launch that reports refused calls did last. */
enum plan_filter {
	PLAN_FILTER_ASKS = 1, /* loads the filter that asks */
	PLAN_FILTER_HAND_OVER = 2, /* sends its listener */
	PLAN_FILTER_RESTS = 3, /* loads the other; and so many in all */
};

/* What is sent with the listener: more than its socket holds. */
#define PLAN_HAND_OVER_BYTES 32768

/* Descriptor `source` of the launcher becomes `target` of the program. */
struct plan_fd {
	int target, source;
};

struct plan_rlimit {
	uint32_t resource;
	uint64_t soft, hard;
};

struct plan_file_id {
	uint32_t dev_major, dev_minor;
	uint64_t ino;
};

struct plan {
	/* the program */
	const char *path;
	char *const *argv;
	char *const *envp;
	struct plan_file_id file;
	/*
	 * For who has more privilege than the caller: the program is opened by
	 * the target itself, once, without symbolic links, and exec'ed by that
	 * descriptor.  The kernel refuses a script so, and only if scripts are
	 * allowed it is then exec'ed by its path.
	 */
	bool pin, scripts;
	int *program; /* pin: where the child keeps that descriptor */
	const char *cwd;
	const char *chroot; /* NULL: none */

	/* how it is created */
	uint32_t engine; /* enum caisson_engine */
	uint64_t deadline_ms; /* vfork: it kills itself then; 0: no timer */
	volatile struct report *report; /* the launcher's memory (vfork) */
	int *report_fd; /* fork: the pipe's number, now; NULL: no pipe */
	int32_t parent_pid;

	/* process */
	bool new_session, new_group; /* neither: inherit, or join */
	int32_t join_group; /* > 0: this one */
	uint32_t tty;
	bool foreground, ptrace;
	int parent_death_signal;
	bool set_umask, set_nice, set_oom_score_adj;
	uint32_t umask;
	int nice, oom_score_adj;
	const struct plan_rlimit *rlimits; /* all but NOFILE */
	size_t n_rlimits;
	bool set_nofile;
	struct plan_rlimit nofile;

	/* descriptors, sorted by target; everything else is closed */
	const struct plan_fd *fds;
	size_t n_fds;
	int *sources; /* where each source is now: the child moves them */
	unsigned cut; /* vfork: above every source, and above 2 */
	int sentinel_fd; /* vfork: the launcher has it, at or above cut */
	int self_pidfd; /* vfork: the launcher, to fetch sources; -1 */

	/* identity: always what the program has, whether changed or not */
	bool change_uid, change_gid, change_groups;
	uint32_t uid, gid;
	const uint32_t *groups; /* sorted */
	size_t n_groups;
	uint32_t *groups_scratch; /* n_groups + 1, for the child to read into */
	uint32_t old_uid, old_gid;

	/* capabilities */
	struct cred_sets sets;
	bool has_setpcap; /* bounding set and securebits can be set */
	uint32_t last_cap;
	uint32_t securebits; /* what must be read back */

	/* loaded before filter, in their order; report.index says which */
	const struct profile *floors;
	size_t n_floors;
	struct profile filter; /* insns NULL: unconfined */

	/* refused calls are reported: filter asks the launcher */
	bool denials;
	struct profile rest; /* loaded after filter */
	int hand_over; /* close-on-exec: where the listener goes */
	uint32_t *loaded; /* parts done: PLAN_FILTER_RESTS when complete */
};

/* For an initializer: no one before, and no descriptors. */
#define PLAN_NONE                                                        \
	.old_uid = UINT32_MAX, .old_gid = UINT32_MAX, .sentinel_fd = -1, \
	.self_pidfd = -1, .hand_over = -1

#endif
