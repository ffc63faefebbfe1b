/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many run at a time, over all sessions: for each that runs one byte of a
 * file is locked, and the kernel unlocks it when the session is gone, by
 * whatever cause.  Nothing is written to that file.  Its own locks a session
 * knows by itself, as they do not keep it out.
 */
#include "launcher/launcher.h"

#define SLOT_BITS 16 /* of so many at most */

static int
set_lock(const struct launcher *l, uint64_t slot, short type)
{
	const struct flock lock = { .l_type = type,
				    .l_start = (off_t)slot,
				    .l_len = 1 };

	return (int)sys3(SYS_fcntl, l->slots, F_OFD_SETLK, &lock);
}

/* The first that is free of those of a name; none of them is 0. */
static int
take(const struct launcher *l, uint64_t name, uint64_t most, uint64_t *out)
{
	uint64_t slot = (name >> 18 | (uint64_t)1 << 45) << SLOT_BITS;
	int r = -EAGAIN;

	for (; most > 0 && r == -EAGAIN; most--, slot++) {
		const struct child *c = l->children;

		while (c < CHILDREN_END(l) && c->slots[0] != slot &&
		       c->slots[1] != slot)
			c++;
		if (c == CHILDREN_END(l))
			r = set_lock(l, slot, F_WRLCK);
		*out = r == 0 ? slot : 0;
	}
	return r;
}

/* A rule's name is where it is written; no line has a caller's number. */
int
slots_take(struct launcher *l, struct child *c, struct grant_answer *grant)
{
	const struct wire_reader *file = &grant->rule.field[GRANT_FILE];
	uint8_t name[WIRE_U64 + FRAME_TEXT_MAX];
	int r;

	if (l->caller.is_root)
		return 0;
	(void)sys3(SYS_mkdirat, AT_FDCWD, START_RUN_DIR, 0700);
	if (l->slots <= 0)
		l->slots = (int)grants_open(START_RUN_DIR "/launches",
					    O_RDWR | O_CREAT);
	if (l->slots <= 0 || file->left > FRAME_TEXT_MAX)
		return -EPERM;
	wire_put_u64(name, UINT64_MAX - l->caller.uid);
	r = take(l, audit_hash(name, WIRE_U64), START_CHILDREN_OF_CALLER,
		 &c->slots[0]);
	grant->allowed = grant_number(&grant->rule, GRANT_LAUNCHES, UINT64_MAX);
	if (r < 0 || grant->allowed == UINT64_MAX)
		return r;
	wire_put_u64(name, grant_number(&grant->rule, GRANT_LINE, 0));
	memcpy(name + WIRE_U64, file->data, file->left);
	r = take(l, audit_hash(name, WIRE_U64 + file->left),
		 grant->allowed >> SLOT_BITS == 0 ? grant->allowed : 0,
		 &c->slots[1]);
	if (r != -EAGAIN)
		return r;
	grant->verdict = GRANT_DENY;
	grant->field = GRANT_LAUNCHES;
	grant->asked = grant->allowed + 1;
	return 0;
}

/* That it may fail is nothing to whoever has ended: the lock goes with us. */
void
slots_release(const struct launcher *l, const struct child *c)
{
	for (unsigned i = 0; i < 2; i++)
		if (c->slots[i] != 0)
			(void)set_lock(l, c->slots[i], F_UNLCK);
}
