/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that speaks the start-up protocols, written from their
 * description alone: it shares no code and no header with the library, so
 * that the two can disagree.  Its arguments are a script, step by step:
 *
 *	speaker protocol v23 read end digest 1 ready exit 0
 *
 * speaker.py speaks the same language.  Linked statically: it is launched
 * thousands of times.
 */
#include "speaker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct form forms[] = {
	{ "caisson", "CAISSON_EXEC_VERSION", "1", true, true },
	{ "v23", "V23_EXEC_VERSION", "1.0.0", true, true },
	{ "veyron", "VEYRON_EXEC_VERSION", "1.0.0", false, false },
};

const struct form *form;
int data_fd = 3, status_fd = 4;

void
give_up(int status, const char *what)
{
	dprintf(2, "speaker: %s\n", what);
	_exit(status);
}

long
number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0')
		give_up(EXIT_MISUSED, "not a number");
	return value;
}

/* Exactly one variable of all protocols, and it holds the version. */
static void
check_variable(const struct form *f)
{
	int n_ours = 0, n_others = 0;

	for (char **e = environ; *e != NULL; e++) {
		for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
			size_t len = strlen(forms[i].variable);

			if (strncmp(*e, forms[i].variable, len) != 0 ||
			    (*e)[len] != '=')
				continue;
			if (&forms[i] != f)
				n_others++;
			else if (strcmp(*e + len + 1, f->version) == 0)
				n_ours++;
			else
				give_up(EXIT_VARIABLE, "another version");
		}
	}
	if (n_ours != 1 || n_others != 0)
		give_up(EXIT_VARIABLE, "not exactly one variable");
}

static void
step_protocol(char **arg)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(forms[i].name, arg[0]) == 0)
			form = &forms[i];
	if (form == NULL)
		give_up(EXIT_MISUSED, "no such protocol");
	check_variable(form);
}

static void
step_fds(char **arg)
{
	data_fd = (int)number(arg[0]);
	status_fd = (int)number(arg[1]);
}

static void
step_close(char **arg)
{
	if (close((int)number(arg[0])) != 0)
		give_up(EXIT_DATA, "it was not open");
}

static void
step_close_all(char **arg)
{
	(void)arg;
	for (int fd = 0; fd < 1024; fd++)
		(void)close(fd);
}

static void
step_exit(char **arg)
{
	_exit((int)number(arg[0]));
}

static void
step_kill(char **arg)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)kill(getpid(), (int)number(arg[0]));
	for (;;)
		(void)pause();
}

static void
step_pause(char **arg)
{
	(void)arg;
	for (;;)
		(void)pause();
}

static void
step_sleep(char **arg)
{
	(void)usleep((useconds_t)number(arg[0]) * 1000);
}

/* Until somebody writes there, or nobody can any more. */
static void
step_await(char **arg)
{
	char byte;

	while (read((int)number(arg[0]), &byte, 1) < 0 && errno == EINTR)
		;
}

static void
step_note(char **arg)
{
	dprintf((int)number(arg[0]), "%s\n", arg[1]);
}

static void
step_pid(char **arg)
{
	dprintf((int)number(arg[0]), "%d\n", (int)getpid());
}

/* A child that keeps everything open, and stays. */
static void
step_keeper(char **arg)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up(EXIT_DATA, "fork");
	if (pid == 0)
		step_pause(arg);
}

/* The rest is done by a child; this process ends as the child does. */
static void
step_wrap(char **arg)
{
	pid_t pid = fork();
	int status = 0;

	(void)arg;
	if (pid < 0)
		give_up(EXIT_DATA, "fork");
	if (pid == 0)
		return;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/*
 * The rest is done by a daemon: a session of its own, its parent gone.  This
 * process ends when it is up.
 */
static void
step_daemon(char **arg)
{
	int up[2];
	char byte;

	(void)arg;
	if (pipe(up) != 0)
		give_up(EXIT_DATA, "pipe");
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up(EXIT_DATA, "fork");
		if (pid != 0) {
			(void)close(up[1]);
			_exit(i == 0 && read(up[0], &byte, 1) != 0);
		}
		if (i == 0 && setsid() < 0)
			give_up(EXIT_DATA, "setsid");
	}
	(void)close(up[0]);
	(void)close(up[1]);
}

static void
step_ignore(char **arg)
{
	(void)signal((int)number(arg[0]), SIG_IGN);
}

/* To be found by it among the processes. */
static void
step_mark(char **arg)
{
	(void)arg;
}

static const struct step {
	const char *name;
	int n_args;
	void (*run)(char **arg);
} steps[] = {
	{ "protocol", 1, step_protocol },
	{ "fds", 2, step_fds }, /* DATA STATUS */
	{ "mark", 1, step_mark },
	{ "read", 0, step_read },
	{ "slow", 2, step_slow }, /* BYTES MILLISECONDS */
	{ "single", 0, step_single }, /* as the older programs */
	{ "peek", 1, step_peek }, /* BYTES */
	{ "end", 0, step_end }, /* nothing follows */
	{ "digest", 1, step_digest }, /* FD */
	{ "copy", 1, step_copy }, /* FD */
	{ "ready", 0, step_ready },
	{ "ready-as", 1, step_ready_as }, /* PID */
	{ "failed", 1, step_failed }, /* TEXT */
	{ "say", 1, step_say }, /* TEXT, with \xHH and \p for the pid */
	{ "say-slowly", 2, step_say_slowly }, /* TEXT MILLISECONDS */
	{ "flood", 1, step_flood }, /* BYTES, 0: until it fails */
	{ "late", 1, step_late }, /* FD: ready, and there how it went */
	{ "close", 1, step_close }, /* FD */
	{ "close-all", 0, step_close_all },
	{ "exit", 1, step_exit }, /* STATUS */
	{ "kill", 1, step_kill }, /* SIGNAL */
	{ "pause", 0, step_pause },
	{ "sleep", 1, step_sleep }, /* MILLISECONDS */
	{ "await", 1, step_await }, /* FD */
	{ "note", 2, step_note }, /* FD TEXT */
	{ "pid", 1, step_pid }, /* FD */
	{ "keeper", 0, step_keeper },
	{ "wrap", 0, step_wrap },
	{ "daemon", 0, step_daemon },
	{ "ignore", 1, step_ignore }, /* SIGNAL */
};

int
main(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc;) {
		const struct step *s = NULL;

		for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++)
			if (strcmp(steps[k].name, argv[i]) == 0)
				s = &steps[k];
		if (s == NULL || s->n_args > argc - i - 1)
			give_up(EXIT_MISUSED, argv[i]);
		s->run(argv + i + 1);
		i += 1 + s->n_args;
	}
	return 0;
}
