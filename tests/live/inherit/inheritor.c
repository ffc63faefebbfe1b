/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is started with a handshake and does, step by step, what its
 * arguments say; each step is answered by a line on standard output.
 *
 *	inheritor inherit look ready
 */
#include "inheritor.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

static struct caisson_inherited *in;

static void
answer(const char *what, int r, const struct caisson_error *err)
{
	if (r == 0)
		printf("%s 0\n", what);
	else
		printf("%s %d %d %u %s\n", what, r, err->sys_errno, err->stage,
		       err->msg);
	if (r != 0 && err->code != r)
		exit(3);
}

static void
inherit(const struct caisson_inherit_options *options)
{
	struct caisson_error err;
	struct caisson_inherited *before = in;
	int r = caisson_inherit(options, &in, &err);

	answer("inherit", r, &err);
	if (before != NULL)
		printf("%s object\n", before == in ? "same" : "other");
}

static void
step_inherit(const char *argument)
{
	(void)argument;
	inherit(NULL);
}

static void
step_limit(const char *argument)
{
	struct caisson_inherit_options options = {
		.size = sizeof(options), .limit = strtoull(argument, NULL, 10)
	};

	inherit(&options);
}

static void
step_timeout(const char *argument)
{
	struct caisson_inherit_options options = {
		.size = sizeof(options),
		.timeout_ms = strtoull(argument, NULL, 10)
	};

	inherit(&options);
}

/* Options that are wrong, or of a library that is newer. */
static void
step_options(const char *argument)
{
	struct {
		struct caisson_inherit_options options;
		uint64_t tail;
	} newer = { { .size = sizeof(newer) }, 0 };

	if (strcmp(argument, "unsized") == 0)
		newer.options.size = 0;
	if (strcmp(argument, "reserved") == 0)
		newer.options.reserved = 1;
	if (strcmp(argument, "tail") == 0)
		newer.tail = 1;
	if (strcmp(argument, "short") == 0)
		newer.options =
		    (struct caisson_inherit_options){ .size = sizeof(uint32_t),
						      .limit = UINT64_MAX };
	inherit(&newer.options);
}

static void
step_nowhere(const char *argument)
{
	struct caisson_error err;

	(void)argument;
	answer("nowhere", caisson_inherit(NULL, NULL, &err), &err);
	if (caisson_inherit(NULL, NULL, NULL) != CAISSON_E_USAGE)
		exit(3);
}

static pthread_barrier_t barrier;

static void *
one_thread(void *result)
{
	struct caisson_error err;
	struct caisson_inherited **mine = result;

	(void)pthread_barrier_wait(&barrier);
	if (caisson_inherit(NULL, mine, &err) < 0)
		*mine = NULL;
	else if (caisson_inherited_ready(*mine, &err) < 0)
		*mine = NULL;
	return NULL;
}

static void
step_threads(const char *argument)
{
	struct caisson_inherited *got[THREADS] = { NULL };
	pthread_t threads[THREADS];
	int same = 0;

	(void)argument;
	(void)pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, one_thread, &got[i]) != 0)
			exit(3);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		same += got[i] != NULL && got[i] == got[0];
	printf("threads %d\n", same);
	in = got[0];
}

static void
step_look(const char *argument)
{
	struct caisson_bytes config = caisson_inherited_config(in), key, value;
	const struct caisson_config *map = caisson_inherited_config_map(in);
	const struct caisson_secret *secret = caisson_inherited_secret(in);

	(void)argument;
	printf("protocol %s\n", caisson_inherited_protocol(in));
	look_at_bytes("config", config.data, config.len);
	if (secret == NULL)
		printf("secret none\n");
	else
		look_at_bytes("secret", caisson_secret_data(secret),
			      caisson_secret_len(secret));
	printf("map %s\n", map == NULL ? "none" : "");
	for (size_t i = 0; map != NULL && i < caisson_config_count(map); i++) {
		caisson_config_entry(map, i, &key, &value);
		printf("entry %.*s=%.*s\n", (int)key.len,
		       (const char *)key.data, (int)value.len,
		       (const char *)value.data);
	}
}

