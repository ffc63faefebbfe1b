/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cannot be had together, of what the command line and the spec ask for.
 * Rows of a table: the first that is true is the error.  Only looks.
 */
#include "cli/conflicts.h"

#include "base/err.h"
#include "cli/fdsocket.h"

#include <errno.h>
#include <fcntl.h>

struct conflict {
	bool is_there;
	const char *why;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
refuse(const char *option, const struct conflict *rows, size_t n,
       struct caisson_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].is_there)
			return err_usage(err, "--%s: %s", option, rows[i].why);
	return 0;
}

static bool
has_timeout(const struct request *r, const struct facts *facts)
{
	return r->kill_after || facts->timeout_ms > 0;
}

/* Nobody is there to do it when caisson has become the program. */
static int
check_replace(const struct request *r, const struct facts *facts,
	      struct caisson_error *err)
{
	const struct conflict rows[] = {
		{ has_timeout(r, facts), "a timeout needs a supervisor" },
		{ r->events_fd >= 0 || r->events_file != NULL,
		  "events need a supervisor" },
		{ r->log_denials, "--log-denials needs a supervisor" },
		{ r->fd_socket >= 0, "--fd-socket needs a supervisor" },
		{ facts->has_handshake,
		  "a handshake needs a supervisor, who is told when the "
		  "program is ready" },
		{ r->detach, "there is nobody who could --detach" },
		{ r->pid_pipe >= 0, "--pid-pipe needs a supervisor" },
		{ r->pidfd_socket != NULL,
		  "--pidfd-socket needs a supervisor" },
	};

	if (facts->n_ends > 0)
		return err_usage(err,
				 "--replace: descriptor %d has no other end "
				 "without a supervisor",
				 facts->ends[0]);
	return refuse("replace", rows, COUNT(rows), err);
}

/* Nobody is there to do it once caisson has let go. */
static int
check_detach(const struct request *r, const struct facts *facts,
	     struct caisson_error *err)
{
	const struct conflict rows[] = {
		{ has_timeout(r, facts),
		  "a timeout needs a supervisor who stays" },
		{ r->log_denials,
		  "refused calls need a supervisor who stays to answer them" },
		{ r->die_with_parent || facts->parent_death_signal != 0,
		  "a parent death signal would end the program as soon as "
		  "caisson has let go" },
		{ facts->is_foreground,
		  "nobody would take the terminal back from the foreground" },
		{ facts->is_traced, "a traced program needs its tracer" },
	};

	return refuse("detach", rows, COUNT(rows), err);
}

/* A descriptor that the caller hands to caisson, not to the program. */
struct own {
	const char *option;
	int fd; /* -1: not given */
	bool may_inherit;
};

static int
check_own(const struct own *own, size_t n, const struct facts *facts,
	  struct caisson_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (own[i].fd < 0)
			continue;
		for (size_t k = 0; k < i; k++)
			if (own[k].fd == own[i].fd)
				return err_usage(err,
						 "--%s and --%s are the same",
						 own[k].option, own[i].option);
		if (!own[i].may_inherit && facts_inherits(facts, own[i].fd))
			return err_usage(
			    err, "--%s %d: the program would inherit it",
			    own[i].option, own[i].fd);
	}
	return 0;
}

int
conflicts_check_inherited(const struct facts *facts, struct caisson_error *err)
{
	for (size_t i = 0; i < facts->n_inherited; i++)
		if (fcntl(facts->inherited[i], F_GETFD) < 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_FILES, errno,
				       "descriptor %d is to be inherited, and "
				       "is not open",
				       facts->inherited[i]);
	return 0;
}

int
conflicts_check(const struct request *r, const struct facts *facts,
		struct caisson_error *err)
{
	const struct own own[] = {
		{ "events-fd", r->events_fd, false },
		{ "fd-socket", r->fd_socket, false },
		{ "pid-pipe", r->pid_pipe, false },
		{ "secret-fd", r->secret_fd, true },
	};
	int code = 0;

	if (r->replace)
		return check_replace(r, facts, err);
	if (facts->n_ends > 0 && r->fd_socket < 0)
		return err_usage(err,
				 "descriptor %d: its other end needs "
				 "--fd-socket to go to",
				 facts->ends[0]);
	if (r->detach)
		code = check_detach(r, facts, err);
	if (code == 0)
		code = check_own(own, COUNT(own), facts, err);
	if (code == 0 && r->fd_socket >= 0)
		code = fdsocket_check(r->fd_socket, err);
	return code;
}
