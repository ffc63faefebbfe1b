/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many launches at once, each with another secret: every program gets its own.
 * Beside them others fork, with the fork lock and without.
 *
 *	secrets_mixup [--launches=N]
 *
 * CAISSON_TEST_LAUNCHES in the environment does the same where arguments
 * cannot be given.
 */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS    8u
#define BATCH      8u /* that a thread has running: 64 in all */
#define FORKERS    2u
#define SECRET_MAX 9000u

static atomic_bool is_over;
static bool was_open[1024]; /* before anything was launched */

struct worker {
	pthread_t thread;
	unsigned int number;
	unsigned long launches;
	char problem[300];
};

struct one {
	struct caisson_child *child;
	struct caisson_secret *secret;
	uint8_t bytes[SECRET_MAX];
	size_t len;
	int protocol;
};

/* cmocka's assertions belong to the main thread. */
static bool
problem(struct worker *w, const char *what, const char *detail)
{
	(void)snprintf(w->problem, sizeof(w->problem), "%s: %s", what, detail);
	return false;
}

/* Unlike any other in every part of it; some fill more than a page. */
static void
choose_secret(struct one *o, unsigned int thread, unsigned long i)
{
	uint64_t x = ((uint64_t)thread + 1) << 32 | (i + 1);

	o->len = 16 + (size_t)(i * 37 % (SECRET_MAX - 16));
	for (size_t k = 0; k < o->len; k++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		o->bytes[k] = (uint8_t)(x >> 56);
	}
}

/* As any caller does: shared by no two threads. */
static int
make_spec(const char *protocol, struct caisson_spec **out,
	  struct caisson_error *err)
{
	const char *argv[] = { harness_speaker(),
			       "protocol",
			       protocol,
			       "single",
			       "end",
			       "digest",
			       "1",
			       "ready",
			       "exit",
			       "0",
			       NULL };
	int r = caisson_spec_new(out, err);

	if (r == 0)
		r = caisson_spec_set_path(*out, argv[0], err);
	if (r == 0)
		r = caisson_spec_set_argv(*out, argv, err);
	if (r == 0)
		r = caisson_spec_fd_pipe(*out, 1, CAISSON_FROM_CHILD, err);
	if (r == 0)
		r = caisson_spec_set_handshake(*out, protocol, err);
	if (r == 0)
		r = caisson_spec_set_handshake_ready_timeout_ms(*out, 600000,
								err);
	if (r == 0)
		r = caisson_spec_freeze(*out, err);
	return r;
}

static bool
start(struct worker *w, struct one *o)
{
	/* the deadlines are for others to test */
	struct caisson_launch_options options = { .size = sizeof(options),
						  .setup_timeout_ms = 600000 };
	struct caisson_spec *spec = NULL;
	struct caisson_error err;
	int r = caisson_secret_new(o->bytes, o->len, &o->secret, &err);

	if (r == 0)
		r = make_spec(speaking_protocols[o->protocol], &spec, &err);
	options.secret = o->secret;
	if (r == 0)
		r = caisson_launch(spec, &options, &o->child, &err);
	caisson_spec_free(spec);
	caisson_secret_free(o->secret);
	return r == 0 || problem(w, "launch", err.msg);
}

static bool
finish(struct worker *w, struct one *o)
{
	struct caisson_bytes secret = { o->bytes, o->len };
	const char *want = speaking_digest(speaking_empty_config(
					       speaking_protocols[o->protocol]),
					   secret);
	char line[128] = "";
	struct caisson_error err;
	struct caisson_exit e;

	if (caisson_child_wait_ready(o->child, CAISSON_FOREVER, &err) != 0)
		return problem(w, "ready", err.msg);
	if (read(caisson_child_fd(o->child, 1), line, sizeof(line) - 1) <= 0 ||
	    strncmp(line, want, strlen(want)) != 0)
		return problem(w, "another secret", line);
	if (caisson_child_wait(o->child, CAISSON_FOREVER, &e, &err) != 0)
		return problem(w, "wait", err.msg);
	if (e.how != CAISSON_HOW_EXITED || e.value != 0)
		return problem(w, "exit", "not 0");
	return true;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct one *batch = calloc(BATCH, sizeof(*batch));

	for (unsigned long i = 0; batch != NULL && i < w->launches;
	     i += BATCH) {
		bool ok = true;

		for (unsigned int k = 0; k < BATCH; k++) {
			batch[k].child = NULL;
			batch[k].protocol = (int)((i + k) % 3);
			choose_secret(&batch[k], w->number, i + k);
			ok = ok && start(w, &batch[k]);
		}
		for (unsigned int k = 0; k < BATCH; k++) {
			ok = ok && finish(w, &batch[k]);
			caisson_child_free(batch[k].child);
		}
		if (!ok)
			break;
	}
	free(batch);
	return NULL;
}

