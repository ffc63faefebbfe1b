/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process: a number and the time of its start.  The number is used with
 * /proc only while a pidfd shows afterwards that it has not been reaped, so
 * that it was this process's when it was read.
 */
#include "run/process.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "caisson_monitor.h"
#include "run/process_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIELD_STARTED 22
#define THREAD_FLAG   O_EXCL /* PIDFD_THREAD, since Linux 6.9 */

/* What the kernel wrote, from p to the first other character. */
static uint64_t
number(const char *p)
{
	uint64_t value = 0;

	while (*p >= '0' && *p <= '9')
		value = value * 10 + (uint64_t)(*p++ - '0');
	return value;
}

/* Only a pidfd has such a line; a process that is gone, -1 there. */
int
process_of_pidfd(int pidfd, int32_t *out)
{
	char text[PROCESS_TEXT];
	int flags = fcntl(pidfd, F_GETFL), r;
	const char *line;

	if (flags < 0)
		return -errno;
	r = process_read_fdinfo(pidfd, text);
	if (r < 0)
		return r;
	line = strstr(text, "\nPid:\t");
	if (line == NULL || (flags & THREAD_FLAG) != 0)
		return -EINVAL;
	*out = (int32_t)number(line + 6);
	return 0;
}

int
process_no_pidfd(int pidfd, int error, struct caisson_error *err)
{
	if (error == EBADF || error == EINVAL)
		return err_set(err, CAISSON_E_USAGE, CAISSON_STAGE_MONITOR,
			       error, "descriptor %d is no pidfd of a process",
			       pidfd);
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR, error,
		       "/proc/thread-self/fdinfo/%d", pidfd);
}

static int
started_by_stat(int32_t pid, uint64_t *out)
{
	char text[PROCESS_TEXT];
	const char *p;
	int r = process_read_stat(pid, text);

	if (r < 0)
		return r;
	p = process_stat_field(text, FIELD_STARTED);
	if (p == NULL)
		return -EINVAL;
	*out = number(p);
	return 0;
}

int
caisson_process_identify(int pidfd, struct caisson_process_id *out,
			 struct caisson_error *err)
{
	struct caisson_process_id id = { 0, 0, 0 };
	int r = process_of_pidfd(pidfd, &id.pid);

	if (r < 0)
		return process_no_pidfd(pidfd, -r, err);
	if (id.pid > 0)
		r = started_by_stat(id.pid, &id.started);
	/* not reaped yet: the number was its own all the time */
	if (id.pid <= 0 || process_signal(pidfd, 0) == -ESRCH)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_MONITOR,
			       ESRCH, "the process is gone");
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR, -r,
			       "/proc/%d/stat", id.pid);
	*out = id;
	return 0;
}

static int
not_found(const struct caisson_process_id *id, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_MONITOR, ESRCH,
		       "process %d", id->pid);
}

int
caisson_process_open(const struct caisson_process_id *id, int *out,
		     struct caisson_error *err)
{
	struct caisson_process_id now = { 0, 0, 0 };
	FD_OWNED fd = -1;
	int r;

	if (id->pid <= 0)
		return err_usage(err, "%d is no process", id->pid);
	fd = fd_off_stdio((int)syscall(SYS_pidfd_open, id->pid, 0));
	if (fd < 0 && errno != ESRCH && errno != EINVAL && errno != ENOENT)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       errno, "pidfd_open %d", id->pid);
	if (fd < 0) /* EINVAL, ENOENT: it is a thread now */
		return not_found(id, err);
	if (id->started != 0) {
		r = caisson_process_identify(fd, &now, err);
		if (r < 0)
			return r;
		if (now.started != id->started)
			return not_found(id, err);
	}
	*out = fd_steal(&fd);
	return 0;
}
