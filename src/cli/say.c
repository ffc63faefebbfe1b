/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caisson says to people, and the exit status of an error.  One write a
 * line, so that lines of several processes do not mix.
 */
#include "cli/cli.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
cli_say(const char *verb, const char *fmt, ...)
{
	char raw[512], text[1024], line[1152];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	err_escape(raw, strlen(raw), text, sizeof(text));
	n = snprintf(line, sizeof(line), "caisson: %s%s%s\n", verb,
		     verb[0] != '\0' ? ": " : "", text);
	if (n > 0)
		(void)fd_write_all(STDERR_FILENO, line, strlen(line));
}

int
cli_status(const struct caisson_error *err)
{
	if (err->code == CAISSON_E_NOT_FOUND)
		return CLI_NOT_FOUND;
	if (err->code == CAISSON_E_NOT_EXECUTABLE)
		return CLI_NOT_EXECUTABLE;
	return CLI_FAILED;
}

int
cli_fail(const char *verb, const struct caisson_error *err)
{
	cli_say(verb, "%s", err->msg);
	return cli_status(err);
}

static bool stdin_was_closed, stdout_was_closed;

void
cli_stdin_closed(void)
{
	stdin_was_closed = true;
}

bool
cli_is_stdin_closed(void)
{
	return stdin_was_closed;
}

void
cli_stdout_closed(void)
{
	stdout_was_closed = true;
}

int
cli_flush(const char *verb, int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0 && !stdout_was_closed)
		return status;
	cli_say(verb, "standard output: %s",
		strerrordesc_np(stdout_was_closed ? EBADF : errno));
	return CLI_FAILED;
}
