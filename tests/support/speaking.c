/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launching the speaker by the public interface only.  Whatever cannot work
 * here fails the test that asked.
 */
#include "speaking.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 64

const char *const speaking_protocols[] = { "caisson", "v23", "veyron", NULL };

/* A call of the library that must work. */
static void
must(int r, const struct caisson_error *err)
{
	if (r != 0)
		fail_msg("%s at %s: %s", caisson_code_name(err->code),
			 caisson_stage_name(err->stage), err->msg);
}

const uint32_t *
speaking_engines(void)
{
	static const uint32_t all[] = { CAISSON_ENGINE_VFORK,
					CAISSON_ENGINE_FORK,
					CAISSON_ENGINE_AUTO };

	return harness_is_root() ? all + 1 : all;
}

const char *
speaking_mark(void)
{
	static char mark[48];
	static int made_by;

	if (made_by != getpid()) {
		made_by = getpid();
		(void)snprintf(mark, sizeof(mark), "speaker-%d", made_by);
	}
	return mark;
}

static void
set_words(struct caisson_spec *spec, const char *protocol, const char *script)
{
	const char *argv[WORDS_MAX] = { harness_speaker(), "protocol", protocol,
					"mark", speaking_mark() };
	struct caisson_error err;
	char *copy = strdup(script), *rest = NULL;
	size_t n = 5;

	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		assert_true(n < WORDS_MAX - 1);
		argv[n++] = word;
	}
	argv[n] = NULL;
	must(caisson_spec_set_argv(spec, argv, &err), &err);
	free(copy);
}

struct caisson_spec *
speaking_spec(const char *protocol, const char *script)
{
	struct caisson_spec *spec = NULL;
	struct caisson_error err;

	must(caisson_spec_new(&spec, &err), &err);
	must(caisson_spec_set_path(spec, harness_speaker(), &err), &err);
	set_words(spec, protocol, script);
	must(caisson_spec_fd_pipe(spec, 0, CAISSON_TO_CHILD, &err), &err);
	must(caisson_spec_fd_pipe(spec, 1, CAISSON_FROM_CHILD, &err), &err);
	must(caisson_spec_set_handshake(spec, protocol, &err), &err);
	must(caisson_spec_set_handshake_ready_timeout_ms(spec,
							 LAUNCHING_PATIENCE_MS,
							 &err),
	     &err);
	return spec;
}

struct caisson_secret *
speaking_secret(const void *data, size_t len)
{
	struct caisson_secret *secret = NULL;
	struct caisson_error err;

	must(caisson_secret_new(data, len, &secret, &err), &err);
	return secret;
}

const struct caisson_launch_options *
speaking_options(uint32_t engine, const struct caisson_secret *secret)
{
	static _Thread_local struct caisson_launch_options options;

	memset(&options, 0, sizeof(options));
	options.size = sizeof(options);
	options.engine = engine;
	options.secret = secret;
	return &options;
}

static unsigned long long
fnv(struct caisson_bytes bytes)
{
	const unsigned char *p = bytes.data;
	unsigned long long h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

const char *
speaking_digest(struct caisson_bytes config, struct caisson_bytes secret)
{
	return harness_text("%zu %016llx %zu %016llx", config.len, fnv(config),
			    secret.len, fnv(secret));
}

struct caisson_bytes
speaking_empty_config(const char *protocol)
{
	static const char v23[] = "\x81\x51\x06\x05\x01\x03\x02\x03\xe1\x52"
				  "\x01";
	static const char veyron[] = "\xff\x81\x06\x16\x01\x03\x01\x03\x00"
				     "\xff\x82\x01";

	/* the terminating 0 is the last byte: no entries */
	if (strcmp(protocol, "v23") == 0)
		return (struct caisson_bytes){ v23, sizeof(v23) };
	if (strcmp(protocol, "veyron") == 0)
		return (struct caisson_bytes){ veyron, sizeof(veyron) };
	return (struct caisson_bytes){ "", 0 };
}

struct caisson_readiness
speaking_state(const struct caisson_child *child)
{
	struct caisson_readiness r = { .size = sizeof(r) };

	caisson_child_readiness(child, &r);
	assert_non_null(r.message);
	return r;
}

void
speaking_wait_ready(struct caisson_child *child)
{
	struct caisson_error err;

	must(caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS, &err),
	     &err);
}

void
speaking_adopt(void)
{
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

/* Is one of its arguments the mark? */
static bool
is_marked(const char *pid)
{
	static _Thread_local char line[1 << 16];
	int fd =
	    open(harness_text("/proc/%s/cmdline", pid), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	for (char *p = line; p < line + n; p += strlen(p) + 1)
		if (strcmp(p, speaking_mark()) == 0)
			return true;
	return false;
}

/* signo 0: none is sent. */
static int
each_marked(int signo)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' ||
		    !is_marked(e->d_name))
			continue;
		(void)kill((pid_t)strtol(e->d_name, NULL, 10), signo);
		n++;
	}
	(void)closedir(dir);
	return n;
}

int
speaking_count(void)
{
	return each_marked(0);
}

void
speaking_kill_all(void)
{
	(void)each_marked(SIGKILL);
}

/* Who is being killed has no arguments any more, but is still our child. */
void
speaking_assert_nobody(void)
{
	int n = 0;

	for (unsigned int ms = 0; ms < LAUNCHING_PATIENCE_MS; ms += 2) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid > 0)
			continue;
		n = speaking_count();
		if (n == 0 && pid < 0 && errno == ECHILD)
			break;
		(void)usleep(2000);
	}
	if (n != 0)
		fail_msg("%d processes are left over", n);
	harness_assert_childless();
}