struct forker {
	pthread_t thread;
	bool has_lock;
	unsigned long forks;
	bool has_seen; /* a secret, or a descriptor that takes one */
};

/* In a fork: what a launch must not have shown to it. */
static bool
sees_a_payload(void)
{
	for (int fd = 3; fd < 1024; fd++) {
		int waiting = 0, flags = fcntl(fd, F_GETFL);
		char name[64];
		ssize_t n;

		if (flags < 0 || was_open[fd])
			continue;
		n = readlink(harness_text("/proc/self/fd/%d", fd), name,
			     sizeof(name) - 1);
		name[n < 0 ? 0 : n] = '\0';
		if (strncmp(name, "/memfd:", 7) == 0)
			return true;
		if (strncmp(name, "pipe:", 5) != 0)
			continue;
		/* a status or a digest is much shorter than a payload */
		if ((flags & O_ACCMODE) == O_WRONLY ||
		    (ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 512))
			return true;
	}
	return false;
}

/* The look itself: it sees what it is to see, and nothing else. */
static void
look_at_a_control(void)
{
	int fd[2], memfd = memfd_create("control", MFD_CLOEXEC);

	assert_true(sees_a_payload());
	(void)close(memfd);
	assert_false(sees_a_payload());
	assert_int_equal(caisson_pipe(fd), 0);
	assert_true(sees_a_payload());
	assert_int_equal(write(fd[1], speaking_mark(), 10), 10);
	(void)close(fd[1]);
	assert_false(sees_a_payload());
	(void)close(fd[0]);
}

/* Who holds the lock shows and sees nothing; who does not still ends. */
static void *
fork_on(void *arg)
{
	struct forker *f = arg;
	int status = 0;

	while (!atomic_load(&is_over)) {
		pid_t pid;

		if (f->has_lock)
			caisson_fork_lock_exclusive();
		pid = fork();
		if (pid == 0)
			_exit(f->has_lock && sees_a_payload());
		if (f->has_lock)
			caisson_fork_unlock_exclusive();
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
			f->has_seen = true;
		f->forks++;
		(void)usleep(500);
	}
	return NULL;
}

static unsigned long
launches(void)
{
	const char *text = getenv("CAISSON_TEST_LAUNCHES");
	unsigned long otherwise = 2000;

	if (text != NULL)
		otherwise = strtoul(text, NULL, 10);
	return harness_argument("--launches", otherwise);
}

static void
launch_from_threads(bool are_forking)
{
	static struct worker workers[THREADS];
	static struct forker forkers[FORKERS];
	json_t *before;

	harness_first_thread();
	before = harness_snapshot();
	for (int fd = 0; fd < 1024; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	look_at_a_control();
	atomic_store(&is_over, false);
	for (unsigned int i = 0; are_forking && i < FORKERS; i++) {
		forkers[i] = (struct forker){ .has_lock = i % 2 == 0 };
		assert_int_equal(pthread_create(&forkers[i].thread, NULL,
						fork_on, &forkers[i]),
				 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i] =
		    (struct worker){ .number = i,
				     .launches = launches() / THREADS };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	atomic_store(&is_over, true);
	for (unsigned int i = 0; are_forking && i < FORKERS; i++) {
		assert_int_equal(pthread_join(forkers[i].thread, NULL), 0);
		assert_true(forkers[i].forks > 0);
		if (forkers[i].has_seen)
			fail_msg("a fork has a descriptor of a launch");
	}
	for (unsigned int i = 0; i < THREADS; i++)
		if (workers[i].problem[0] != '\0')
			fail_msg("thread %u: %s", i, workers[i].problem);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
each_program_gets_its_own_secret(void **state)
{
	(void)state;
	launch_from_threads(false);
}

static void
who_forks_beside_it_has_nothing_of_it(void **state)
{
	(void)state;
	launch_from_threads(true);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_gets_its_own_secret),
		cmocka_unit_test(who_forks_beside_it_has_nothing_of_it),
	};

	return harness_main("secrets_mixup", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
