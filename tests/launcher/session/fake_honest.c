/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake launcher when it behaves: it runs the plan as its caller, and tells
 * what becomes of it.
 */
#include "fake.h"

#include "plan/take.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH 800 /* above all targets here, and below 1,024 with what comes */

struct child {
	uint64_t request;
	pid_t pid;
	int pidfd;
	bool leads;
};

static struct child children[FAKE_CHILDREN];
static struct plan_memory memory;

static void
run(const struct plan *plan)
{
	int high[FRAME_FDS_MAX];

	if (plan->new_session)
		(void)setsid();
	else if (plan->new_group)
		(void)setpgid(0, 0);
	for (size_t i = 0; i < plan->n_fds; i++)
		high[i] = fcntl(plan->fds[i].source, F_DUPFD, HIGH);
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	(void)syscall(SYS_close_range, 3, HIGH - 1, CLOSE_RANGE_CLOEXEC);
	for (size_t i = 0; i < plan->n_fds; i++)
		(void)dup2(high[i], plan->fds[i].target);
	(void)syscall(SYS_close_range, HIGH, ~0u, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execve(plan->path, plan->argv, plan->envp);
	_exit(PLAN_EXIT_FAILED);
}

/* It has exec'ed, or ended. */
static pid_t
start(const struct plan *plan)
{
	int pair[2] = { -1, -1 };
	char byte;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) != 0)
		_exit(1);
	pid = fork();
	if (pid == 0)
		run(plan);
	(void)close(pair[1]);
	while (read(pair[0], &byte, 1) > 0)
		continue;
	(void)close(pair[0]);
	return pid;
}

static struct child *
find(uint64_t request)
{
	for (size_t i = 0; i < FAKE_CHILDREN; i++)
		if (children[i].request == request)
			return &children[i];
	return NULL;
}

static bool
take(const struct frame *f, struct plan *plan)
{
	static uint8_t bytes[PLAN_SIZE_MAX + 1];
	struct plan_input in = { f->bytes, f->len, fake_received,
				 fake_n_received, 40 };

	if (f->launch.memfd != 0) {
		ssize_t n = pread(fake_received[0], bytes, sizeof(bytes), 0);

		if (n <= 0)
			return false;
		in.data = bytes;
		in.len = (size_t)n;
		in.fds++;
		in.n_fds--;
	}
	return plan_take(&in, &memory, plan) == PLAN_TAKEN;
}

void
fake_launch(const struct frame *f)
{
	struct child *c = find(0);
	struct plan plan = { PLAN_NONE };
	struct frame answer;

	if (c == NULL || !take(f, &plan)) {
		fake_say_failed(f->launch.request, CAISSON_STAGE_LAUNCHER,
				EAGAIN);
		return;
	}
	fake_accept(f->launch.request);
	c->leads = plan.new_group || plan.new_session;
	c->pid = start(&plan);
	c->request = f->launch.request;
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	answer = fake_started(c->request, c->pid);
	fake_say(&answer, c->pidfd);
}

void
fake_signal(const struct frame *f)
{
	const struct frame_signal *s = &f->signal;
	struct child *c = s->child > 0 ? find(s->child) : NULL;
	struct frame answer = { .type = FRAME_ACCEPTED };

	answer.accepted.request = s->request;
	if (s->whom == FRAME_DETACHED) {
		answer.type = FRAME_DENIED;
		answer.denied =
		    (struct frame_denied){ .request = s->request, .field = 10 };
	} else if (c == NULL) {
		fake_say_failed(s->request, CAISSON_STAGE_SIGNAL, ESRCH);
		return;
	} else if (s->whom == FRAME_PROCESS || !c->leads) {
		(void)kill(c->pid, (int)s->signal);
	} else if (kill(-c->pid, (int)s->signal) != 0) {
		(void)kill(c->pid, (int)s->signal);
	}
	fake_say(&answer, -1);
}

void
fake_reap(void)
{
	for (size_t i = 0; i < FAKE_CHILDREN; i++) {
		struct child *c = &children[i];
		struct frame f;
		int status = 0;

		if (c->request == 0 ||
		    waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		f = fake_exited(c->request);
		f.exited.how = WIFEXITED(status) ? CAISSON_HOW_EXITED
						 : CAISSON_HOW_SIGNALLED;
		f.exited.value =
		    (uint64_t)(WIFEXITED(status) ? WEXITSTATUS(status)
						 : WTERMSIG(status));
		f.exited.started_ns = 1;
		f.exited.ended_ns = 2;
		fake_say(&f, -1);
		(void)close(c->pidfd);
		c->request = 0;
	}
}
