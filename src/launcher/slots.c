/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many run at a time, over all sessions: for each that runs a byte of one
 * file is locked, and the kernel unlocks it when the session is gone, by
 * whatever cause.  Nothing is written to that file.  Each child has opened it
 * by itself, so locks keep out those of the same session, too.
 */
#include "launcher/launcher.h"

#define SLOT_BITS 16 /* of so many at most */

/* The first that is free of those of a number in a text. */
static long
take(int file, struct wire_reader text, uint64_t number, uint64_t most)
{
	const uint64_t name = audit_hash(text.data, text.left) + number;
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	long r = -EAGAIN;

	lock.l_start = (off_t)(name << SLOT_BITS & INT64_MAX);
	for (; r == -EAGAIN && most > 0 && most >> SLOT_BITS == 0; most--) {
		r = sys3(SYS_fcntl, file, F_OFD_SETLK, &lock);
		lock.l_start++;
	}
	return r;
}

/* A rule's name is where it is written, and a caller's is in no file. */
long
slots_take(struct launcher *l, struct child *c, struct grant_answer *grant)
{
	const struct grant_rule *rule = &grant->rule;
	long r;

	if (l->caller.is_root)
		return 0;
	c->slots = (int)grants_open(START_LAUNCHES, O_RDWR | O_CREAT);
	if (c->slots <= START_SOCKET)
		return -EPERM;
	r = take(c->slots, (struct wire_reader){ 0 }, l->caller.uid,
		 START_CHILDREN_OF_CALLER);
	grant->allowed = grant_number(rule, GRANT_LAUNCHES, UINT64_MAX);
	if (r < 0 || grant->allowed == UINT64_MAX)
		return r;
	r = take(c->slots, rule->field[GRANT_FILE],
		 grant_number(rule, GRANT_LINE, 0), grant->allowed);
	if (r != -EAGAIN)
		return r;
	grant->verdict = GRANT_DENY;
	grant->field = GRANT_LAUNCHES;
	grant->asked = grant->allowed + 1;
	return 0;
}

/* Another child, which has not closed it yet, must not keep them. */
void
slots_release(struct child *c)
{
	static const struct flock all = { .l_type = F_UNLCK };

	if (c->slots > START_SOCKET)
		(void)sys3(SYS_fcntl, c->slots, F_OFD_SETLK, &all);
	child_close(&c->slots);
}
