/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of run and check, one row each: what it is called, what it
 * takes, which verbs have it, and what it does.
 */
#include "cli/options.h"

#include <stddef.h>

#define NONE .argument = OPT_NONE
#define NEED .argument = OPT_REQUIRED
#define MAY  .argument = OPT_OPTIONAL
#define BOTH .verbs = OPT_BOTH
#define RUN  .verbs = OPT_RUN

/* clang-format off */
const struct opt_row options_rows[] = {
	{ "spec", 0, NEED, BOTH, .text = OPT_AT(spec_file), .metavar = "FILE",
	  .help = "read the spec, JSON; -: from standard input" },
	{ "user", 0, NEED, BOTH, .text = OPT_AT(user),
	  .apply = options_user, .metavar = "U[:G]",
	  .help = "become that user, by name, or by UID:GID" },
	{ "drop-sudo", 0, MAY, BOTH, .note = options_note_drop_sudo,
	  .apply = options_drop_sudo, .metavar = "if-set",
	  .help = "become the user who called sudo, doas or pkexec" },
	{ "cap-add", 0, NEED, BOTH, .apply = options_cap_add, .metavar = "NAME",
	  .help = "keep a capability" },
	{ "bounding-empty", 0, NONE, BOTH, .apply = options_bounding_empty,
	  .help = "fail if the bounding set cannot be reduced" },
	{ "seccomp", 0, NEED, BOTH, .apply = options_seccomp,
	  .metavar = "NAME|FILE|unconfined", .help = "the system call filter" },
	{ "env", 0, NEED, BOTH, .apply = options_env, .metavar = "K[=V]",
	  .help = "set a variable, or pass it on" },
	{ "clear-env", 0, NONE, BOTH, .flag = OPT_AT(clear_env),
	  .help = "begin with no variables" },
	{ "chdir", 'C', NEED, BOTH, .flag = OPT_AT(chdir),
	  .apply = options_chdir, .metavar = "DIR",
	  .help = "the working directory" },
	{ "chroot", 0, NEED, BOTH, .text = OPT_AT(chroot),
	  .apply = options_chroot, .metavar = "DIR",
	  .help = "the root directory" },
	{ "umask", 0, NEED, BOTH, .apply = options_umask, .metavar = "MASK",
	  .help = "the umask, octal" },
	{ "stdin", 0, NEED, BOTH, .note = options_note_stdin, .apply = options_stdin, .metavar = "FORM",
	  .help = "null, inherit, pipe, closed, fd:N, file:PATH" },
	{ "stdout", 0, NEED, BOTH, .apply = options_stdout, .metavar = "FORM",
	  .help = "the same, append:PATH" },
	{ "stderr", 0, NEED, BOTH, .apply = options_stderr, .metavar = "FORM",
	  .help = "the same, stdout" },
	{ "fd", 0, NEED, BOTH, .apply = options_fd, .metavar = "N=FORM",
	  .help = "pipe:to, pipe:from, socketpair, inherit:M, file:MODE:PATH" },
	{ "fd-socket", 0, NEED, RUN, .note = options_note_fd_socket,
	  .metavar = "FD", .help = "send our ends of pipes there" },
	{ "rlimit", 0, NEED, BOTH, .apply = options_rlimit,
	  .metavar = "NAME=SOFT:HARD", .help = "a resource limit" },
	{ "nice", 0, NEED, BOTH, .apply = options_nice, .metavar = "N",
	  .help = "the nice value" },
	{ "oom-score-adj", 0, NEED, BOTH, .apply = options_oom_score_adj,
	  .metavar = "N", .help = "-1000 (never killed) to 1000 (first)" },
	{ "new-session", 0, NONE, BOTH, .flag = OPT_AT(new_session),
	  .apply = options_new_session,
	  .help = "a session of its own, without a terminal" },
	{ "tty", 0, NEED, BOTH, .note = options_note_tty, .apply = options_tty,
	  .metavar = "MODE", .help = "inherit, control or detach" },
	{ "die-with-parent", 0, NONE, BOTH, .flag = OPT_AT(die_with_parent),
	  .apply = options_die_with_parent,
	  .help = "kill everything when our parent ends" },
	{ "pdeathsig", 0, NEED, BOTH, .apply = options_pdeathsig,
	  .metavar = "SIG", .help = "signal to the program when we end" },
	{ "timeout", 0, NEED, BOTH,
	  .apply = options_timeout, .metavar = "D",
	  .help = "then SIGTERM: 500ms, 10s, 5m, 1h" },
	{ "kill-after", 0, NEED, BOTH, .flag = OPT_AT(kill_after),
	  .apply = options_kill_after, .metavar = "D",
	  .help = "then SIGKILL, so long after it (5s)" },
	{ "replace", 0, NONE, RUN, .flag = OPT_AT(replace),
	  .help = "become the program: nobody supervises" },
	{ "events-fd", 0, NEED, RUN, .note = options_note_events_fd,
	  .metavar = "N", .help = "write events there, JSON Lines" },
	{ "events-file", 0, NEED, RUN, .text = OPT_AT(events_file),
	  .metavar = "PATH", .help = "append events to a file" },
	{ "log-denials", 0, NONE, RUN, .flag = OPT_AT(log_denials),
	  .help = "report the system calls that are refused" },
	{ "print-spec", 0, NONE, RUN, .flag = OPT_AT(print_spec),
	  .help = "print the spec and run nothing" },
	{ "quiet", 'q', NONE, RUN, .flag = OPT_AT(quiet),
	  .help = "do not say how the program ended" },
	{ "json", 0, NONE, .verbs = OPT_CHECK, .flag = OPT_AT(json),
	  .help = "answer in JSON" },
	{ "help", 'h', NONE, BOTH, .flag = OPT_AT(help), .help = "this text" },
	{ .name = NULL },
};
/* clang-format on */
