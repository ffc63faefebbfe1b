/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_launcher [--json] [--quick] PROGRAM: the start of a small program as
 * another user, and its end: through a launcher that is kept, through one for
 * each launch, by root's own fork, and by sudo and doas where they are.  Each
 * contender is a process of its own in a test town; they take turns.  Fails
 * when one of caisson's cannot be run, never because of a figure.
 */
#include "bench.h"
#include "caisson.h"
#include "caisson_session.h"
#include "town.h"

#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 400u
#define QUICK  60u

struct contender {
	const char *name;
	const char *tool; /* NULL: the library */
	uint32_t engine;
	bool kept;
	int in, out; /* pipes: a byte asks for a launch, 8 answer */
	struct bench_series series;
};

static struct contender contenders[] = {
	{ .name = "launcher, kept",
	  .engine = CAISSON_ENGINE_LAUNCHER,
	  .kept = true },
	{ .name = "launcher, each time", .engine = CAISSON_ENGINE_LAUNCHER },
	{ .name = "fork, as root", .engine = CAISSON_ENGINE_FORK },
	{ .name = "sudo", .tool = "/usr/bin/sudo" },
	{ .name = "doas", .tool = "/usr/bin/doas" },
};
#define CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))

static const char *program;

static bool
is_there(const struct contender *c)
{
	return c->tool == NULL || access(c->tool, X_OK) == 0;
}

static bool
write_file(const char *path, const char *how, const char *text, mode_t mode)
{
	FILE *file = fopen(path, how);
	bool fine = file != NULL && fputs(text, file) >= 0;

	if (file != NULL)
		fine = fclose(file) == 0 && fine;
	return fine && chmod(path, mode) == 0;
}

/* In the town's own /etc. */
static bool
permit(void)
{
	char grants[512];

	(void)snprintf(grants, sizeof(grants),
		       "permit user agent as user builder {\n"
		       "\tprogram %s\n}\n",
		       program);
	/* sudo asks PAM, which wants an account there */
	return town_grant(grants) &&
	       write_file("/etc/sudoers", "we",
			  "agent ALL=(builder) NOPASSWD: ALL\n", 0440) &&
	       write_file("/etc/doas.conf", "we",
			  "permit nopass agent as builder\n", 0400) &&
	       write_file("/etc/shadow", "ae",
			  "agent:*:20000:0:99999:7:::\n"
			  "builder:*:20000:0:99999:7:::\n",
			  0600);
}

static struct caisson_spec *
make_spec(void)
{
	struct caisson_error err = { 0 };
	struct caisson_spec *spec = NULL;
	char text[1024];
	int n = snprintf(
	    text, sizeof(text),
	    "{\"version\":1,\"path\":\"%s\",\"argv\":[\"it\",\"exit\",\"0\"],"
	    "\"credentials\":{\"uid\":%u,\"gid\":%u,\"groups\":[%u,%u]},"
	    "\"process\":{\"tty\":\"detach\"},\"stdio\":{\"stdin\":\"null\"}}",
	    program, town_id(TOWN_BUILDER), town_id(TOWN_BUILDER),
	    town_id(TOWN_BUILDER), town_id(TOWN_GROUP_CREW));

	if (caisson_spec_parse(text, (size_t)n, &spec, &err) < 0) {
		(void)fprintf(stderr, "bench_launcher: %s\n", err.msg);
		exit(1);
	}
	return spec;
}

static void
launch(const struct caisson_spec *spec,
       const struct caisson_launch_options *options)
{
	struct caisson_child *child = NULL;
	struct caisson_error err = { 0 };
	struct caisson_exit ended = { 0 };

	if (caisson_launch(spec, options, &child, &err) < 0 ||
	    caisson_child_wait(child, CAISSON_FOREVER, &ended, &err) < 0 ||
	    ended.how != CAISSON_HOW_EXITED || ended.value != 0) {
		(void)fprintf(stderr, "bench_launcher: %s\n", err.msg);
		exit(1);
	}
	caisson_child_free(child);
}

