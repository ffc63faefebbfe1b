/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in JSON: one object, one line, ASCII. */
#include "cli/answer.h"

#include "cli/cli.h"

#include <stdio.h>

json_t *
answer_error(const struct caisson_error *err)
{
	json_t *o = json_pack("{s:b, s:s, s:s, s:i, s:s}", "ok", 0, "code",
			      caisson_code_name(err->code), "stage",
			      caisson_stage_name(err->stage), "errno",
			      (int)err->sys_errno, "message", err->msg);

	if (o != NULL && err->line != 0) {
		(void)json_object_set_new(o, "line", json_integer(err->line));
		(void)json_object_set_new(o, "column",
					  json_integer(err->column));
	}
	return o;
}

int
answer_print(const char *verb, json_t *o, int status)
{
	if (o == NULL || json_dumpf(o, stdout, JSON_ENSURE_ASCII) < 0 ||
	    fputc('\n', stdout) == EOF)
		status = CLI_FAILED;
	json_decref(o);
	return cli_flush(verb, status);
}
