/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson run: start a program as the spec says, stay until it has ended, and
 * end as it did.
 */
#include "cli/cli.h"

#include "base/err.h"
#include "base/names.h"
#include "cli/events.h"
#include "cli/facts.h"
#include "cli/fdsocket.h"
#include "cli/options.h"
#include "cli/supervise.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: caisson run [--spec FILE|-] [options] [--] PROGRAM [ARG...]\n"
    "\n"
    "Start PROGRAM with nothing but what is granted, wait for it, and exit\n"
    "with its status: 128+n after signal n, 124 when it timed out, 125 when\n"
    "caisson failed, 126 when it is not executable, 127 when there is none.\n"
    "\n";

static const char examples[] =
    "\n"
    "examples:\n"
    "  caisson run -- make -j4\n"
    "  sudo caisson run --drop-sudo -- ./configure\n"
    "  caisson run --timeout 10m --rlimit nofile=256 -- npm test\n"
    "  caisson run --spec job.json --events-file events.jsonl\n"
    "\n"
    "Every option has an example in caisson-run(1).\n";

static int
help(void)
{
	(void)fputs(usage, stdout);
	opt_print_help(options_rows, OPT_RUN);
	(void)fputs(examples, stdout);
	return cli_flush("run", EXIT_SUCCESS);
}

static int
print_spec(const struct request *r)
{
	struct caisson_error err;
	char *text = NULL;

	if (caisson_spec_print(r->spec, &text, &err) < 0)
		return cli_fail(r->verb, &err);
	(void)fputs(text, stdout);
	if (text[0] != '\0' && text[strlen(text) - 1] != '\n')
		(void)fputc('\n', stdout);
	free(text);
	return cli_flush(r->verb, EXIT_SUCCESS);
}

/* Nobody is there to do it when caisson has become the program. */
static int
check_replace(const struct request *r, const struct facts *facts,
	      struct caisson_error *err)
{
	if (r->kill_after || facts->timeout_ms > 0)
		return err_usage(err, "--replace: a timeout needs a "
				      "supervisor");
	if (r->events_fd >= 0 || r->events_file != NULL)
		return err_usage(err, "--replace: events need a supervisor");
	if (facts->n_ends > 0)
		return err_usage(err,
				 "--replace: descriptor %d has no other end "
				 "without a supervisor",
				 facts->ends[0]);
	if (r->log_denials)
		return err_usage(err, "--replace: --log-denials needs a "
				      "supervisor");
	if (r->fd_socket >= 0)
		return err_usage(err, "--replace: --fd-socket needs a "
				      "supervisor");
	return 0;
}

/* What must hold before anything is started. */
static int
check(const struct request *r, const struct facts *facts,
      struct caisson_error *err)
{
	if (r->replace)
		return check_replace(r, facts, err);
	if (facts->n_ends > 0 && r->fd_socket < 0)
		return err_usage(err,
				 "descriptor %d: its other end needs "
				 "--fd-socket to go to",
				 facts->ends[0]);
	if (r->events_fd >= 0 && r->events_fd == r->fd_socket)
		return err_usage(err, "--events-fd and --fd-socket are the "
				      "same");
	if (r->events_fd >= 0 && facts_inherits(facts, r->events_fd))
		return err_usage(err,
				 "--events-fd %d: the program would inherit it",
				 r->events_fd);
	if (r->fd_socket >= 0 && facts_inherits(facts, r->fd_socket))
		return err_usage(err,
				 "--fd-socket %d: the program would inherit it",
				 r->fd_socket);
	if (r->fd_socket >= 0)
		return fdsocket_check(r->fd_socket, err);
	return 0;
}

static struct caisson_launch_options
launch_options(const struct request *r)
{
	return (struct caisson_launch_options){
		.size = sizeof(struct caisson_launch_options),
		.caller_env = r->env,
		.denials = r->log_denials,
	};
}

static int
start(const struct request *r, struct supervisor *s, struct caisson_child **out,
      struct caisson_error *err)
{
	struct caisson_launch_options options = launch_options(r);
	int code = caisson_launch(r->spec, &options, out, err);

	if (code == 0)
		supervise_started(s, *out);
	return code;
}

static void
say_end(const struct request *r, const struct facts *facts,
	const struct caisson_exit *exit)
{
	char name[16], call[32];

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

static int
exit_status(const struct caisson_exit *exit)
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

static void
say_sweep(const struct request *r, const struct sweep_result *swept)
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

static int
supervised(const struct request *r, const struct facts *facts,
	   struct events *ev)
{
	struct caisson_child *child = NULL;
	struct caisson_exit ended = { .how = CAISSON_HOW_LOST };
	struct sweep_result swept;
	struct caisson_error err;
	struct supervisor s;
	int code = supervise_begin(&s, r->die_with_parent, ev, &err);

	if (code == 0)
		code = start(r, &s, &child, &err);
	if (code == 0 && r->fd_socket >= 0)
		code = fdsocket_send(r->fd_socket, facts, child, &err);
	if (code == 0) {
		events_started(ev, child);
		code = supervise_wait(&s, &ended, &err);
	}
	/* Kills what still runs, should waiting have failed. */
	caisson_child_free(child);
	supervise_end(&s, &swept);
	say_sweep(r, &swept);
	if (code < 0) {
		denied_done(&s.denied);
		events_error(ev, &err);
		return cli_fail(r->verb, &err);
	}
	events_exited(ev, &ended, &swept);
	if (!r->quiet)
		denied_say(&s.denied, r->verb);
	denied_done(&s.denied);
	supervise_interrupt(&s, &ended);
	if (ended.how == CAISSON_HOW_LOST)
		cli_say(r->verb, "somebody else took the program's status");
	else if (!r->quiet)
		say_end(r, facts, &ended);
	return swept.left > 0 ? CLI_FAILED : exit_status(&ended);
}

static int
replaced(const struct request *r)
{
	struct caisson_launch_options options = launch_options(r);
	struct caisson_error err;

	if (caisson_exec(r->spec, &options, &err) == 0)
		return CLI_FAILED; /* it does not return on success */
	return cli_fail(r->verb, &err);
}

static int
run(const struct request *r, struct events *ev, struct caisson_error *err)
{
	struct facts facts;
	int code;

	facts_read(r->spec, &facts);
	code = check(r, &facts, err);
	if (code < 0)
		return code;
	return r->replace ? replaced(r) : supervised(r, &facts, ev);
}

int
run_main(int argc, char **argv, char **env)
{
	struct request r = REQUEST_INIT("run", env);
	struct events ev = EVENTS_NONE;
	struct caisson_error err, ignored;
	int status, code;

	(void)argc;
	/* A listener that has gone is an error to report, not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	code = request_build(&r, OPT_RUN, argv, &err);
	if (code == 0 && r.help)
		return help();
	if (code == 0 && r.print_spec) {
		status = print_spec(&r);
		request_done(&r);
		return status;
	}
	if (code == 0)
		code = events_open(&ev, &r, &err);
	else if (events_open(&ev, &r, &ignored) < 0)
		ev.fd = -1;
	status = code == 0 ? run(&r, &ev, &err) : code;
	if (status < 0) {
		events_error(&ev, &err);
		status = cli_fail(r.verb, &err);
	}
	events_close(&ev);
	request_done(&r);
	return status;
}