static void
spawn(const struct contender *c)
{
	char tool[64], path[256];
	char *argv[] = { tool,
			 (char[]){ "-n" },
			 (char[]){ "-u" },
			 (char[]){ "builder" },
			 path,
			 (char[]){ "exit" },
			 (char[]){ "0" },
			 NULL };
	char *none[] = { NULL };
	int status = -1;
	pid_t pid;

	(void)snprintf(tool, sizeof(tool), "%s", c->tool);
	(void)snprintf(path, sizeof(path), "%s", program);
	if (posix_spawn(&pid, tool, NULL, NULL, argv, none) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		(void)fprintf(stderr, "bench_launcher: %s: status %d\n",
			      c->tool, status);
		exit(1);
	}
}

/* In a process of its own, until nobody asks any more. */
static void
work(struct contender *c)
{
	struct caisson_session_options how = { .size = sizeof(how),
					       .launcher = TOWN_LAUNCHER };
	struct caisson_launch_options options = { .size = sizeof(options),
						  .engine = c->engine,
						  .launcher = TOWN_LAUNCHER };
	struct caisson_spec *spec = make_spec();
	struct caisson_error err = { 0 };
	char byte;

	if (c->engine != CAISSON_ENGINE_FORK)
		town_become(TOWN_AGENT);
	if (c->kept && caisson_session_open(&how, &options.session, &err) < 0) {
		(void)fprintf(stderr, "bench_launcher: %s\n", err.msg);
		exit(1);
	}
	while (read(c->in, &byte, 1) == 1) {
		uint64_t ns = bench_now_ns();

		if (c->tool != NULL)
			spawn(c);
		else
			launch(spec, &options);
		ns = bench_now_ns() - ns;
		if (write(c->out, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	caisson_session_close(options.session);
	caisson_spec_free(spec);
	exit(0);
}

static bool
start(struct contender *c)
{
	int ask[2], answer[2];
	pid_t pid;

	if (pipe(ask) < 0 || pipe(answer) < 0 || (pid = fork()) < 0)
		return false;
	c->in = pid == 0 ? ask[0] : answer[0];
	c->out = pid == 0 ? answer[1] : ask[1];
	(void)close(pid == 0 ? ask[1] : ask[0]);
	(void)close(pid == 0 ? answer[0] : answer[1]);
	if (pid == 0) {
		for (struct contender *o = contenders; o < c; o++)
			if (is_there(o)) {
				(void)close(o->in);
				(void)close(o->out);
			}
		work(c);
	}
	return true;
}

static bool
turn(struct contender *c, bool counts)
{
	uint64_t ns;

	if (write(c->out, "g", 1) != 1 ||
	    read(c->in, &ns, sizeof(ns)) != sizeof(ns))
		return false;
	if (counts)
		bench_add(&c->series, ns);
	return true;
}

static void
report(bool json)
{
	uint64_t least = bench_stats(&contenders[0].series).median;

	for (struct contender *c = contenders; c < contenders + CONTENDERS;
	     c++) {
		struct bench_stats s = bench_stats(&c->series);

		if (c->series.n == 0)
			(void)fprintf(stderr,
				      "bench_launcher: %s is not "
				      "installed\n",
				      c->name);
		else
			(void)printf(
			    json ? "{\"launcher\": \"%s\", \"us\": %.0f, "
				   "\"p90_us\": %.0f, \"ratio\": %.2f}\n"
				 : "%-20s %7.0f us (p90 %7.0f)  %6.2f\n",
			    c->name, (double)s.median / 1e3,
			    (double)s.p90 / 1e3,
			    (double)s.median / (double)least);
	}
}

int
main(int argc, char **argv)
{
	bool json = false, quick = false;
	int out;

	for (int i = 1; i < argc; i++) {
		json = json || strcmp(argv[i], "--json") == 0;
		quick = quick || strcmp(argv[i], "--quick") == 0;
	}
	town_enter();
	program = strdup(town_install(argv[argc - 1]));
	/* what others say is not a figure */
	if (program == NULL || (out = dup(1)) < 0 || dup2(2, 1) < 0 ||
	    !permit() || dup2(out, 1) < 0 || close(out) < 0)
		return 1;
	for (size_t i = 0; i < CONTENDERS; i++)
		if (is_there(&contenders[i]) && !start(&contenders[i]))
			return 1;
	/* the first turns are for caches */
	for (unsigned n = 0; n < 5 + (quick ? QUICK : ROUNDS); n++)
		for (size_t i = 0; i < CONTENDERS; i++)
			if (is_there(&contenders[i]) &&
			    !turn(&contenders[i], n >= 5))
				return 1;
	report(json);
	return 0;
}
