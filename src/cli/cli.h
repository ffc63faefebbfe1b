/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs share: exit statuses, and the only way to say something.
 * The program's output is never mixed with ours: we write to standard error,
 * one line at a time, and to standard output only what was asked for.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "caisson.h"

#include <stdbool.h>

/* Exit statuses that are not the program's own. */
#define CLI_TIMED_OUT      124
#define CLI_FAILED         125
#define CLI_NOT_EXECUTABLE 126
#define CLI_NOT_FOUND      127
#define CLI_SIGNAL_BASE    128

struct cli_verb {
	const char *name;
	const char *summary;
	/* argv[0] is the verb; env is the caller's environment. */
	int (*run)(int argc, char **argv, char **env);
};

int run_main(int argc, char **argv, char **env);
int check_main(int argc, char **argv, char **env);
int policy_main(int argc, char **argv, char **env);
int session_main(int argc, char **argv, char **env);
int grants_main(int argc, char **argv, char **env);

/* "caisson: VERB: text" on standard error, in one write. */
void cli_say(const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say err and return the exit status that stands for it. */
int cli_fail(const char *verb, const struct caisson_error *err);
int cli_status(const struct caisson_error *err);

/* Standard input was closed: there is nothing to be read from it. */
void cli_stdin_closed(void);
bool cli_is_stdin_closed(void);

/* Standard output was closed: what is printed goes nowhere. */
void cli_stdout_closed(void);

/* Flush standard output: status, or CLI_FAILED when it was not written. */
int cli_flush(const char *verb, int status);

#endif
