/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options for the start-up handshake do, and for the descriptors that
 * the caller hands over for it.  Setters of the library, like those in
 * options.c.
 */
#include "cli/options.h"

#include "base/err.h"
#include "caisson_handshake.h"
#include "cli/facts.h"
#include "cli/values.h"
#include "handshake/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Nothing of ours has been opened yet, so a number that is not open now cannot
 * mean one of ours later.  refused: the access mode that will not do.
 */
static int
check_open(const char *option, int fd, int refused, struct caisson_error *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return err_set(err, CAISSON_E_USAGE, CAISSON_STAGE_NONE, errno,
			       "--%s %d", option, fd);
	if ((flags & O_ACCMODE) == refused)
		return err_usage(err, "--%s %d: not %s", option, fd,
				 refused == O_RDONLY ? "writable" : "readable");
	if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "--%s %d: close-on-exec", option, fd);
	return 0;
}

int
options_note_secret_fd(struct request *r, const char *value,
		       struct caisson_error *err)
{
	int fd;

	if (!values_fd(value, &fd) || fd == STDOUT_FILENO ||
	    fd == STDERR_FILENO)
		return options_bad("secret-fd", value,
				   "a descriptor number, not 1 or 2", err);
	r->secret_fd = fd;
	return check_open("secret-fd", fd, O_WRONLY, err);
}

int
options_note_pid_pipe(struct request *r, const char *value,
		      struct caisson_error *err)
{
	int code = options_own_fd("pid-pipe", value, &r->pid_pipe, err);

	if (code < 0)
		return code;
	return check_open("pid-pipe", r->pid_pipe, O_RDONLY, err);
}

int
options_note_data_fd(struct request *r, const char *value,
		     struct caisson_error *err)
{
	return options_own_fd("data-fd", value, &r->data_fd, err);
}

int
options_note_status_fd(struct request *r, const char *value,
		       struct caisson_error *err)
{
	return options_own_fd("status-fd", value, &r->status_fd, err);
}

int
options_handshake(struct request *r, const char *value,
		  struct caisson_error *err)
{
	if (protocol_find(value) == NULL)
		return options_bad("handshake", value, "caisson, v23 or veyron",
				   err);
	return caisson_spec_set_handshake(r->spec, value, err);
}

int
options_ready_timeout(struct request *r, const char *value,
		      struct caisson_error *err)
{
	uint64_t ms;

	if (!values_duration_ms(value, &ms) || ms == 0)
		return options_bad("ready-timeout", value,
				   "like 500ms, 10s, 1.5m or 2h, and not 0",
				   err);
	return caisson_spec_set_handshake_ready_timeout_ms(r->spec, ms, err);
}

/* Of --data-fd and --status-fd: the one that is not given stays. */
int
options_handshake_fds(struct request *r, const char *value,
		      struct caisson_error *err)
{
	struct facts_handshake now = facts_handshake(r->spec);

	(void)value;
	return caisson_spec_set_handshake_fds(
	    r->spec, r->data_fd >= 0 ? r->data_fd : now.data_fd,
	    r->status_fd >= 0 ? r->status_fd : now.status_fd, err);
}
