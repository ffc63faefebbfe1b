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

static void
sift_down(uint32_t *v, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		uint32_t t = v[root];

		if (child + 1 < n && v[child + 1] > v[child])
			child++;
		if (t >= v[child])
			return;
		v[root] = v[child];
		v[child] = t;
	}
}

/* Heap sort: in place, no recursion, no bad case at 65536 groups. */
static void
sort(uint32_t *v, size_t n)
{
	for (size_t i = n / 2; i > 0; i--)
		sift_down(v, i - 1, n);
	for (size_t i = n; i > 1; i--) {
		uint32_t t = v[0];

		v[0] = v[i - 1];
		v[i - 1] = t;
		sift_down(v, 0, i - 1);
	}
}

/* In a user namespace the kernel's order is not that of the numbers. */
static bool
groups_are(const struct plan *plan)
{
	uint32_t *got = plan->groups_scratch;
	long n = sys2(SYS_getgroups, plan->n_groups + 1, got);

	if (n < 0 || (size_t)n != plan->n_groups)
		return false;
	sort(got, plan->n_groups);
	for (size_t i = 0; i < plan->n_groups; i++)
		if (got[i] != plan->groups[i])
			return false;
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

static bool
bounding_is(const struct plan *plan)
{
	for (uint32_t cap = 0; cap <= plan->last_cap; cap++)
		if (sys2(SYS_prctl, PR_CAPBSET_READ, cap) !=
		    (long)(plan->sets.bounding >> cap & 1))
			return false;
	return true;
}

static bool
ambient_is(const struct plan *plan)
{
	for (uint32_t cap = 0; cap <= plan->last_cap; cap++)
		if (sys5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap,
			 0, 0) != (long)(plan->sets.ambient >> cap & 1))
			return false;
	return true;
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
session_is(const struct plan *plan)
{
	return !plan->new_session || sys1(SYS_getsid, 0) == sys0(SYS_getpid);
}

static bool
group_is(const struct plan *plan)
{
	long group = sys1(SYS_getpgid, 0);

	if (plan->new_group || plan->new_session)
		return group == sys0(SYS_getpid);
	return plan->join_group <= 0 || group == plan->join_group;
}

static bool
umask_is(const struct plan *plan)
{
	return !plan->set_umask ||
	       sys1(SYS_umask, plan->umask) == (long)plan->umask;
}

/* The raw call answers 20 - nice, so that it is never negative. */
static bool
nice_is(const struct plan *plan)
{
	return !plan->set_nice ||
	       sys2(SYS_getpriority, PRIO_PROCESS, 0) == 20 - plan->nice;
}

/* The first that differs; 0: none. */
static uint32_t
differs(const struct plan *plan)
{
	if (!ids_are(SYS_getresuid, SYS_setfsuid, plan->uid))
		return PLAN_VERIFY_UID;
	if (!ids_are(SYS_getresgid, SYS_setfsgid, plan->gid))
		return PLAN_VERIFY_GID;
	if (!groups_are(plan))
		return PLAN_VERIFY_GROUPS;
	if (!caps_are(&plan->sets))
		return PLAN_VERIFY_CAPS;
	if (!bounding_is(plan))
		return PLAN_VERIFY_BOUNDING;
	if (!ambient_is(plan))
		return PLAN_VERIFY_AMBIENT;
	if (sys1(SYS_prctl, PR_GET_SECUREBITS) != (long)plan->securebits)
		return PLAN_VERIFY_SECUREBITS;
	if (sys5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return PLAN_VERIFY_NO_NEW_PRIVS;
	if (!cannot_go_back(SYS_setresuid, plan->old_uid, plan->uid,
			    CAP_BIT(CAP_SETUID), plan))
		return PLAN_VERIFY_UID_BACK;
	if (!cannot_go_back(SYS_setresgid, plan->old_gid, plan->gid,
			    CAP_BIT(CAP_SETGID), plan))
		return PLAN_VERIFY_GID_BACK;
	if (!session_is(plan))
		return PLAN_VERIFY_SESSION;
	if (!group_is(plan))
		return PLAN_VERIFY_GROUP;
	if (!umask_is(plan))
		return PLAN_VERIFY_UMASK;
	if (!nice_is(plan))
		return PLAN_VERIFY_NICE;
	return 0;
}

int
step_verify(const struct plan *plan, uint32_t *index)
{
	*index = differs(plan);
	return *index == 0 ? 0 : -PLAN_MISMATCH;
}

void
child_read_back(struct report *out)
{
	out->pgid = (int32_t)sys1(SYS_getpgid, 0);
	out->sid = (int32_t)sys1(SYS_getsid, 0);
	out->nice = 20 - (int32_t)sys2(SYS_getpriority, PRIO_PROCESS, 0);
	/* it can only be read by setting it */
	out->umask = (uint32_t)sys1(SYS_umask, 0777);
	(void)sys1(SYS_umask, out->umask);
	out->seccomp = (int32_t)sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
}
