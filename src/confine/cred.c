/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities by libcap-ng: their names, the sets of a launch, and applying
 * these where caisson becomes the program in place.  libcap-ng keeps one state
 * a thread, which may be in use by the program around us: it is saved and put
 * back.  It never changes ids here and never locks anything.  What it applied
 * is believed only after the kernel says the same: it learns the last
 * capability from /proc, and takes ids that it cannot set for ones to keep.
 */
#include "confine/cred.h"
#include "base/err.h"
#include "confine/cred_kernel.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CAP_BITS  64u
#define NAME_SIZE 32

static char names[CAP_BITS][NAME_SIZE];
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

/*
 * Once, because libcap-ng may allocate a name, never to be freed, for a number
 * that it has no name for.  Such a name ("cap_41") is not one.
 */
static void
read_names(void)
{
	for (uint32_t cap = 0; cap < CAP_BITS; cap++) {
		const char *name = capng_capability_to_name(cap);
		int n;

		if (name == NULL || strncasecmp(name, "cap_", 4) == 0)
			continue;
		n = snprintf(names[cap], NAME_SIZE, "cap_%s", name);
		if (n < 0 || n >= NAME_SIZE)
			names[cap][0] = '\0';
		for (char *p = names[cap]; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
	}
}

const char *
cred_cap_name(uint32_t cap)
{
	(void)pthread_once(&names_once, read_names);
	if (cap >= CAP_BITS || names[cap][0] == '\0')
		return NULL;
	return names[cap];
}

int
cred_cap_number(const char *name, uint32_t *out)
{
	if (strncasecmp(name, "cap_", 4) == 0)
		name += 4;
	for (uint32_t cap = 0; cap < CAP_BITS; cap++) {
		const char *known = cred_cap_name(cap);

		if (known != NULL && strcasecmp(known + 4, name) == 0) {
			*out = cap;
			return 0;
		}
	}
	return -1;
}

static int
update(capng_type_t type, uint64_t set)
{
	for (uint32_t cap = 0; cap < CAP_BITS; cap++)
		if ((set >> cap & 1) != 0 &&
		    capng_update(CAPNG_ADD, type, cap) != 0)
			return -1;
	return 0;
}

static uint64_t
extract(capng_type_t type)
{
	uint64_t set = 0;

	for (uint32_t cap = 0; cap < CAP_BITS; cap++)
		if (capng_have_capability(type, cap) == 1)
			set |= UINT64_C(1) << cap;
	return set;
}

/* The state's thread is the one that forked us, if that went round libc. */
static int
load(const struct cred_sets *sets)
{
	capng_setpid((int)gettid());
	capng_clear(CAPNG_SELECT_ALL);
	if (update(CAPNG_BOUNDING_SET, sets->bounding) != 0 ||
	    update(CAPNG_PERMITTED, sets->permitted) != 0 ||
	    update(CAPNG_EFFECTIVE, sets->effective) != 0 ||
	    update(CAPNG_INHERITABLE, sets->inheritable) != 0 ||
	    update(CAPNG_AMBIENT, sets->ambient) != 0)
		return -1;
	return 0;
}

static struct cred_sets
unload(void)
{
	return (struct cred_sets){
		.bounding = extract(CAPNG_BOUNDING_SET),
		.permitted = extract(CAPNG_PERMITTED),
		.effective = extract(CAPNG_EFFECTIVE),
		.inheritable = extract(CAPNG_INHERITABLE),
		.ambient = extract(CAPNG_AMBIENT),
	};
}

static bool
is_equal(const struct cred_sets *a, const struct cred_sets *b)
{
	return a->bounding == b->bounding && a->permitted == b->permitted &&
	       a->effective == b->effective &&
	       a->inheritable == b->inheritable && a->ambient == b->ambient;
}

/* What libcap-ng makes of the sets must be the sets, to the last bit. */
static int
load_checked(uint32_t stage, const struct cred_sets *sets,
	     struct caisson_error *err)
{
	struct cred_sets held;

	if (load(sets) != 0)
		return err_set(err, CAISSON_E_UNSUPPORTED, stage, 0,
			       "libcap-ng cannot handle a capability of the "
			       "sets on this kernel");
	held = unload();
	if (!is_equal(&held, sets))
		return err_set(err, CAISSON_E_MISMATCH, stage, 0,
			       "libcap-ng holds other sets than it was given");
	return 0;
}

int
cred_sets_compute(const char *const *list, size_t n, struct cred_sets *out,
		  struct caisson_error *err)
{
	struct cred_sets sets;
	uint64_t set = 0;
	void *saved;
	int r;

	for (size_t i = 0; i < n; i++) {
		char pointer[40];
		uint32_t cap;

		if (cred_cap_number(list[i], &cap) == 0) {
			set |= UINT64_C(1) << cap;
			continue;
		}
		(void)snprintf(pointer, sizeof(pointer), "/capabilities/%zu",
			       i);
		return err_spec(err, pointer, "unknown capability \"%.64s\"",
				list[i]);
	}
	sets = (struct cred_sets){ set, set, set, set, set };
	saved = capng_save_state();
	if (saved == NULL)
		return err_no_memory(err, CAISSON_STAGE_CAPABILITIES);
	r = load_checked(CAISSON_STAGE_CAPABILITIES, &sets, err);
	if (r == 0)
		*out = unload();
	capng_restore_state(&saved);
	return r;
}

static int
mismatch(uint32_t stage, const char *what, uint64_t found, uint64_t wanted,
	 struct caisson_error *err)
{
	return err_set(err, CAISSON_E_MISMATCH, stage, 0,
		       "the %s set reads back as %016llx, not %016llx", what,
		       (unsigned long long)found, (unsigned long long)wanted);
}

static int
apply_bounding(const struct cred_sets *sets, struct caisson_error *err)
{
	const uint32_t stage = CAISSON_STAGE_BOUNDING;
	int r = load_checked(stage, sets, err);

	if (r < 0)
		return r;
	errno = 0;
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return err_set(err, CAISSON_E_SYSTEM, stage, errno,
			       "libcap-ng cannot reduce the bounding set");
	return 0;
}

/*
 * Every capability up to the last one must be known to libcap-ng, for one that
 * it does not know it would leave in the set.
 */
static int
check_known(uint32_t stage, uint32_t last_cap, struct caisson_error *err)
{
	for (uint32_t cap = 0; cap <= last_cap; cap++)
		if (cred_cap_name(cap) == NULL)
			return err_set(err, CAISSON_E_UNSUPPORTED, stage, 0,
				       "libcap-ng does not know capability %u "
				       "of this kernel",
				       cap);
	return 0;
}

int
cred_apply_bounding(const struct cred_sets *sets, struct caisson_error *err)
{
	const uint32_t stage = CAISSON_STAGE_BOUNDING;
	struct cred_sets now;
	uint32_t last = 0;
	void *saved;
	int r;

	r = cred_kernel_sets(stage, &now, &last, err);
	if (r < 0 || now.bounding == sets->bounding)
		return r;
	r = check_known(stage, last, err);
	if (r < 0)
		return r;
	if ((now.effective >> CAP_SETPCAP & 1) == 0)
		return err_set(err, CAISSON_E_PRIVILEGE, stage, 0,
			       "reducing it needs CAP_SETPCAP");
	saved = capng_save_state();
	if (saved == NULL)
		return err_no_memory(err, stage);
	r = apply_bounding(sets, err);
	capng_restore_state(&saved);
	if (r == 0)
		r = cred_kernel_sets(stage, &now, &last, err);
	if (r == 0 && now.bounding != sets->bounding)
		return mismatch(stage, "bounding", now.bounding, sets->bounding,
				err);
	return r;
}

/* Ambient last: the kernel raises only what is permitted and inheritable. */
static int
apply_sets(const struct cred_sets *sets, struct caisson_error *err)
{
	const uint32_t stage = CAISSON_STAGE_CAPSET;
	int r = load_checked(stage, sets, err);

	if (r < 0)
		return r;
	errno = 0;
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return err_set(err, CAISSON_E_SYSTEM, stage, errno, "capset");
	errno = 0;
	if (capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		return err_set(err, CAISSON_E_SYSTEM, stage, errno,
			       "libcap-ng cannot set the ambient set");
	return 0;
}

int
cred_apply_sets(const struct cred_sets *sets, struct caisson_error *err)
{
	const uint32_t stage = CAISSON_STAGE_CAPSET;
	struct cred_sets now;
	uint32_t last = 0;
	void *saved = capng_save_state();
	int r;

	if (saved == NULL)
		return err_no_memory(err, stage);
	r = apply_sets(sets, err);
	capng_restore_state(&saved);
	if (r == 0)
		r = cred_kernel_sets(stage, &now, &last, err);
	if (r < 0)
		return r;
	if (now.permitted != sets->permitted)
		return mismatch(stage, "permitted", now.permitted,
				sets->permitted, err);
	if (now.effective != sets->effective)
		return mismatch(stage, "effective", now.effective,
				sets->effective, err);
	if (now.inheritable != sets->inheritable)
		return mismatch(stage, "inheritable", now.inheritable,
				sets->inheritable, err);
	if (now.ambient != sets->ambient)
		return mismatch(stage, "ambient", now.ambient, sets->ambient,
				err);
	return 0;
}
