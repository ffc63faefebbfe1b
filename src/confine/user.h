/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to numbers: users and groups by NSS, and the user behind sudo, doas or
 * pkexec.  Runs before anything is created, never with more privilege than
 * the caller has, never below a chroot.
 */
#ifndef CONFINE_USER_H
#define CONFINE_USER_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER_INVALID ((uint32_t)-1)

/* An identity.  Starts as USER_NONE: nothing in it is an id until it is. */
struct user_ids {
	bool set;
	uint32_t uid, gid;
	uint32_t *groups; /* sorted, unique; heap */
	size_t n_groups;
};

#define USER_NONE                                          \
	{                                                  \
		false, USER_INVALID, USER_INVALID, NULL, 0 \
	}

void user_ids_done(struct user_ids *ids);

/*
 * out = the user's uid, the given group or (NULL) its primary one, and the
 * groups that getgrouplist(3) gives for both.  A numeric string is not a name.
 */
CAISSON_CHECK int user_by_name(const char *user, const char *group,
			       struct user_ids *out, struct caisson_error *err);

/*
 * Whom the variables SUDO_UID and SUDO_GID, DOAS_USER or PKEXEC_UID of env
 * name.  out->set is false when mode is IF_SET and none is set or real_uid is
 * not 0; REQUIRE makes both an error.  uid 0 is refused, and so are variables
 * that name different users.
 */
CAISSON_CHECK int user_from_sudo(const char *const *env, uint32_t mode,
				 uint32_t real_uid, struct user_ids *out,
				 struct caisson_error *err);

/* Is this a variable by which sudo, doas or pkexec tell who called? */
bool user_is_sudo_variable(const char *name);

/* Only canonical decimals (no sign, space, leading zero) up to 2^32-2. */
bool user_parse_id(const char *text, uint32_t *out);

#endif
