/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson session: requests come on standard input and events go to standard
 * output, one JSON object a line each, so that a program in any language can
 * launch, signal and wait.  It has the caller's authority and never more; what
 * needs more goes through the launcher.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/events_write.h"
#include "cli/opt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct serve_options {
	const char *launcher;
	bool always, die_with_parent, help;
};

#define FLAG(member) .flag = OPT_AT_OF(struct serve_options, member)
#define TEXT(member) .text = OPT_AT_OF(struct serve_options, member)

/* clang-format off */
static const struct opt_row rows[] = {
	{ "launcher", 0, OPT_REQUIRED, 1, TEXT(launcher), .metavar = "PATH",
	  .help = "the launcher, where it is not as installed" },
	{ "launcher-always", 0, OPT_NONE, 1, FLAG(always),
	  .help = "start everything through the launcher" },
	{ "die-with-parent", 0, OPT_NONE, 1, FLAG(die_with_parent),
	  .help = "end when our parent does" },
	{ "help", 'h', OPT_NONE, 1, FLAG(help), .help = "this text" },
	{ .name = NULL },
};
/* clang-format on */

static int
help(void)
{
	(void)fputs(
	    "usage: caisson session [options]\n"
	    "\n"
	    "Launch, signal and wait for any number of programs: requests on\n"
	    "standard input, events on standard output, one JSON object a "
	    "line.\n"
	    "Everything ends with it.  See caisson-session(1).\n\n",
	    stdout);
	opt_print_help(rows, 1);
	(void)fputs("\nexample:\n"
		    "  (echo '{\"id\": 1, \"op\": \"launch\", \"spec\": "
		    "{\"version\": 1,\n"
		    "    \"path\": \"/bin/true\"}}'; sleep 1) | caisson "
		    "session\n",
		    stdout);
	return cli_flush("session", EXIT_SUCCESS);
}

static int
parse(char **argv, struct serve_options *out, struct caisson_error *err)
{
	struct opt_list list;
	int code = opt_parse(rows, 1, argv, &list, err);

	if (code == 0) {
		opt_set(&list, out);
		if (argv[list.rest] != NULL && !out->help)
			code = err_usage(err, "%s: session has no arguments",
					 argv[list.rest]);
	}
	opt_list_done(&list);
	return code;
}

/* ---- begin ------------------------------------------------------------ */

/* A secret may have passed through it. */
static void
wiping_free(void *data)
{
	if (data != NULL)
		explicit_bzero(data, malloc_usable_size(data));
	free(data);
}

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno, "%s",
		       what);
}

