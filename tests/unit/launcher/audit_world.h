/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file itself, and in the place of the kernel two logs that take a line,
 * or do not.
 */
#ifndef UNIT_LAUNCHER_AUDIT_WORLD_H
#define UNIT_LAUNCHER_AUDIT_WORLD_H

#include "base/sys.h"

/* The number, and six arguments. */
static long kernel(const long call[7]);
#define sys6(...) kernel((const long[]){ __VA_ARGS__ })
#include "launcher/audit.c" /* NOLINT(bugprone-suspicious-include) */
#undef sys6

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define JOURNAL "/run/systemd/journal/socket"
#define SYSLOG  "/dev/log"
#define BEFORE                                            \
	"PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_PID=77\n" \
	"SYSLOG_IDENTIFIER=caisson-launcher\nMESSAGE="

static struct launcher launcher_of_test;
static struct {
	long socket; /* what the call answers */
	int type; /* what it was asked for */
	long journal, syslog; /* 0: takes it; or an error */
	int asked; /* lines */
	const char *log; /* who took it */
	char text[8192];
	size_t len;
} world;

static long
log_takes(const struct sockaddr_un *at, const char *text, size_t len)
{
	bool is_journal = strcmp(at->sun_path, JOURNAL) == 0;
	long error = is_journal ? world.journal : world.syslog;

	assert_int_equal(at->sun_family, AF_UNIX);
	if (!is_journal)
		assert_string_equal(at->sun_path, SYSLOG);
	world.asked++;
	if (error != 0)
		return error;
	assert_null(world.log);
	world.log = is_journal ? JOURNAL : SYSLOG;
	assert_in_range(len, 1, 4096);
	memcpy(world.text, text, len);
	world.text[len] = '\0';
	world.len = len;
	return (long)len;
}

static long
kernel(const long call[7])
{
	const struct msghdr *message;

	switch (call[0]) {
	case SYS_getpid:
		return 77;
	case SYS_readlinkat:
		assert_int_equal(call[1], -1);
		assert_string_equal((const char *)call[2], "/proc/4321/exe");
		assert_int_equal(call[4], 4095);
		memcpy((char *)call[3], "/usr/bin/agent", 14);
		return 14;
	case SYS_socket:
		assert_int_equal(call[1], AF_UNIX);
		world.type = (int)call[2];
		assert_int_equal(call[3], 0);
		return world.socket;
	case SYS_sendmsg:
		message = (const void *)call[2];
		assert_int_equal(call[1], world.socket);
		assert_int_equal(call[3], MSG_DONTWAIT | MSG_NOSIGNAL);
		assert_int_equal(message->msg_iovlen, 1);
		assert_int_equal(message->msg_controllen, 0);
		return call[1] < 0 ? -EBADF
				   : log_takes(message->msg_name,
					       message->msg_iov->iov_base,
					       message->msg_iov->iov_len);
	default:
		fail_msg("system call %ld", call[0]);
		return -ENOSYS;
	}
}

static int
fresh(void **state)
{
	struct launcher *l = &launcher_of_test;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.socket = 9;
	memset(l, 0, sizeof(*l));
	l->caller.uid = 1000;
	l->caller.pid = 4321;
	audit_open(l);
	assert_int_equal(l->log, 9);
	return 0;
}

/* "" in rule: without one. */
static void
write_line(struct frame *answer, const char *rule, const char *program)
{
	const struct audit_decision what = {
		.answer = answer,
		.program = program,
		.uid = 1500,
		.gid = 1600,
		.hash = 99,
		.pid = 0,
		.signal = 0,
	};

	answer->bytes = (const uint8_t *)rule;
	answer->len = strlen(rule);
	world.log = NULL;
	world.asked = 0;
	audit_write(&launcher_of_test, &what);
}

static const struct frame accepted = {
	.type = FRAME_ACCEPTED,
	.accepted = { .request = 5, .line = 12 },
};

#endif
