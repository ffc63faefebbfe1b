/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson run: start a program as the spec says, stay until it has ended, and
 * end as it did; or become it.
 */
#include "cli/cli.h"

#include "cli/attend.h"
#include "cli/conflicts.h"
#include "cli/options.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    "  caisson run --detach --handshake caisson --pid-pipe 5 -- ./server\n"
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

static int
replaced(const struct request *r)
{
	struct caisson_launch_options options = {
		.size = sizeof(struct caisson_launch_options),
		.caller_env = r->env,
	};
	struct caisson_error err;

	if (caisson_exec(r->spec, &options, &err) == 0)
		return CLI_FAILED; /* it does not return on success */
	return cli_fail(r->verb, &err);
}

static int
run(const struct request *r, const struct facts *facts, struct events *ev,
    struct caisson_error *err)
{
	int code = conflicts_check(r, facts, err);

	if (code < 0)
		return code;
	return r->replace ? replaced(r) : attend(r, facts, ev, err);
}

/* A listener that has gone and a file that may not grow are errors to report,
 * not our end. */
static void
ignore_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

int
run_main(int argc, char **argv, char **env)
{
	struct request r = REQUEST_INIT("run", env);
	struct events ev = EVENTS_NONE;
	struct caisson_error err, ignored;
	struct facts facts;
	int status, code;

	(void)argc;
	r.parent = getppid();
	ignore_signals();
	code = request_build(&r, OPT_RUN, argv, &err);
	if (code == 0 && r.help)
		return help();
	if (code == 0 && r.print_spec) {
		status = print_spec(&r);
		request_done(&r);
		return status;
	}
	if (code == 0) {
		facts_read(r.spec, &facts);
		code = conflicts_check_inherited(&facts, &err);
	}
	if (code == 0)
		code = events_open(&ev, &r, &err);
	else if (events_open(&ev, &r, &ignored) < 0)
		ev.fd = -1;
	status = code == 0 ? run(&r, &facts, &ev, &err) : code;
	if (status < 0) {
		events_error(&ev, &err);
		status = cli_fail(r.verb, &err);
	}
	events_close(&ev);
	request_done(&r);
	return status;
}
