/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller sees of a handshake: its state, waiting for it, letting go. */
#include "run/handle_handshake.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sized.h"
#include "run/monitor/monitor.h"
#include "run/process.h"
#include "run/session/session.h"

#include <errno.h>
#include <string.h>

int
caisson_child_status_fd(const struct caisson_child *child)
{
	return child->handshake != NULL ? atomic_load(&child->handshake->fd)
					: -1;
}

static const char *
message_of(const struct handle_handshake *h)
{
	if (h->state == CAISSON_START_FAILED ||
	    h->state == CAISSON_START_GARBLED)
		return h->listening->message;
	return "";
}

static struct caisson_readiness
readiness(const struct caisson_child *c)
{
	struct caisson_readiness r = { .size = sizeof(r), .message = "" };
	const struct handle_handshake *h = c->handshake;

	if (h == NULL)
		return r;
	r.state = h->state;
	r.reported_pid = h->reported_pid;
	r.decided_ns = h->decided_ns;
	r.message = message_of(h);
	return r;
}

void
caisson_child_readiness(const struct caisson_child *child,
			struct caisson_readiness *out)
{
	struct caisson_readiness r;

	handle_lock(child);
	r = readiness(child);
	handle_unlock(child);
	sized_give(&r, sizeof(r), out);
}

/* With the mutex. */
static int
died(const struct caisson_child *c, struct caisson_error *err)
{
	const struct caisson_exit *e = &c->exit;
	const char *name = NULL;

	if (c->done && e->how == CAISSON_HOW_EXITED)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_HANDSHAKE, 0,
			       "the program ended before it was ready "
			       "(status %d)",
			       e->value);
	if (!c->done || e->how != CAISSON_HOW_SIGNALLED)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_HANDSHAKE, 0,
			       "the program ended before it was ready");
	name = sigabbrev_np(e->value);
	if (name == NULL)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_HANDSHAKE, 0,
			       "the program was killed by signal %d before it "
			       "was ready",
			       e->value);
	return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_HANDSHAKE, 0,
		       "the program was killed by SIG%s%s before it was ready",
		       name, e->core ? " (core dumped)" : "");
}

static int
garbled(const struct handle_handshake *h, struct caisson_error *err)
{
	if (message_of(h)[0] == '\0')
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_HANDSHAKE,
			       0,
			       "the program ended its status without a "
			       "word: killed");
	return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_HANDSHAKE, 0,
		       "the program was killed, for what it wrote is not a "
		       "status: %s",
		       message_of(h));
}

/* With the mutex. */
static int
answer(const struct caisson_child *c, struct caisson_error *err)
{
	const struct handle_handshake *h = c->handshake;

	switch (h->state) {
	case CAISSON_START_READY:
		return 0;
	case CAISSON_START_FAILED:
		return err_set(err, CAISSON_E_FAILED, CAISSON_STAGE_HANDSHAKE,
			       0, "the program says that it failed: %s",
			       message_of(h));
	case CAISSON_START_DIED:
		return died(c, err);
	case CAISSON_START_TIMED_OUT:
		return err_set(
		    err, CAISSON_E_TIMEOUT, CAISSON_STAGE_HANDSHAKE, 0,
		    "the program was not ready after %llu ms: killed",
		    (unsigned long long)h->timeout_ms);
	case CAISSON_START_LIED:
		return err_set(err, CAISSON_E_LIED, CAISSON_STAGE_HANDSHAKE, 0,
			       "the program reported pid %llu, but it is %d: "
			       "killed",
			       (unsigned long long)h->reported_pid, c->pid);
	default:
		return garbled(h, err);
	}
}

/* With the mutex. */
static bool
is_decided(const struct caisson_child *c)
{
	return c->handshake->state != CAISSON_START_WAITING;
}

int
caisson_child_wait_ready(struct caisson_child *child, uint64_t timeout_ms,
			 struct caisson_error *err)
{
	int r;

	if (child->handshake == NULL)
		return err_usage(err, "the spec has no handshake");
	if (!handle_wait(child, is_decided, timeout_ms))
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_HANDSHAKE,
			       0, "the program is not ready yet");
	handle_lock(child);
	r = answer(child, err);
	handle_unlock(child);
	return r;
}

/* With the mutex: why somebody has to stay, or NULL. */
static const char *
reason_to_stay(const struct caisson_child *c)
{
	if (c->handshake != NULL && !is_decided(c))
		return "its handshake is not decided";
	if (c->is_ending)
		return "it is being ended";
	if (c->terminate_at != CAISSON_FOREVER)
		return "it has a timeout";
	if (c->denials != NULL)
		return "its refused calls are reported";
	if (c->has_death_signal)
		return "it has a parent death signal";
	if (c->via != NULL && !session_child_is_detached(c->via))
		return "it ends with its session (launch it detached)";
	return NULL;
}

int
caisson_child_detach(struct caisson_child *child, int *out_pidfd,
		     struct caisson_error *err)
{
	const char *reason;
	bool ended;

	if (out_pidfd == NULL)
		return err_usage(err, "out_pidfd is NULL");
	handle_lock(child);
	ended = child->done || process_ended(child->pidfd, 0);
	reason = reason_to_stay(child);
	handle_unlock(child);
	if (ended)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_WAIT, ESRCH,
			       "letting go of the program");
	if (reason != NULL)
		return err_usage(err, "the program cannot be let go of: %s",
				 reason);
	monitor_forget_child(child);
	*out_pidfd = fd_steal(&child->pidfd);
	handle_release(child);
	return 0;
}
