/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps, one function each: 0, or a negative errno (-PLAN_MISMATCH for a
 * read-back that differs) with *index telling which element.  Raw system
 * calls only; no libc state, no allocation, no writes to shared memory.
 */
#ifndef RUN_CHILD_STEPS_H
#define RUN_CHILD_STEPS_H

#include "base/sys.h"
#include "plan/plan.h"

#include <linux/stat.h>
#include <stdbool.h>

#define STEP(name) int step_##name(const struct plan *plan, uint32_t *index)

/* child_process.c */
STEP(deadline);
STEP(session);
STEP(group);
STEP(foreground);
STEP(rlimits);
STEP(nice);
STEP(oom_score);
STEP(keyring);
STEP(terminal);
STEP(umask);
STEP(parent_death);
STEP(signals);
STEP(ptrace);
STEP(mask);

/* child_fds.c */
STEP(unshare_fds);
STEP(fds);
STEP(nofile);

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
/* What READY says beside the stage. */
void child_read_back(struct report *out);

/* child_denials.c: the seccomp step where refused calls are reported */
int child_load_reporting(const struct plan *plan, uint32_t *index);

/* child_files.c */
/* 0, or a negative errno: also where something only pretends to load it. */
long child_load(const struct profile *filter, unsigned flags);
STEP(chroot);
STEP(cwd);
STEP(identify);
STEP(seccomp);
STEP(exec);

/* A negative system call result is the step's result. */
static inline int
step_result(long r)
{
	return r < 0 ? (int)r : 0;
}

#endif
