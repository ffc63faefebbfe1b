/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child between its clone and its exec: stopped by ptrace at the door of
 * the exec and at system calls before, it has no copy of the secret.  A
 * child of the vfork engine has its launcher's memory, so there it is in the
 * secret's own mapping, and nowhere else.
 */
#include "hunting.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_EVERY 8 /* system calls; and at each exec */

/* What the launching process tells its tracer. */
struct told {
	struct nonce n;
	struct nonce_range range;
	uint32_t engine;
	bool is_leaking;
	size_t size;
};

static struct told *told;

static void
launch(void)
{
	struct caisson_secret *s = nonce_secret(&told->n, told->size);
	struct caisson_launch_options options =
	    *speaking_options(told->engine, s);
	struct caisson_child *child;

	options.setup_timeout_ms = 600000; /* looking takes its time */
	told->range.from = caisson_secret_data(s);
	told->range.len = caisson_secret_len(s);
	if (told->is_leaking)
		(void)nonce_copy(&told->n);
	(void)raise(SIGSTOP);
	child = launching_start(speaking_spec("caisson", "read end ready"),
				&options);
	caisson_secret_free(s);
	speaking_wait_ready(child);
	_exit(launching_finish(child).value);
}

struct watch {
	int launcher;
	int n_calls, n_execs; /* of the child */
	size_t n_found;
	bool has_execed;
};

/* A child that is about to enter a system call. */
static void
look(struct watch *w, int pid)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <=
		0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr == SYS_execve || info.entry.nr == SYS_execveat)
		w->n_execs++;
	else if (w->n_calls++ % LOOK_EVERY != 0)
		return;
	w->n_found += nonce_count_in_memory(&told->n, pid,
					    told->engine == CAISSON_ENGINE_VFORK
						? told->range
						: (struct nonce_range){ 0 });
}

/* One stop: look, and let it go on. */
static void
serve(struct watch *w, int pid, int status)
{
	unsigned int event = (unsigned int)status >> 16;
	int signo = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC)
		w->has_execed = true;
	if (signo == (SIGTRAP | 0x80)) {
		if (pid != w->launcher && !w->has_execed)
			look(w, pid);
		signo = 0;
	} else if (event != 0) {
		signo = 0;
	}
	/* of the launcher only its clones matter */
	(void)ptrace(pid == w->launcher || w->has_execed ? PTRACE_CONT
							 : PTRACE_SYSCALL,
		     pid, NULL, (void *)(uintptr_t)(unsigned int)signo);
}

/* Returns the launcher's exit status. */
static int
trace(struct watch *w)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status, pid;

	assert_int_equal(waitpid(w->launcher, &status, WUNTRACED), w->launcher);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SEIZE, w->launcher, NULL,
				(void *)(uintptr_t)options),
			 0);
	assert_int_equal(kill(w->launcher, SIGCONT), 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			serve(w, pid, status);
		else if (pid == w->launcher)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	fail_msg("it is not there: %s", strerror(errno));
	return -1;
}

static struct watch
watch_launch(uint32_t engine, size_t size, bool is_leaking)
{
	struct watch w = { 0 };

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(told != MAP_FAILED);
	told->n = nonce_new();
	told->engine = engine;
	told->size = size;
	told->is_leaking = is_leaking;
	w.launcher = fork();
	assert_true(w.launcher >= 0);
	if (w.launcher == 0) {
		(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
		launch();
	}
	assert_int_equal(trace(&w), 0);
	(void)munmap(told, sizeof(*told));
	assert_true(w.n_calls > 5);
	assert_true(w.n_execs > 0);
	return w;
}

static void
a_child_about_to_exec_has_no_copy(void **state)
{
	(void)state;
	for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
		assert_int_equal(watch_launch(*e, NONCE_LEN, false).n_found, 0);
		assert_int_equal(watch_launch(*e, 3u << 16, false).n_found, 0);
	}
}

static void
a_copy_would_be_found_there(void **state)
{
	(void)state;
	for (const uint32_t *e = speaking_engines(); *e != 0; e++)
		assert_true(watch_launch(*e, NONCE_LEN, true).n_found > 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_about_to_exec_has_no_copy),
		cmocka_unit_test(a_copy_would_be_found_there),
	};

	return harness_main("secrets_exec", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
