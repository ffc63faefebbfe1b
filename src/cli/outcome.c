/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program ended, for scripts and for people.  Never 0 for what has
 * failed, and never a signal that looks like a status.
 */
#include "cli/outcome.h"

#include "base/names.h"
#include "cli/cli.h"
#include "cli/denied.h"

#include <signal.h>
#include <stdio.h>

void
outcome_say(const struct request *r, const struct facts *facts,
	    const struct caisson_exit *exit)
{
	char name[16], call[32];

	if (exit->how == CAISSON_HOW_LOST) {
		cli_say(r->verb, "somebody else took the program's status");
		return;
	}
	if (r->quiet)
		return;
	if (exit->timed_out) {
		cli_say(r->verb, "the program timed out after %g s",
			(double)facts->timeout_ms / 1000.0);
		return;
	}
	if (exit->was_refused != 0) {
		cli_say(r->verb, "the program was killed for calling %s (%u)",
			denied_call(exit->refused_arch, exit->refused_nr, call),
			exit->refused_nr);
		return;
	}
	/* As shells do: a reader that has seen enough is no event. */
	if (exit->how != CAISSON_HOW_SIGNALLED || exit->value == SIGPIPE)
		return;
	if (names_signal_name(exit->value, name) == NULL)
		(void)snprintf(name, sizeof(name), "signal %d", exit->value);
	cli_say(r->verb, "the program was killed by %s%s", name,
		exit->core ? " (core dumped)" : "");
}

int
outcome_status(const struct caisson_exit *exit)
{
	if (exit->timed_out)
		return CLI_TIMED_OUT;
	if (exit->how == CAISSON_HOW_EXITED)
		return exit->value;
	/* what the kernel would have sent, had it been left to do it */
	if (exit->was_refused != 0)
		return CLI_SIGNAL_BASE + SIGSYS;
	if (exit->how == CAISSON_HOW_SIGNALLED)
		return CLI_SIGNAL_BASE + exit->value;
	return CLI_FAILED;
}

void
outcome_say_sweep(const struct request *r, const struct sweep_result *swept)
{
	if (swept->blind)
		cli_say(r->verb, "processes of the program may be left: /proc "
				 "does not list them");
	else if (swept->left > 0)
		cli_say(r->verb,
			"%zu processes of the program could not be killed: "
			"they are left",
			swept->left);
}
