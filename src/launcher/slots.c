/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many run at a time, over all sessions: for each that runs one byte of a
 * file is locked, and the kernel unlocks it when the session is gone, by
 * whatever cause.  Nothing is written to that file.  Its own locks a session
 * knows by itself, as they do not keep it out.
 */
#include "launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SLOT_BITS 16 /* of so many at most */

static bool
is_roots(long fd, struct stat *st)
{
	return fd >= 0 && sys2(SYS_fstat, fd, st) == 0 && st->st_uid == 0 &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Only where root alone can open it: others could hold locks for ever. */
static int
open_file(struct launcher *l)
{
	struct stat st = { .st_mode = 0 };
	long dir, fd = -EPERM;

	if (l->slots > 0)
		return 0;
	(void)sys3(SYS_mkdirat, AT_FDCWD, START_RUN_DIR, 0700);
	dir = sys4(SYS_openat, AT_FDCWD, START_RUN_DIR,
		   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (is_roots(dir, &st))
		fd = sys4(SYS_openat, dir, "launches",
			  O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
			      O_NONBLOCK,
			  0600);
	if (dir >= 0)
		(void)sys1(SYS_close, dir);
	if (fd < 0)
		return (int)fd;
	if (!is_roots(fd, &st) || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 077) != 0) {
		(void)sys1(SYS_close, fd);
		return -EPERM;
	}
	l->slots = (int)fd;
	return 0;
}

static int
set_lock(const struct launcher *l, uint64_t slot, short type)
{
	struct flock lock = { .l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = (off_t)slot,
			      .l_len = 1 };

	return (int)sys3(SYS_fcntl, l->slots, F_OFD_SETLK, &lock);
}

static bool
is_ours(const struct launcher *l, uint64_t slot)
{
	for (unsigned i = 0; i < START_CHILDREN; i++)
		if (l->children[i].slots[0] == slot ||
		    l->children[i].slots[1] == slot)
			return true;
	return false;
}

/* The first that is free, of those of a name; it is above 0. */
static int
take_one(const struct launcher *l, uint64_t name, uint64_t most, uint64_t *out)
{
	uint64_t first = (name >> 18 | (uint64_t)1 << 45) << SLOT_BITS;
	int r = -EAGAIN;

	for (uint64_t i = 0; r == -EAGAIN && i < most && i >> SLOT_BITS == 0;
	     i++) {
		if (is_ours(l, first + i))
			continue;
		r = set_lock(l, first + i, F_WRLCK);
		if (r == 0)
			*out = first + i;
	}
	return r == -EACCES ? -EAGAIN : r;
}

/* A rule's name is where it is written; no line has a caller's number. */
static uint64_t
name_of(uint64_t number, const uint8_t *file, size_t len)
{
	uint8_t key[WIRE_U64 + FRAME_TEXT_MAX];

	len = len < FRAME_TEXT_MAX ? len : FRAME_TEXT_MAX;
	wire_put_u64(key, number);
	if (len > 0)
		memcpy(key + WIRE_U64, file, len);
	return audit_hash(key, WIRE_U64 + len);
}

int
slots_take(struct launcher *l, struct child *c, const struct grant_rule *rule)
{
	const struct wire_reader *file = &rule->field[GRANT_FILE];
	uint64_t most = grant_number(rule, GRANT_LAUNCHES, UINT64_MAX);
	uint64_t line = grant_number(rule, GRANT_LINE, 0);
	int r = open_file(l);

	if (r == 0 && most != UINT64_MAX)
		r = take_one(l, name_of(line, file->data, file->left), most,
			     &c->slots[0]);
	if (r < 0)
		return r;
	r = take_one(l, name_of(UINT64_MAX - l->caller.uid, NULL, 0),
		     START_CHILDREN_OF_CALLER, &c->slots[1]);
	return r == -EAGAIN ? -EUSERS : r;
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
