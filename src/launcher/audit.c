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

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define VALUE_MAX 1000u

/* The first of them that takes the line gets it. */
static const struct {
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

struct line {
	size_t len;
	char text[4096];
};

/* Values are bounded, so there is room; but for that no sum is trusted. */
static void
put(struct line *line, char c)
{
	if (line->len < sizeof(line->text))
		line->text[line->len++] = c;
}

static void
put_number(struct line *line, uint64_t number)
{
	if (number > 9)
		put_number(line, number / 10);
	put(line, (char)('0' + number % 10));
}

/* Each backslash stands before an x; or before a dot, where it was cut. */
static void
put_value(struct line *line, const struct wire_reader *value)
{
	static const char hex[] = "0123456789abcdef";
	const size_t most = line->len + VALUE_MAX;

	for (size_t i = 0; i < value->left; i++) {
		const uint8_t c = value->data[i];
		const bool is_cut = line->len + 4 > most;

		if (c > ' ' && c < 0x7f && !strchr("\"'\\=", c) && !is_cut) {
			put(line, (char)c);
			continue;
		}
		put(line, '\\');
		put(line, is_cut ? '.' : 'x');
		if (is_cut)
			return;
		put(line, hex[c >> 4]);
		put(line, hex[c & 15]);
	}
}

static void
put_format(struct line *line, const char *format, const uint64_t *numbers,
	   const struct wire_reader *values)
{
	for (; *format != '\0'; format++)
		if (*format == '#')
			put_number(line, *numbers++);
		else if (*format == '$')
			put_value(line, values++);
		else
			put(line, *format);
}

void
audit_open(struct launcher *l)
{
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
	const char *program = what->program != NULL ? what->program : "";
	const uint64_t pid = (uint64_t)sys0(SYS_getpid);
	const uint64_t numbers[] = { l->caller.uid, (uint32_t)l->caller.pid,
				     what->uid,     what->gid,
				     what->hash,    (uint32_t)what->pid,
				     what->signal };
	const struct wire_reader values[] = {
		{ what->answer->bytes, what->answer->len },
		{ (const void *)l->caller.exe, strlen(l->caller.exe) },
		{ (const void *)program, strlen(program) },
	};
	long r = -1;

	for (size_t i = 0; r < 0 && i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct line line = { 0 };

		put_format(&line, logs[i].before, &pid, NULL);
		put_format(&line, answers[what->answer->type],
			   what->answer->number, NULL);
		put_format(&line, rest, numbers, values);
		r = sys6(SYS_sendto, l->log, (long)line.text, (long)line.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL, (long)&logs[i].at,
			 sizeof(logs[i].at));
	}
}
