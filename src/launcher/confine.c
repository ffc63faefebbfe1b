/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher takes from itself, by the steps that its children take, and
 * read back as theirs.  For the session it keeps the capabilities that it
 * needs to launch at all, and to do what the grants could permit; root keeps
 * what it has.  The bounding set, from which a program can get none back, is
 * what they could give.
 *
 * In a session for one launch, after that one has started, what still has to be
 * done is to wait, to signal and to say so.  CAP_KILL is what that needs, and
 * policy/launcher.policy what it calls; whatever else, even by our own mistake,
 * is the end of the launcher.  A session that is kept cannot do this: its
 * programs would inherit the filter.
 */
#include "launcher/launcher.h"

#include "run/child.h"
#include "run/child_steps.h"

#include <sys/prctl.h>

#define BIT(cap) ((uint64_t)1 << (cap))
/* To become the target, to empty its bounding set, and to end it. */
#define NEEDED \
	(BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_KILL))

/* Made from policy/launcher.policy during the build. */
extern const struct profile once_profile[];

bool
confine_steps(const struct plan *own, uint32_t first, uint32_t last)
{
	struct report why;

	return child_steps(own, first, last, &why) == 0;
}

/* All five sets, exactly: ambient ones are among the inheritable. */
static bool
keep(uint64_t permitted, uint64_t bounding)
{
	const struct plan own = {
		.has_setpcap = true,
		.last_cap = launcher.last_cap,
		.sets = { bounding, permitted, permitted, 0, 0 },
	};

	/* between them are ids, which are as they should be */
	return confine_steps(&own, CAISSON_STAGE_BOUNDING,
			     CAISSON_STAGE_CAPSET) &&
	       child_has_sets(&own);
}

/* What a child needs to do what this field of a rule permits. */
static uint64_t
work_of(unsigned field)
{
	return field == GRANT_CHROOTS ? BIT(CAP_SYS_CHROOT)
	       : field == GRANT_NICE  ? BIT(CAP_SYS_NICE)
	       : field == GRANT_OOM_SCORE_ADJ || field >= GRANT_RLIMIT
		   ? BIT(CAP_SYS_RESOURCE)
		   : 0;
}

/*
 * Once for the session: a rule that is added later cannot give more than those
 * of now.  Of what they could give there may be less; what is needed must be
 * there.
 */
bool
start_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct is[2] = { { 0 } };
	struct grant_set set;
	struct grant_rule rule;
	uint64_t have, bounding = 0, give = 0, work = 0;
	long r = 0;

	/* to past the last one that the kernel knows */
	for (uint32_t cap = 0; r >= 0 && cap < 64; cap++) {
		launcher.last_cap = cap - (cap > 0);
		r = sys2(SYS_prctl, PR_CAPBSET_READ, cap);
		bounding |= (uint64_t)(r > 0) << cap;
	}
	if (sys2(SYS_capget, &header, is) != 0)
		return false;
	have = is[0].permitted | (uint64_t)is[1].permitted << 32;
	launcher.may_keep = have;
	if (launcher.caller.is_root)
		return keep(have | NEEDED, bounding);
	if (grants_read(&launcher, &set))
		while (grant_next_rule(&set.rules, &rule)) {
			give |= grant_number(&rule, GRANT_CAPABILITIES, 0);
			for (unsigned f = GRANT_CHROOTS; f < GRANT_FIELDS; f++)
				work |= rule.field[f].left > 0 ? work_of(f) : 0;
		}
	launcher.may_keep = give & have;
	return keep(((give | work) & have) | NEEDED, launcher.may_keep);
}

/* Without CAP_SYS_ADMIN the kernel takes filters only after no_new_privs. */
int
once_confine(struct launcher *l)
{
	(void)l;
	if (!keep(BIT(CAP_KILL), 0) ||
	    sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -EPERM;
	return (int)child_load(once_profile, 0);
}
