/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for each decision and each end, as a datagram to the journal or to
 * whoever has /dev/log.  It never waits, keeps nothing, and what becomes of a
 * line changes nothing.  Not to the kernel's audit: CAP_AUDIT_WRITE would have
 * to be kept for the whole session, and where its backlog is full the sender
 * sleeps.  A value may be whatever somebody liked to call a file: it comes out
 * as printable ASCII without what separates, and no longer than VALUE_MAX.
 */
#include "launcher/launcher.h"

#include <sys/un.h>

#define VALUE_MAX 1000u /* about: an escape and the mark may follow */

/* The first of them that takes the line gets it.  Nobody writes to them. */
static struct {
	struct sockaddr_un at;
	const char *before;
} logs[] = {
	{ { AF_UNIX, "/run/systemd/journal/socket" },
	  "PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_PID=#\n"
	  "SYSLOG_IDENTIFIER=caisson-launcher\nMESSAGE=event=" },
	{ { AF_UNIX, "/dev/log" }, "<86>caisson-launcher[#]: event=" },
};

/* Here and above # is the next number, and $ the next value. */
static const char *const answers[FRAME_TYPES] = {
	[FRAME_ACCEPTED] = "accepted request=# line=#",
	[FRAME_DENIED] =
	    "denied request=# line=# field=# index=# allowed=# asked=#",
	[FRAME_FAILED] = "failed request=# code=# stage=# errno=# index=#",
	[FRAME_EXITED] = "exited request=# how=# value=# core=# timed_out=#",
};
static const char rest[] =
    " rule=$ caller_uid=# caller_pid=# caller_exe=$ uid=# gid=# program=$"
    " plan=# pid=# signal=#\n";

/* Values are bounded, so there is room; but for that no sum is trusted. */
static void
put(struct launcher *l, const char *text, size_t len)
{
	if (len <= sizeof(l->line) - l->line_len) {
		memcpy(l->line + l->line_len, text, len);
		l->line_len += len;
	}
}

static void
put_number(struct launcher *l, uint64_t number)
{
	if (number > 9)
		put_number(l, number / 10);
	put(l, &"0123456789"[number % 10], 1);
}

/* Each backslash stands before an x; or before a dot, where it was cut. */
static void
put_value(struct launcher *l, struct wire_reader value)
{
	static const char hex[] = "0123456789abcdef";
	const size_t most = l->line_len + VALUE_MAX;

	for (; value.left > 0 && l->line_len < most; value.left--) {
		const uint8_t c = *value.data++;
		const char out[] = { '\\', 'x', hex[c >> 4], hex[c & 15],
				     (char)c };

		if (c > ' ' && c < 0x7f && !strchr("\"'\\=", c))
			put(l, out + 4, 1);
		else
			put(l, out, 4);
	}
	put(l, "\\.", value.left > 0 ? 2 : 0);
}

static void
put_format(struct launcher *l, const char *format, const uint64_t *numbers,
	   const struct wire_reader *values)
{
	for (; *format != '\0'; format++)
		if (*format == '#')
			put_number(l, *numbers++);
		else if (*format == '$')
			put_value(l, *values++);
		else
			put(l, format, 1);
}

void
audit_open(struct launcher *l)
{
	const uint64_t pid = (uint32_t)l->caller.pid;

	put_format(l, "/proc/#/exe", &pid, NULL);
	(void)sys4(SYS_readlinkat, -1, l->line, l->caller.exe,
		   sizeof(l->caller.exe) - 1);
	l->log = (int)sys3(SYS_socket, AF_UNIX,
			   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

uint64_t
audit_hash(const uint8_t *data, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	while (len-- > 0)
		hash = (hash ^ *data++) * 0x100000001b3u;
	return hash;
}

void
audit_write(struct launcher *l, const struct audit_decision *what)
{
	const struct frame *answer = what->answer;
	const uint64_t pid = (uint64_t)sys0(SYS_getpid), numbers[] = {
		l->caller.uid, (uint32_t)l->caller.pid, what->uid,    what->gid,
		what->hash,    (uint32_t)what->pid,     what->signal,
	};
	const struct wire_reader values[] = {
		{ answer->bytes, answer->len },
		{ (const void *)l->caller.exe, strlen(l->caller.exe) },
		{ (const void *)what->program, strlen(what->program) },
	};
	struct iovec line = { .iov_base = l->line };
	struct msghdr message = { .msg_namelen = sizeof(logs[0].at),
				  .msg_iov = &line,
				  .msg_iovlen = 1 };
	long r = -1;

	for (size_t i = 0; r < 0 && i < sizeof(logs) / sizeof(logs[0]); i++) {
		l->line_len = 0;
		put_format(l, logs[i].before, &pid, values);
		put_format(l, answers[answer->type], answer->number, values);
		put_format(l, rest, numbers, values);
		line.iov_len = l->line_len;
		message.msg_name = &logs[i].at;
		r = sys3(SYS_sendmsg, l->log, &message,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}
