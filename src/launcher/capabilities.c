/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities for the session: what is needed to launch at all, and what the
 * grants could give; root has what it has.  The bounding set, from which a
 * program can get none back, is what they could give.  Raw calls: libcap-ng
 * would bring files, names and stdio.
 */
#include "launcher/launcher.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

#define BIT(cap) ((uint64_t)1 << (cap))
/* To become the target, to empty its bounding set, and to end it. */
#define NEEDED \
	(BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_KILL))

static struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						  0 };

/* Ambient ones are among the inheritable, so there are none. */
int
start_set_capabilities(uint64_t permitted, uint64_t bounding)
{
	const uint32_t low = (uint32_t)permitted;
	const uint32_t high = (uint32_t)(permitted >> 32);
	const struct __user_cap_data_struct want[2] = { { low, low, 0 },
							{ high, high, 0 } };
	struct __user_cap_data_struct is[2] = { { 0 } };

	/* to past the last one that the kernel knows */
	for (uint32_t cap = 0; sys2(SYS_prctl, PR_CAPBSET_READ, cap) >= 0;
	     cap++) {
		launcher.last_cap = cap;
		if ((bounding & BIT(cap)) == 0 &&
		    (sys2(SYS_prctl, PR_CAPBSET_DROP, cap) != 0 ||
		     sys2(SYS_prctl, PR_CAPBSET_READ, cap) != 0))
			return -EPERM;
	}
	if (sys2(SYS_capset, &header, want) != 0 ||
	    sys2(SYS_capget, &header, is) != 0)
		return -EPERM;
	return memcmp(is, want, sizeof(is)) == 0 ? 0 : -EPERM;
}

/* What a child needs to do what this field of a rule permits. */
static uint64_t
work_of(unsigned field)
{
	if (field == GRANT_CHROOTS)
		return BIT(CAP_SYS_CHROOT);
	if (field == GRANT_NICE)
		return BIT(CAP_SYS_NICE);
	if (field == GRANT_OOM_SCORE_ADJ || field >= GRANT_RLIMIT)
		return BIT(CAP_SYS_RESOURCE);
	return 0;
}

/*
 * Once for the session: a rule that is added later cannot give more than those
 * of now.  Of what they could give there may be less; what is needed must be
 * there.
 */
bool
start_capabilities(void)
{
	struct __user_cap_data_struct is[2] = { { 0 } };
	struct grant_set set;
	struct grant_rule rule;
	uint64_t work = 0, have;

	if (sys2(SYS_capget, &header, is) != 0)
		return false;
	have = is[0].permitted | (uint64_t)is[1].permitted << 32;
	launcher.may_keep = have;
	if (launcher.caller.is_root)
		return start_set_capabilities(have | NEEDED, UINT64_MAX) == 0;
	launcher.may_keep = 0;
	if (grants_read(&launcher, &set))
		while (grant_next_rule(&set.rules, &rule)) {
			launcher.may_keep |=
			    grant_number(&rule, GRANT_CAPABILITIES, 0);
			for (unsigned f = GRANT_CHROOTS; f < GRANT_FIELDS; f++)
				if (rule.field[f].left > 0)
					work |= work_of(f);
		}
	launcher.may_keep &= have;
	return start_set_capabilities(launcher.may_keep | (work & have) |
					  NEEDED,
				      launcher.may_keep) == 0;
}
