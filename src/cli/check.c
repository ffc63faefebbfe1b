/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson check: would this launch?  Everything that a launch looks at before
 * it creates anything; nothing is started.
 */
#include "cli/cli.h"

#include "cli/answer.h"
#include "cli/engine.h"
#include "cli/options.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: caisson check [--spec FILE|-] [--json] [options] [--] "
    "[PROGRAM [ARG...]]\n"
    "\n"
    "Check a spec, and whether it could be launched here and now.  Options\n"
    "and exit statuses are those of caisson run.\n"
    "\n";

static const char examples[] = "\n"
			       "examples:\n"
			       "  caisson check --spec job.json\n"
			       "  caisson check --json --user build -- make\n";

static int
help(void)
{
	(void)fputs(usage, stdout);
	opt_print_help(options_rows, OPT_CHECK);
	(void)fputs(examples, stdout);
	return cli_flush("check", EXIT_SUCCESS);
}

static json_t *
answer(int code, uint32_t engine, const struct caisson_error *err)
{
	if (code == 0)
		return json_pack("{s:b, s:s}", "ok", 1, "engine",
				 engine_name(engine));
	return answer_error(err);
}

static int
try(const struct request *r, uint32_t *out_engine, struct caisson_error *err)
{
	struct caisson_launch_options options = {
		.size = sizeof(options),
		.engine = CAISSON_ENGINE_AUTO,
		.caller_env = r->env,
		.launcher = r->launcher,
	};

	return caisson_check(r->spec, &options, out_engine, err);
}

int
check_main(int argc, char **argv, char **env)
{
	struct request r = REQUEST_INIT("check", env);
	uint32_t engine = CAISSON_ENGINE_AUTO;
	struct caisson_error err;
	int code;

	(void)argc;
	code = request_build(&r, OPT_CHECK, argv, &err);
	if (code == 0 && r.help)
		return help();
	if (code == 0)
		code = try(&r, &engine, &err);
	request_done(&r);
	if (r.json)
		return answer_print("check", answer(code, engine, &err),
				    code == 0 ? EXIT_SUCCESS
					      : cli_status(&err));
	if (code < 0)
		return cli_fail(r.verb, &err);
	(void)printf("OK: engine %s\n", engine_name(engine));
	return cli_flush(r.verb, EXIT_SUCCESS);
}
