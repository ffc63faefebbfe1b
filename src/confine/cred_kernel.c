/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the caller is, by system calls alone: no library's opinion and no file
 * under /proc, which may be absent or somebody else's.  It only reads.
 */
#include "confine/cred_kernel.h"
#include "base/err.h"
#include "base/ids.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_BITS 64u

/* prctl fails with EINVAL for the first number that is no capability. */
static int
read_bounding(uint32_t stage, uint64_t *out, uint32_t *last_cap,
	      struct caisson_error *err)
{
	uint64_t set = 0;
	uint32_t cap;
	int r = 0;

	for (cap = 0; cap <= CAP_BITS; cap++) {
		r = prctl(PR_CAPBSET_READ, (unsigned long)cap, 0L, 0L, 0L);
		if (r < 0)
			break;
		if (r == 1 && cap < CAP_BITS)
			set |= UINT64_C(1) << cap;
	}
	if (cap > CAP_BITS)
		return err_set(err, CAISSON_E_UNSUPPORTED, stage, 0,
			       "this kernel has more than %u capabilities",
			       CAP_BITS);
	if (errno != EINVAL || cap == 0)
		return err_set(err, CAISSON_E_SYSTEM, stage, errno,
			       "cannot read the bounding set");
	*out = set;
	*last_cap = cap - 1;
	return 0;
}

static int
read_ambient(uint32_t stage, uint32_t last_cap, uint64_t *out,
	     struct caisson_error *err)
{
	uint64_t set = 0;

	for (uint32_t cap = 0; cap <= last_cap; cap++) {
		int r = prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_IS_SET,
			      (unsigned long)cap, 0L, 0L);

		if (r < 0)
			return err_set(err, CAISSON_E_SYSTEM, stage, errno,
				       "cannot read the ambient set");
		if (r == 1)
			set |= UINT64_C(1) << cap;
	}
	*out = set;
	return 0;
}

static uint64_t
join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

int
cred_kernel_sets(uint32_t stage, struct cred_sets *out, uint32_t *last_cap,
		 struct caisson_error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	struct cred_sets sets;
	uint64_t valid;
	uint32_t last = 0;
	int r;

	r = read_bounding(stage, &sets.bounding, &last, err);
	if (r == 0)
		r = read_ambient(stage, last, &sets.ambient, err);
	if (r < 0)
		return r;
	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &header, data) != 0)
		return err_set(err, CAISSON_E_SYSTEM, stage, errno,
			       "cannot read the capabilities");
	valid = UINT64_MAX >> (CAP_BITS - 1 - last);
	sets.permitted = valid & join(data[0].permitted, data[1].permitted);
	sets.effective = valid & join(data[0].effective, data[1].effective);
	sets.inheritable =
	    valid & join(data[0].inheritable, data[1].inheritable);
	*out = sets;
	*last_cap = last;
	return 0;
}

/* Another thread may change the groups between the two questions. */
static int
read_groups(struct cred_caller *caller, struct caisson_error *err)
{
	int n, got = -1;

	while (got < 0) {
		n = getgroups(0, NULL);
		if (n < 0)
			break;
		free(caller->groups);
		caller->groups = calloc((size_t)n + 1, sizeof(*caller->groups));
		if (caller->groups == NULL)
			return err_no_memory(err, CAISSON_STAGE_IDENTITY);
		/* A size of 0 would only ask again. */
		got = getgroups(n + 1, caller->groups);
		if (got < 0 && errno != EINVAL)
			break;
	}
	if (got < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_IDENTITY,
			       errno, "cannot read the caller's groups");
	caller->n_groups = (size_t)got;
	ids_sort(caller->groups, caller->n_groups);
	return 0;
}

static int
read_ids(struct cred_caller *caller, struct caisson_error *err)
{
	int bits;

	if (getresuid(&caller->ruid, &caller->euid, &caller->suid) != 0 ||
	    getresgid(&caller->rgid, &caller->egid, &caller->sgid) != 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_IDENTITY,
			       errno, "cannot read the caller's ids");
	bits = prctl(PR_GET_SECUREBITS, 0L, 0L, 0L, 0L);
	if (bits < 0)
		return err_set(err, CAISSON_E_SYSTEM,
			       CAISSON_STAGE_CAPABILITIES, errno,
			       "cannot read the securebits");
	caller->securebits = (uint32_t)bits;
	return 0;
}

int
cred_read_caller(struct cred_caller *out, struct caisson_error *err)
{
	struct cred_caller caller = {
		.ruid = UINT32_MAX,
		.euid = UINT32_MAX,
		.suid = UINT32_MAX,
		.rgid = UINT32_MAX,
		.egid = UINT32_MAX,
		.sgid = UINT32_MAX,
	};
	int r;

	r = read_ids(&caller, err);
	if (r == 0)
		r = cred_kernel_sets(CAISSON_STAGE_CAPABILITIES, &caller.sets,
				     &caller.last_cap, err);
	if (r == 0)
		r = read_groups(&caller, err);
	if (r < 0) {
		cred_caller_done(&caller);
		return r;
	}
	*out = caller;
	return 0;
}

void
cred_caller_done(struct cred_caller *caller)
{
	free(caller->groups);
	caller->groups = NULL;
	caller->n_groups = 0;
}
