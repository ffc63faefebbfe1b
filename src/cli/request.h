/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line asks for: a frozen spec, and what caisson itself is
 * to do around the program.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "caisson.h"
#include "cli/opt.h"

#include <stdbool.h>
#include <sys/types.h>

struct request {
	const char *verb;
	const char *const *env; /* the caller's */
	struct caisson_spec *spec;

	/* known before the spec */
	const char *spec_file; /* --spec; "-": standard input */
	char *const *program; /* PROGRAM ARG...; NULL: that of the spec */
	const char *user; /* --user */
	const char *chroot; /* --chroot */
	uint32_t drop_sudo;
	bool clear_env;
	/* --new-session, --tty, --stdin: our terminal is left alone */
	bool new_session, other_tty, other_stdin;
	bool chdir;

	/* the start-up handshake */
	const char *config_file; /* --config; "-": standard input */
	bool ready_timeout; /* --ready-timeout */
	int data_fd, status_fd; /* -1: not given */
	int secret_fd; /* -1: none */

	/* around the program */
	bool replace, print_spec, quiet, json, help;
	bool die_with_parent;
	pid_t parent; /* ours, before anything was read */
	bool kill_after; /* --kill-after */
	bool log_denials;
	const char *events_file;
	int events_fd; /* -1: none */
	int fd_socket; /* -1: none */
	const char *launcher; /* --launcher; NULL: as installed */
	bool detach;
	int pid_pipe; /* -1: none */
	const char *pidfd_socket; /* NULL: none */
};

#define REQUEST_INIT(verb_name, environment)                              \
	{                                                                 \
		.verb = (verb_name),                                      \
		.env = (const char *const *)(environment), .data_fd = -1, \
		.status_fd = -1, .secret_fd = -1, .events_fd = -1,        \
		.fd_socket = -1, .pid_pipe = -1                           \
	}

/*
 * Parse the options of a verb and build the spec they mean.  With --help
 * nothing is built.  The words of argv are borrowed.
 */
CAISSON_CHECK int request_build(struct request *r, unsigned verb,
				char *const *argv, struct caisson_error *err);
void request_done(struct request *r);

/* Variable `name` of the caller's environment; NULL: not there. */
const char *request_getenv(const struct request *r, const char *name);

/* defaults.c: what a spec-less command line means. */
CAISSON_CHECK int defaults_apply(struct request *r, struct caisson_error *err);

/* program.c: PROGRAM as an absolute path, found in PATH if need be; free(). */
CAISSON_CHECK int
program_resolve(const struct request *r, char **out, struct caisson_error *err);

/* specfile.c: the text of --spec; free(). */
CAISSON_CHECK int specfile_read(const char *path, char **out, size_t *out_len,
				struct caisson_error *err);
/* Any text, ended by a NUL; what stands before the path in an error. */
CAISSON_CHECK int specfile_slurp(const char *what, const char *path, char **out,
				 size_t *out_len, struct caisson_error *err);

#endif
