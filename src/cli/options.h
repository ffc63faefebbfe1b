/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the option table. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/request.h"

extern const struct opt_row options_rows[];

/* options.c: before the spec */
opt_function options_note_drop_sudo, options_note_tty, options_note_stdin,
    options_note_events_fd, options_note_fd_socket;

/* options.c: on the spec */
opt_function options_user, options_drop_sudo, options_cap_add,
    options_bounding_empty, options_seccomp, options_env, options_chdir,
    options_chroot;

/* options_process.c */
opt_function options_umask, options_rlimit, options_nice, options_oom_score_adj,
    options_new_session, options_tty, options_die_with_parent,
    options_pdeathsig, options_timeout, options_kill_after;

/* options_fd.c */
opt_function options_fd, options_stdin, options_stdout, options_stderr;

/* options_handshake.c */
opt_function options_note_data_fd, options_note_status_fd,
    options_note_secret_fd, options_note_pid_pipe;
opt_function options_handshake, options_ready_timeout, options_handshake_fds;

/* A descriptor of ours: a number above 2. */
int options_own_fd(const char *option, const char *value, int *out,
		   struct caisson_error *err);

/* "--option value: must be want" */
int options_bad(const char *option, const char *value, const char *want,
		struct caisson_error *err);

#endif
