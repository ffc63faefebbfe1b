/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending a process whose call the policy kills for.  The notification has a
 * thread's number, which is nobody else's only as long as that call waits: so
 * a pidfd is opened first, then the listener is asked whether it still does,
 * and the signal goes to the pidfd.
 */
#include "run/denials.h"

#include "base/fd.h"
#include "base/sys.h"
#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The process that a thread is of; 0: cannot be known. */
static int32_t
process_of(int32_t tid)
{
	static const char key[] = "\nTgid:\t";
	char path[32], text[512];
	int32_t pid = 0;
	const char *p;
	ssize_t n;
	FD_OWNED fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	p = strstr(text, key);
	if (p == NULL)
		return 0;
	for (p += sizeof(key) - 1; *p >= '0' && *p <= '9'; p++) {
		if (pid > INT32_MAX / 10 - 1)
			return 0;
		pid = pid * 10 + (*p - '0');
	}
	return pid;
}

/*
 * /proc may be one of another pid namespace, where the number is somebody
 * else's thread.
 */
static bool
has_thread(int32_t pid, int32_t tid)
{
	return sys3(SYS_tgkill, pid, tid, 0) != -ESRCH;
}

/* A pidfd of the thread's process, and its number. */
static int
open_process(int32_t tid, int32_t *pid)
{
	long r = -ESRCH;

	*pid = tid;
	if (tid > 0)
		r = sys2(SYS_pidfd_open, tid, 0);
	if (r >= 0 || tid <= 0)
		return (int)r;
	/* not the first thread of its process */
	*pid = process_of(tid);
	if (*pid <= 0)
		return -ESRCH;
	r = sys2(SYS_pidfd_open, *pid, 0);
	if (r >= 0 && !has_thread(*pid, tid)) {
		(void)close((int)r);
		return -ESRCH;
	}
	return (int)r;
}

static bool
still_waits(const struct denials *d, uint64_t id)
{
	return ioctl(atomic_load(&d->listener), SECCOMP_IOCTL_NOTIF_ID_VALID,
		     &id) == 0;
}

/* Whoever it is that cannot be found: it belongs to the program. */
static int
kill_program(const struct denials *d, bool *program)
{
	*program = process_signal(d->pidfd, SIGKILL) == 0;
	return -1; /* the call itself is still there */
}

int
denials_kill(struct denials *d, uint64_t id, int32_t tid, bool *program)
{
	int32_t pid = 0;
	FD_OWNED pidfd = open_process(tid, &pid);

	*program = false;
	/* gone by itself, and the number may be somebody else's */
	if (!still_waits(d, id))
		return 0;
	if (pidfd < 0 || process_signal(pidfd, SIGKILL) < 0)
		return kill_program(d, program);
	*program = pid == d->pid;
	return 0;
}