/* nohup: it stays as it is. */
static bool
is_ignored(int signo)
{
	struct sigaction old;

	return sigaction(signo, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

static int
open_signals(struct serve *s, struct caisson_error *err)
{
	static const int ours[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i] == SIGCHLD || !is_ignored(ours[i]))
			(void)sigaddset(&set, ours[i]);
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return failed("sigprocmask", err);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? failed("signalfd", err) : 0;
}

static int
watch_parent(struct serve *s, struct caisson_error *err)
{
	pid_t parent = getppid();

	s->parent = pidfd_open(parent, 0);
	if (s->parent < 0 || getppid() != parent)
		return failed("the parent process cannot be watched", err);
	return 0;
}

static int
begin(struct serve *s, const struct serve_options *options,
      struct caisson_error *err)
{
	int code = serve_lines_init(&s->in, err);

	if (code == 0)
		code = open_signals(s, err);
	if (code == 0 && options->die_with_parent)
		code = watch_parent(s, err);
	if (code == 0)
		code = sweep_begin(&s->sweep, err);
	if (code == 0)
		code = caisson_monitor_new(NULL, &s->monitor, err);
	if (code == 0 && s->always)
		code = serve_open_launcher(s, err);
	return code;
}

static void
say_opened(struct serve *s)
{
	json_t *o = events_begin("opened");

	events_set(o, "pid", json_integer(getpid()));
	events_set(o, "line_max", json_integer((json_int_t)SERVE_LINE_MAX));
	events_emit(&s->out, o);
}

/* ---- the loop --------------------------------------------------------- */

static void
take_signals(struct serve *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		if (si.ssi_signo != SIGCHLD && s->ending == NULL) {
			s->ending = "signal";
			s->signo = (int)si.ssi_signo;
		}
	serve_strays_reap(s);
}

static bool
add_polled(struct serve *s, int fd, short events)
{
	if (s->n_polled == s->polled_room) {
		size_t room = s->polled_room > 0 ? 2 * s->polled_room : 64;
		struct pollfd *v = reallocarray(s->polled, room, sizeof(*v));

		if (v == NULL)
			return false;
		s->polled = v;
		s->polled_room = room;
	}
	s->polled[s->n_polled++] =
	    (struct pollfd){ .fd = events != 0 ? fd : -1, .events = events };
	return true;
}

enum {
	AT_INPUT,
	AT_OUTPUT,
	AT_SIGNALS,
	AT_PARENT,
	AT_LAUNCHER
};

static bool
list_polled(struct serve *s)
{
	bool hears = !s->in.ended && s->out.n_pending <= SERVE_UNREAD_MAX;
	bool ok;

	s->n_polled = 0;
	ok = add_polled(s, STDIN_FILENO, hears ? POLLIN : 0) &&
	     /* without events to wait for: has the reader gone? */
	     add_polled(s, s->out.fd,
			s->out.n_pending > 0 ? POLLOUT : POLLPRI) &&
	     add_polled(s, s->signals, POLLIN) &&
	     add_polled(s, s->parent, POLLIN) &&
	     add_polled(s,
			s->launcher == NULL ? -1
					    : caisson_session_fd(s->launcher),
			POLLIN) &&
	     add_polled(s, caisson_monitor_fd(s->monitor), POLLIN);
	for (struct serve_child *c = s->children; c != NULL; c = c->next)
		for (size_t i = 0; i < c->n_pipes; i++)
			ok = ok &&
			     add_polled(s, c->pipes[i].fd,
					serve_pipe_events(s, &c->pipes[i]));
	return ok;
}

static int
no_memory(struct serve *s, struct caisson_error *err)
{
	s->ending = "error";
	return err_no_memory(err, CAISSON_STAGE_NONE);
}

/* What ran in it is gone with it, and will be told of; the next one is new. */
static void
look_at_launcher(struct serve *s)
{
	struct caisson_error err;

	if (s->launcher == NULL ||
	    caisson_session_dispatch(s->launcher, &err) == 0)
		return;
	serve_say_error(s, NULL, &err);
	caisson_session_close(s->launcher);
	s->launcher = NULL;
	if (s->always)
		s->ending = "error";
}

static int
turn(struct serve *s, struct caisson_error *err)
{
	if (!list_polled(s))
		return no_memory(s, err);
	if (poll(s->polled, s->n_polled, -1) < 0 && errno != EINTR) {
		s->ending = "error";
		return failed("poll", err);
	}
	events_flush(&s->out);
	if (s->polled[AT_SIGNALS].revents != 0)
		take_signals(s);
	if (s->polled[AT_PARENT].revents != 0)
		s->ending = "parent";
	if (s->polled[AT_LAUNCHER].revents != 0)
		look_at_launcher(s);
	if (s->polled[AT_INPUT].revents != 0)
		serve_lines_read(&s->in, STDIN_FILENO);
	if ((s->polled[AT_OUTPUT].revents & ~(POLLOUT | POLLPRI)) != 0 ||
	    s->out.fd < 0)
		s->ending = "reader";
	serve_look(s);
	serve_requests(s);
	return 0;
}

/* ---- end -------------------------------------------------------------- */

static int
end(struct serve *s, int code, const struct caisson_error *err)
{
	struct sweep_result swept;
	json_t *o;

	serve_end_children(s);
	caisson_monitor_free(s->monitor);
	sweep_kill(&s->sweep, &swept);
	if (strcmp(s->ending, "reader") == 0)
		events_close(&s->out);
	s->out.patient = false;
	if (code < 0) {
		events_error(&s->out, err);
		code = cli_fail("session", err);
	} else if (s->signo != 0) {
		code = CLI_SIGNAL_BASE + s->signo;
	}
	o = events_begin("closed");
	events_set(o, "reason", json_string(s->ending));
	events_set(o, "left_over", json_integer((json_int_t)swept.outlived));
	events_set(o, "survivors", json_integer((json_int_t)swept.left));
	events_emit(&s->out, o);
	events_drain(&s->out);
	if (strcmp(s->ending, "error") == 0 && code == 0)
		code = CLI_FAILED;
	return swept.left > 0 ? CLI_FAILED : code;
}

static void
done(struct serve *s)
{
	serve_lines_done(&s->in);
	sweep_done(&s->sweep);
	fd_close(&s->signals);
	fd_close(&s->parent);
	free(s->polled);
	free(s->out.pending);
}

/* Before anything of ours is open. */
static void
note_given(struct serve *s)
{
	for (int fd = STDERR_FILENO + 1; fd < (int)SERVE_FDS_MAX; fd++)
		s->given[fd] = fcntl(fd, F_GETFD) >= 0;
}

static int
run(struct serve *s, const struct serve_options *options)
{
	struct caisson_error err;
	int code = begin(s, options, &err);

	if (code == 0)
		say_opened(s);
	else
		s->ending = "error";
	while (s->ending == NULL)
		code = turn(s, &err);
	code = end(s, code, &err);
	done(s);
	return code;
}

int
session_main(int argc, char **argv, char **env)
{
	struct serve_options options = { .launcher = NULL };
	struct serve s = { .out = EVENTS_NONE,
			   .env = (const char *const *)env,
			   .sweep = { .before = PIDS_NONE },
			   .signals = -1,
			   .parent = -1 };
	struct caisson_error err;

	(void)argc;
	note_given(&s);
	if (parse(argv, &options, &err) < 0)
		return cli_fail("session", &err);
	if (options.help)
		return help();
	json_set_alloc_funcs(malloc, wiping_free);
	s.out.verb = "session";
	s.out.fd = STDOUT_FILENO;
	s.out.patient = true;
	s.out.may_leave = true;
	s.launcher_path = options.launcher;
	s.always = options.always;
	return run(&s, &options);
}
