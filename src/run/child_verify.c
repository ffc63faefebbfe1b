/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of the drop: everything that the steps before it set is read back
 * from the kernel and compared with the plan, and an attempt to go back must
 * fail.  A system call that claimed success without doing anything (a filter
 * can make it so) is caught here.  Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define ID_INVALID   ((uint32_t)-1)
#define CAP_BIT(cap) ((uint64_t)1 << (cap))

static bool
ids_are(long get_nr, long setfs_nr, uint32_t want)
{
	uint32_t r = ID_INVALID, e = ID_INVALID, s = ID_INVALID;

	if (sys3(get_nr, &r, &e, &s) < 0)
		return false;
	/* an invalid id changes nothing and returns the current one */
	return r == want && e == want && s == want &&
	       (uint32_t)sys1(setfs_nr, ID_INVALID) == want;
}

/*
 * As many as in the plan, and each of the plan's is there, once: crossed out
 * when found.  In a user namespace the kernel's order is not that of the
 * numbers, but what is together in one is so in the other: the search goes on
 * where the last one ended.
 */
static bool
groups_are(const struct plan *plan)
{
	uint32_t *got = plan->groups_scratch;
	long n = sys2(SYS_getgroups, plan->n_groups + 1, got), at = 0;

	if (n < 0 || (size_t)n != plan->n_groups)
		return false;
	for (long i = 0; i < n; i++) {
		for (long left = n; got[at] != plan->groups[i]; left--) {
			if (left == 0)
				return false;
			at = at + 1 < n ? at + 1 : 0;
		}
		got[at] = ID_INVALID;
	}
	return true;
}

static bool
caps_are(const struct cred_sets *want)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct d[2] = { { ~0u, ~0u, ~0u },
					       { ~0u, ~0u, ~0u } };

	if (sys2(SYS_capget, &header, d) < 0)
		return false;
	return (d[0].effective | (uint64_t)d[1].effective << 32) ==
		   want->effective &&
	       (d[0].permitted | (uint64_t)d[1].permitted << 32) ==
		   want->permitted &&
	       (d[0].inheritable | (uint64_t)d[1].inheritable << 32) ==
		   want->inheritable;
}

/* The kernel answers for one capability at a time. */
static bool
bits_are(const struct plan *plan, bool ambient)
{
	uint64_t want = ambient ? plan->sets.ambient : plan->sets.bounding;

	for (uint32_t cap = 0; cap <= plan->last_cap; cap++) {
		long r = ambient ? sys5(SYS_prctl, PR_CAP_AMBIENT,
					PR_CAP_AMBIENT_IS_SET, cap, 0, 0)
				 : sys2(SYS_prctl, PR_CAPBSET_READ, cap);

		if (r != (long)(want >> cap & 1))
			return false;
	}
	return true;
}

bool
child_has_sets(const struct plan *plan)
{
	return caps_are(&plan->sets) && bits_are(plan, false) &&
	       bits_are(plan, true);
}

/* Where going back would be a change, and no kept capability allows it. */
static bool
cannot_go_back(long set_nr, uint32_t old, uint32_t new, uint64_t allowing,
	       const struct plan *plan)
{
	if (old == new || (plan->sets.effective & allowing) != 0)
		return true;
	return sys3(set_nr, ID_INVALID, old, ID_INVALID) == -EPERM;
}

static bool
group_is(const struct plan *plan)
{
	long group = sys1(SYS_getpgid, 0);

	if (plan->new_group || plan->new_session)
		return group == sys0(SYS_getpid);
	return plan->join_group <= 0 || group == plan->join_group;
}

/* index: the first that differs.  Going back is tried last: it may work. */
STEP(verify)
{
	bool is[] = {
		[PLAN_VERIFY_UID] =
		    ids_are(SYS_getresuid, SYS_setfsuid, plan->uid),
		[PLAN_VERIFY_GID] =
		    ids_are(SYS_getresgid, SYS_setfsgid, plan->gid),
		[PLAN_VERIFY_GROUPS] = groups_are(plan),
		[PLAN_VERIFY_CAPS] = caps_are(&plan->sets),
		[PLAN_VERIFY_BOUNDING] = bits_are(plan, false),
		[PLAN_VERIFY_AMBIENT] = bits_are(plan, true),
		[PLAN_VERIFY_SECUREBITS] = sys1(SYS_prctl, PR_GET_SECUREBITS) ==
					   (long)plan->securebits,
		[PLAN_VERIFY_NO_NEW_PRIVS] =
		    sys5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		[PLAN_VERIFY_SESSION] = !plan->new_session ||
					sys1(SYS_getsid, 0) == sys0(SYS_getpid),
		[PLAN_VERIFY_GROUP] = group_is(plan),
		[PLAN_VERIFY_UMASK] =
		    !plan->set_umask ||
		    sys1(SYS_umask, plan->umask) == (long)plan->umask,
		/* the raw call answers 20 - nice, so that it is never negative */
		[PLAN_VERIFY_NICE] =
		    !plan->set_nice ||
		    sys2(SYS_getpriority, PRIO_PROCESS, 0) == 20 - plan->nice,
	};

	is[PLAN_VERIFY_UID_BACK] =
	    cannot_go_back(SYS_setresuid, plan->old_uid, plan->uid,
			   CAP_BIT(CAP_SETUID), plan);
	is[PLAN_VERIFY_GID_BACK] =
	    cannot_go_back(SYS_setresgid, plan->old_gid, plan->gid,
			   CAP_BIT(CAP_SETGID), plan);
	for (*index = 1; *index < sizeof(is); ++*index)
		if (!is[*index])
			return -PLAN_MISMATCH;
	return 0;
}

bool
child_read_back(struct report *out)
{
	out->pgid = (int32_t)sys1(SYS_getpgid, 0);
	out->sid = (int32_t)sys1(SYS_getsid, 0);
	out->nice = 20 - (int32_t)sys2(SYS_getpriority, PRIO_PROCESS, 0);
	out->seccomp = (int32_t)sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
	/* it can only be read by setting it; and then it is not what was read */
	out->umask = (uint32_t)sys1(SYS_umask, 0777);
	if (sys1(SYS_umask, out->umask) == 0777 &&
	    sys1(SYS_umask, out->umask) == (long)out->umask)
		return true;
	out->stage = CAISSON_STAGE_UMASK;
	out->error = PLAN_MISMATCH;
	return false;
}
