/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities at the start: those that must be there, and those that stay for
 * the session, which follow from what the grants could give at all.  Raw
 * calls: libcap-ng would bring files, names and stdio.
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

bool
start_read_capabilities(void)
{
	struct __user_cap_data_struct is[2] = { { 0 } };

	(void)sys2(SYS_capget, &header, is);
	launcher.may_keep = is[0].effective | (uint64_t)is[1].effective << 32;
	return (launcher.may_keep & NEEDED) == NEEDED;
}

/* Ambient ones are among the inheritable, so there are none. */
int
start_set_capabilities(uint64_t permitted, uint64_t bounding)
{
	const uint32_t low = (uint32_t)permitted;
	const uint32_t high = (uint32_t)(permitted >> 32);
	const struct __user_cap_data_struct want[2] = { { low, low, 0 },
							{ high, high, 0 } };
	struct __user_cap_data_struct is[2] = { { 0 } };

	for (uint32_t cap = 0; cap < 64; cap++) {
		if (sys2(SYS_prctl, PR_CAPBSET_READ, cap) < 0)
			break; /* past the last one that the kernel knows */
		launcher.last_cap = cap;
		if ((bounding & BIT(cap)) != 0)
			continue;
		(void)sys2(SYS_prctl, PR_CAPBSET_DROP, cap);
		if (sys2(SYS_prctl, PR_CAPBSET_READ, cap) != 0)
			return -EPERM;
	}
	if (sys2(SYS_capset, &header, want) != 0 ||
	    sys2(SYS_capget, &header, is) != 0)
		return -EPERM;
	return memcmp(is, want, sizeof(is)) == 0 ? 0 : -EPERM;
}

/* What a child needs, to do what a rule says of this field. */
static uint64_t
work_of(unsigned field)
{
	if (field == GRANT_CHROOTS)
		return BIT(CAP_SYS_CHROOT);
	if (field == GRANT_NICE)
		return BIT(CAP_SYS_NICE);
	return field == GRANT_OOM_SCORE_ADJ || field >= GRANT_RLIMIT
		   ? BIT(CAP_SYS_RESOURCE)
		   : 0;
}

/*
 * Once for the session: a rule that is added later cannot give more than those
 * of now.  Root gives what it has itself.  Where something that could be given
 * is not there to be given, the child that needs it fails.
 */
bool
start_capabilities(void)
{
	const uint64_t have = launcher.may_keep;
	uint64_t keep = NEEDED;
	struct grant_set set;
	struct grant_rule rule;

	if (launcher.caller.is_root)
		return start_set_capabilities(have, UINT64_MAX) == 0;
	launcher.may_keep = 0;
	if (!grants_read(&launcher, &set))
		set.n = 0;
	while (set.n-- > 0 && grant_next_rule(&set.rules, &rule)) {
		launcher.may_keep |= grant_number(&rule, GRANT_CAPABILITIES, 0);
		for (unsigned f = GRANT_CHROOTS; f < GRANT_FIELDS; f++)
			if (rule.field[f].left > 0)
				keep |= work_of(f);
	}
	return start_set_capabilities((launcher.may_keep | keep) & have,
				      launcher.may_keep) == 0;
}
