/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attending to a program.  First all that others hand us for it is there, then
 * it is launched; where it has a handshake, it is waited for until it is
 * ready; then others are told which process it is; and then it is waited for
 * until its end, or let go.  Wherever that fails, it and all that it has
 * started is killed.
 */
#include "cli/attend.h"

#include "cli/announce.h"
#include "cli/cli.h"
#include "cli/engine.h"
#include "cli/fdsocket.h"
#include "cli/handshake.h"
#include "cli/outcome.h"
#include "cli/supervise.h"

#include <stdlib.h>
#include <unistd.h>

struct attendance {
	const struct request *r;
	const struct facts *facts;
	struct events *ev;
	struct announce announce;
	struct caisson_secret *secret;
	struct supervisor supervisor;
	struct caisson_child *child;
	bool is_dead; /* it died before it was ready */
	int up; /* 0: it is ready, or need not be; or why it is not: */
	struct caisson_error why;
	struct caisson_exit exit;
};

static int
launch(struct attendance *a, struct caisson_error *err)
{
	const struct request *r = a->r;
	struct caisson_launch_options options = {
		.size = sizeof(options),
		.caller_env = r->env,
		.denials = r->log_denials,
		.secret = a->secret,
		.launcher = r->launcher,
	};
	int code = 0;

	/* to let go of what the launcher has started is its business, too */
	if (r->detach) {
		code = engine_choose(r->spec, &options, err);
		options.detach = options.engine == CAISSON_ENGINE_LAUNCHER;
	}
	if (code == 0)
		code = caisson_launch(r->spec, &options, &a->child, err);
	caisson_secret_free(a->secret);
	a->secret = NULL;
	if (code < 0)
		return code;
	supervise_started(&a->supervisor, a->child);
	if (r->fd_socket >= 0)
		code = fdsocket_send(r->fd_socket, a->facts, a->child, err);
	if (code == 0)
		events_started(a->ev, a->child);
	return code;
}

/* Until it is known whether the program is ready. */
static int
wait_ready(struct attendance *a, struct caisson_error *err)
{
	struct caisson_readiness readiness = { .size = sizeof(readiness) };
	int code = supervise_ready(&a->supervisor, err);

	if (code < 0)
		return code;
	caisson_child_readiness(a->child, &readiness);
	events_readiness(a->ev, caisson_child_pid(a->child), &readiness);
	a->is_dead = readiness.state == CAISSON_START_DIED;
	/* it is decided: this answers at once, and says why */
	if (readiness.state != CAISSON_START_NONE)
		a->up = caisson_child_wait_ready(a->child, 0, &a->why);
	return a->up < 0 ? 0 : announce_send(&a->announce, a->child, err);
}

static int
wait_end(struct attendance *a, struct caisson_error *err)
{
	int code = supervise_wait(&a->supervisor, &a->exit, err);

	if (code == 0 && a->is_dead)
		events_died_before_ready(a->ev, &a->exit);
	return code;
}

/* One that has ended meanwhile is gone either way. */
static int
let_go(struct attendance *a, struct caisson_error *err)
{
	int32_t pid = caisson_child_pid(a->child);
	int pidfd = -1;
	int code = supervise_forward(&a->supervisor, err);

	if (code < 0)
		return code;
	code = caisson_child_detach(a->child, &pidfd, err);
	if (code == 0)
		a->child = NULL;
	else if (caisson_child_wait(a->child, 0, &a->exit, NULL) < 0)
		return code;
	if (pidfd >= 0)
		(void)close(pidfd);
	supervise_leave(&a->supervisor);
	caisson_child_free(a->child);
	events_detached(a->ev, pid);
	denied_done(&a->supervisor.denied);
	return 0;
}

/* It has ended, or has to: kill what is left, and say how it went. */
static int
end(struct attendance *a, int code, const struct caisson_error *err)
{
	const struct request *r = a->r;
	struct sweep_result swept;
	int status;

	/* Kills what still runs, should waiting have failed. */
	caisson_child_free(a->child);
	supervise_end(&a->supervisor, &swept);
	outcome_say_sweep(r, &swept);
	if (code < 0) {
		denied_done(&a->supervisor.denied);
		events_error(a->ev, err);
		return cli_fail(r->verb, err);
	}
	events_exited(a->ev, &a->exit, &swept);
	if (!r->quiet)
		denied_say(&a->supervisor.denied, r->verb);
	denied_done(&a->supervisor.denied);
	status = outcome_status(&a->exit);
	if (a->up < 0)
		status = cli_fail(r->verb, &a->why);
	supervise_interrupt(&a->supervisor, &a->exit);
	if (a->up == 0)
		outcome_say(r, a->facts, &a->exit);
	return swept.left > 0 ? CLI_FAILED : status;
}

static int
supervised(struct attendance *a)
{
	struct caisson_error err;
	int code = supervise_begin(&a->supervisor, a->r, a->ev, &err);

	if (code == 0)
		code = launch(a, &err);
	if (code == 0)
		code = wait_ready(a, &err);
	if (code == 0 && a->up == 0 && a->r->detach) {
		code = let_go(a, &err);
		if (code == 0)
			return EXIT_SUCCESS;
	} else if (code == 0) {
		code = wait_end(a, &err);
	}
	return end(a, code, &err);
}

int
attend(const struct request *r, const struct facts *facts, struct events *ev,
       struct caisson_error *err)
{
	struct attendance a = {
		.r = r,
		.facts = facts,
		.ev = ev,
		.announce = ANNOUNCE_NONE,
		.exit = { .how = CAISSON_HOW_LOST },
	};
	int code = announce_open(&a.announce, r, err);

	if (code == 0)
		code = handshake_read_secret(r, facts, &a.secret, err);
	if (code == 0)
		code = supervised(&a);
	caisson_secret_free(a.secret);
	announce_done(&a.announce);
	return code;
}
