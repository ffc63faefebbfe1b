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

/* The first that is free of those of a name, of which none is 0. */
static int
take(const struct launcher *l, uint64_t name, uint64_t most, uint64_t *out)
{
	uint64_t slot = (name >> 18 | (uint64_t)1 << 45) << SLOT_BITS;
	const uint64_t end = slot + (most >> SLOT_BITS == 0 ? most : 0);

	for (; slot < end; slot++) {
		int r = -EAGAIN;
		unsigned i = 0;

		while (i < START_CHILDREN && l->children[i].slots[0] != slot &&
		       l->children[i].slots[1] != slot)
			i++;
		if (i == START_CHILDREN)
			r = set_lock(l, slot, F_WRLCK);
		if (r == 0)
			*out = slot;
		if (r != -EAGAIN && r != -EACCES)
			return r;
	}
	return -EAGAIN;
}

/* A rule's name is where it is written; no line has a caller's number. */
int
slots_take(struct launcher *l, struct child *c, const struct grant_rule *rule)
{
	const struct wire_reader *file = &rule->field[GRANT_FILE];
	const uint64_t most = grant_number(rule, GRANT_LAUNCHES, UINT64_MAX);
	uint8_t name[WIRE_U64 + FRAME_TEXT_MAX];
	int r = 0;

	(void)sys3(SYS_mkdirat, AT_FDCWD, START_RUN_DIR, 0700);
	if (l->slots <= 0)
		l->slots = (int)grants_open(START_RUN_DIR "/launches",
					    O_RDWR | O_CREAT);
	wire_put_u64(name, grant_number(rule, GRANT_LINE, 0));
	if (file->left > FRAME_TEXT_MAX || l->slots <= 0)
		return -EPERM;
	if (most != UINT64_MAX) {
		memcpy(name + WIRE_U64, file->data, file->left);
		r = take(l, audit_hash(name, WIRE_U64 + file->left), most,
			 &c->slots[0]);
	}
	wire_put_u64(name, UINT64_MAX - l->caller.who.uid);
	if (r == 0 && take(l, audit_hash(name, WIRE_U64),
			   START_CHILDREN_OF_CALLER, &c->slots[1]) < 0)
		r = -EUSERS;
	return r;
}

/* That it may fail is nothing to whoever has ended: the lock goes with us. */
void
slots_release(struct launcher *l, struct child *c)
{
	for (unsigned i = 0; i < 2; i++) {
		if (c->slots[i] != 0)
			(void)set_lock(l, c->slots[i], F_UNLCK);
		c->slots[i] = 0;
	}
}
