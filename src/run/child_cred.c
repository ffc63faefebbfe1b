/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that take privilege away: no_new_privs, capabilities, identity.
 * Each checks its result; child_verify.c reads everything back afterwards.
 * Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#define ID_INVALID ((uint32_t)-1)

STEP(no_new_privs)
{
	return sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Reading is cheap and dropping is not, so only what is there is dropped. */
STEP(bounding)
{
	if (!plan->has_setpcap)
		return 0;
	for (uint32_t cap = 0; cap < 64; cap++) {
		long r = sys2(SYS_prctl, PR_CAPBSET_READ, cap);

		*index = cap;
		if (r == -EINVAL)
			return 0; /* past the last one this kernel knows */
		if (r > 0 && (plan->sets.bounding >> cap & 1) == 0)
			r = sys2(SYS_prctl, PR_CAPBSET_DROP, cap);
		if (r < 0)
			return r;
	}
	return 0;
}

STEP(ambient)
{
	return sys5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
		    0);
}

/*
 * Without CAP_SETPCAP only one bit can be changed, and has to be: KEEP_CAPS
 * would keep the permitted set over a change of uid.
 */
STEP(securebits)
{
	if (plan->has_setpcap)
		return sys2(SYS_prctl, PR_SET_SECUREBITS, plan->securebits);
	if (sys5(SYS_prctl, PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0)
		return 0;
	return sys5(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

STEP(groups)
{
	return plan->change_groups
		   ? sys2(SYS_setgroups, plan->n_groups, plan->groups)
		   : 0;
}

STEP(gid)
{
	*index = plan->gid;
	if (!plan->change_gid)
		return 0;
	/* -1 would mean "leave it", and succeed */
	if (plan->gid == ID_INVALID)
		return -EINVAL;
	return sys3(SYS_setresgid, plan->gid, plan->gid, plan->gid);
}

STEP(uid)
{
	bool keep = plan->sets.permitted != 0;
	long r = 0;

	*index = plan->uid;
	if (!plan->change_uid)
		return 0;
	if (plan->uid == ID_INVALID)
		return -EINVAL;
	if (keep)
		r = sys5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (r >= 0)
		r = sys3(SYS_setresuid, plan->uid, plan->uid, plan->uid);
	if (r >= 0 && keep)
		r = sys5(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return r;
}

STEP(capset)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct data[2];
	const struct cred_sets *s = &plan->sets;
	long r;

	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(s->effective >> (32 * i));
		data[i].permitted = (uint32_t)(s->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(s->inheritable >> (32 * i));
	}
	r = sys2(SYS_capset, &header, data);
	for (uint32_t cap = 0; r >= 0 && cap < 64; cap++) {
		if ((s->ambient >> cap & 1) == 0)
			continue;
		*index = cap;
		r = sys5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap,
			 0, 0);
	}
	return r;
}
