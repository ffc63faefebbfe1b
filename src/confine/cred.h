/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities: names, sets, and applying them where caisson becomes the
 * program in place.  The only place that knows libcap-ng.  It never changes
 * ids, and is never given one.  The caller's own libcap-ng state in this
 * thread is left as it was.
 */
#ifndef CONFINE_CRED_H
#define CONFINE_CRED_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bit n is capability n. */
struct cred_sets {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

/* Who the caller is, read from the kernel. */
struct cred_caller {
	uint32_t ruid, euid, suid, rgid, egid, sgid;
	uint32_t *groups; /* sorted; free() */
	size_t n_groups;
	struct cred_sets sets;
	uint32_t securebits;
	uint32_t last_cap; /* found by prctl, not by /proc */
};

/* "CAP_NET_ADMIN", "net_admin": out = its number, 0; or -1. */
int cred_cap_number(const char *name, uint32_t *out);
/* "cap_net_admin"; NULL: no such number. */
const char *cred_cap_name(uint32_t cap);

/*
 * names[0..n): out = the sets that the program gets, all five equal, computed
 * with libcap-ng.  An unknown name: CAISSON_E_SPEC with /capabilities/N.
 */
CAISSON_CHECK int cred_sets_compute(const char *const *names, size_t n,
				    struct cred_sets *out,
				    struct caisson_error *err);

CAISSON_CHECK int
cred_read_caller(struct cred_caller *out, struct caisson_error *err);
void cred_caller_done(struct cred_caller *caller);

/* In place, with libcap-ng: the bounding set; then the other four. */
CAISSON_CHECK int
cred_apply_bounding(const struct cred_sets *sets, struct caisson_error *err);
CAISSON_CHECK int
cred_apply_sets(const struct cred_sets *sets, struct caisson_error *err);

#endif
