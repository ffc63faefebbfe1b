/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps, one function each: a negative errno (-PLAN_MISMATCH for a
 * read-back that differs) with *index telling which element; anything else:
 * done.  Raw system calls only; no libc state, no allocation, no writes to
 * shared memory.
 */
#ifndef RUN_CHILD_STEPS_H
#define RUN_CHILD_STEPS_H

#include "base/sys.h"
#include "plan/plan.h"

#include <linux/stat.h>
#include <stdbool.h>

/* Most need only one of the two. */
#define STEP(name)                                                        \
	long step_##name(const struct plan *plan __attribute__((unused)), \
			 uint32_t *index __attribute__((unused)))

/* child_process.c */
STEP(session);
STEP(group);
STEP(foreground);
STEP(rlimits);
STEP(nice);
STEP(oom_score);
STEP(keyring);
STEP(terminal);
STEP(nofile);
STEP(umask);
STEP(parent_death);
STEP(signals);
STEP(mask);

/* child_fds.c */
STEP(fds);
bool child_is_open(int fd);

/* child_cred.c */
STEP(no_new_privs);
STEP(bounding);
STEP(ambient);
STEP(securebits);
STEP(groups);
STEP(gid);
STEP(uid);
STEP(capset);

/* child_verify.c */
STEP(verify);
/* All five, as they are in the plan. */
bool child_has_sets(const struct plan *plan);
/* What READY says beside the stage. */
bool child_read_back(struct report *out);

/* child_files.c */
STEP(chroot);
STEP(cwd);
STEP(pin);
STEP(floors);
STEP(filter);
STEP(exec);
bool child_same_string(const char *a, const char *b);
/* statx: what kind of file it is, and which. */
long child_statx(long dir, const char *path, unsigned flags, struct statx *out);
/* Also where something only pretends to load it. */
long child_load(const struct profile *filter, unsigned flags);

/*
 * What a launch needs only where it has no more authority than its caller.
 * The setuid launcher has none of these, and refuses a plan that asks for one.
 */
/* child_own.c */
STEP(deadline);
STEP(identify);
STEP(timers);
STEP(ptrace);
/* child_vfork.c */
STEP(unshare_fds);
/* child_denials.c */
STEP(reporting);
STEP(reported);

/* r is the last call's result, and what was read back as it was set, or not. */
static inline long
step_same(long r, bool same)
{
	return r < 0 || same ? r : -PLAN_MISMATCH;
}

/*
 * For the broken build alone: parts of a step have numbers of their own, and 50
 * becomes 501.  True: the part is left out.
 */
#define PART_LEFT_OUT(plan, stage, part) \
	(CHILD_STEP_HOOK((plan), (stage)*10 + (part)) != 0)

#endif