static void
step_release(const char *argument)
{
	const void *at = caisson_secret_data(caisson_inherited_secret(in));

	(void)argument;
	printf("mapped %s\n", look_at_mapping(at) ? "yes" : "no");
	caisson_inherited_release_secret(in);
	printf("mapped %s\n", look_at_mapping(at) ? "yes" : "no");
	printf("secret %s\n", caisson_inherited_secret(in) ? "there" : "none");
	caisson_inherited_release_secret(in);
}

static void
step_ready(const char *argument)
{
	struct caisson_error err;

	(void)argument;
	answer("ready", caisson_inherited_ready(in, &err), &err);
}

static void
step_failed(const char *argument)
{
	struct caisson_error err;

	answer("failed", caisson_inherited_failed(in, argument, &err), &err);
}

static void
step_failed_null(const char *argument)
{
	(void)argument;
	step_failed(NULL);
}

static void
step_extra(const char *argument)
{
	struct caisson_error err;
	int fd = -1;
	uint32_t i = (uint32_t)strtoul(argument, NULL, 10);

	answer("extra", caisson_inherited_fd(in, i, &fd, &err), &err);
	if (fd >= 0)
		look_at_fd(fd);
}

static void
step_fd(const char *argument)
{
	look_at_fd(atoi(argument));
}

static void
step_env(const char *argument)
{
	(void)argument;
	look_at_env();
}

static void
step_setenv(const char *argument)
{
	(void)setenv(argument, "1", 1);
}

static void
step_fds(const char *argument)
{
	(void)argument;
	look_at_fds();
}

/* The rest of the steps is done by a fork, while this process waits. */
static void
step_fork(const char *argument)
{
	int status;

	(void)argument;
	(void)fflush(stdout);
	if (fork() == 0)
		return;
	(void)wait(&status);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
}

/*
 * ... by a fork that is number 1 of a pid namespace of its own, as its parent
 * may be in another.
 */
static void
step_first(const char *argument)
{
	int user = geteuid() == 0 ? 0 : CLONE_NEWUSER;

	if (unshare(CLONE_NEWPID | user) == 0) {
		step_fork(argument);
		printf("number %d\n", getpid());
		return;
	}
	printf("namespace refused\n");
	(void)fflush(stdout);
	exit(0);
}

static void
step_exec(const char *argument)
{
	char step[16];

	(void)snprintf(step, sizeof(step), "%s", argument);
	(void)fflush(stdout);
	(void)execl("/proc/self/exe", "inheritor", step, (char *)NULL);
	exit(5);
}

static void
step_line(const char *argument)
{
	char line[16];

	(void)argument;
	printf("waiting\n");
	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		exit(6);
}

static void
step_sigpipe(const char *argument)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	if (strcmp(argument, "block") == 0)
		(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (strcmp(argument, "raise") == 0)
		(void)raise(SIGPIPE);
	look_at_sigpipe();
}

static const struct step {
	const char *name;
	bool has_argument;
	void (*run)(const char *);
} steps[] = {
	{ "inherit", false, step_inherit },
	{ "limit", true, step_limit },
	{ "timeout", true, step_timeout },
	{ "options", true, step_options },
	{ "nowhere", false, step_nowhere },
	{ "threads", false, step_threads },
	{ "look", false, step_look },
	{ "release", false, step_release },
	{ "ready", false, step_ready },
	{ "failed", true, step_failed },
	{ "failed-null", false, step_failed_null },
	{ "extra", true, step_extra },
	{ "fd", true, step_fd },
	{ "fds", false, step_fds },
	{ "env", false, step_env },
	{ "setenv", true, step_setenv },
	{ "fork", false, step_fork },
	{ "first", false, step_first },
	{ "exec", true, step_exec },
	{ "line", false, step_line },
	{ "sigpipe", true, step_sigpipe },
};

static const struct step *
find(const char *name)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].name, name) == 0)
			return &steps[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct step *step = find(argv[i]);

		if (step == NULL || (step->has_argument && ++i == argc))
			return 2;
		step->run(argv[i]);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
