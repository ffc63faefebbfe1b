/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's answer: once, by the process that was started, and the status
 * descriptor is closed with it.  The signals of the caller are his: SIGPIPE is
 * held up for the time of the write, in this thread, and what came of it taken
 * away again.
 */
#include "handshake/inherit.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "handshake/status.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

static int
write_status(int fd, char *text, size_t len, uint64_t until_ms,
	     struct caisson_error *err)
{
	while (len > 0) {
		ssize_t n = inherit_transfer(fd, POLLOUT, text, len, until_ms);

		if (n < 0 && errno == ETIMEDOUT)
			return err_set(err, CAISSON_E_TIMEOUT,
				       CAISSON_STAGE_INHERIT, 0,
				       "nobody takes the status");
		if (n < 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_INHERIT, errno,
				       "write the status");
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Was one pending before, or did the write raise none, it is not ours. */
static int
write_without_sigpipe(const struct caisson_inherited *in, char *text,
		      size_t len, struct caisson_error *err)
{
	static const struct timespec now = { 0, 0 };
	sigset_t broken, before, pending;
	int r;

	(void)sigemptyset(&broken);
	(void)sigaddset(&broken, SIGPIPE);
	(void)sigpending(&pending);
	(void)pthread_sigmask(SIG_BLOCK, &broken, &before);
	r = write_status(in->status_fd, text, len,
			 inherit_until(in->timeout_ms), err);
	if (r < 0 && err->sys_errno == EPIPE &&
	    sigismember(&pending, SIGPIPE) == 0)
		while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR)
			continue;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* reason NULL: it is ready. */
static void
tell_now(struct caisson_inherited *in, uint32_t what, const char *reason)
{
	char text[CAISSON_STATUS_BYTES];
	size_t n;

	n = what == CAISSON_START_READY
		? status_say_ready(in->protocol, (uint64_t)in->pid, text)
		: status_say_failed(in->protocol, reason, text);
	in->told = what;
	(void)write_without_sigpipe(in, text, n, &in->answer);
	fd_close(&in->status_fd);
}

static int
answer(struct caisson_inherited *in, uint32_t what, const char *reason,
       struct caisson_error *err)
{
	if (in->told == CAISSON_START_WAITING)
		tell_now(in, what, reason);
	if (in->told != what)
		return err_usage(err, "the launcher has been told otherwise");
	if (in->answer.code < 0 && err != NULL)
		*err = in->answer;
	return in->answer.code;
}

static int
tell(struct caisson_inherited *in, uint32_t what, const char *reason,
     struct caisson_error *err)
{
	int state, r;

	/* Before the mutex: where another thread held it, a fork has it so. */
	if (inherit_is_fork(in))
		return err_usage(err, "process %d was started, not this one",
				 in->pid);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&in->mutex);
	r = answer(in, what, reason, err);
	(void)pthread_mutex_unlock(&in->mutex);
	(void)pthread_setcancelstate(state, NULL);
	return r;
}

int
caisson_inherited_ready(struct caisson_inherited *in, struct caisson_error *err)
{
	return tell(in, CAISSON_START_READY, "", err);
}

int
caisson_inherited_failed(struct caisson_inherited *in, const char *text,
			 struct caisson_error *err)
{
	if (text == NULL)
		return err_usage(err, "text is NULL");
	return tell(in, CAISSON_START_FAILED, text, err);
}
