/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of the user database; shared by user.c and sudo.c only. */
#ifndef CONFINE_USER_LOOKUP_H
#define CONFINE_USER_LOOKUP_H

#include "confine/user.h"

struct user_entry {
	char *name; /* heap */
	uint32_t uid, gid;
};

void user_entry_done(struct user_entry *entry);

/*
 * out = the entry.  Not there and could not look are both
 * CAISSON_E_IDENTITY; the second has an errno.
 */
CAISSON_CHECK int user_lookup_name(const char *name, struct user_entry *out,
				   struct caisson_error *err);
CAISSON_CHECK int user_lookup_uid(uint32_t uid, struct user_entry *out,
				  struct caisson_error *err);
CAISSON_CHECK int
user_lookup_group(const char *name, uint32_t *out, struct caisson_error *err);

/*
 * After NSS found nothing, or less than there may be: 0, or the errno of what
 * is lacking so that it could not look.  error: the errno that it left.
 */
int user_shortage(int error);

/* out = the entry's uid, this gid, and the groups for both. */
CAISSON_CHECK int user_ids_fill(const struct user_entry *entry, uint32_t gid,
				struct user_ids *out,
				struct caisson_error *err);

#endif
