/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launcher that has no privilege and asks for no grants.  By the name under
 * which it is started it behaves ("honest") or misbehaves; the table at the end
 * has all names.  It runs programs as its caller.
 */
#include "plan/frame.h"
#include "plan/start.h"
#include "plan/take.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 64

struct child {
	uint64_t request;
	pid_t pid;
	int pidfd;
	bool leads;
};

static struct child children[CHILDREN];
static uint8_t message[FRAME_SIZE_MAX];
static int received[FRAME_FDS_MAX];
static size_t n_received;
static struct plan_memory memory;

static void
say_bytes(const void *bytes, size_t len, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec io;
	struct msghdr msg = { .msg_iov = &io, .msg_iovlen = 1 };

	memcpy(message, bytes, len);
	io.iov_base = message;
	io.iov_len = len;
	memset(&control, 0, sizeof(control));
	if (n > 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	}
	(void)sendmsg(START_SOCKET, &msg, MSG_NOSIGNAL);
}

static void
say(const struct frame *f, int fd)
{
	static uint8_t bytes[FRAME_SIZE_MAX];
	size_t len = frame_encode(f, bytes, sizeof(bytes));

	if (len == 0)
		_exit(1);
	say_bytes(bytes, len, &fd, fd >= 0 ? 1 : 0);
}

static void
welcome(uint64_t version)
{
	struct frame f = { .type = FRAME_WELCOME };

	f.welcome =
	    (struct frame_welcome){ version, PLAN_SIZE_MAX, FRAME_INLINE_MAX,
				    FRAME_FDS_MAX, CHILDREN };
	say(&f, -1);
}

static void
accept_it(uint64_t request)
{
	static const char file[] = "grants";
	struct frame f = { .type = FRAME_ACCEPTED };

	f.accepted = (struct frame_accepted){ request, 7 };
	f.bytes = (const uint8_t *)file;
	f.len = sizeof(file) - 1;
	say(&f, -1);
}

static void
say_failed(uint64_t request, uint64_t stage, int error)
{
	struct frame f = { .type = FRAME_FAILED };

	f.failed = (struct frame_failed){ request, -CAISSON_E_SYSTEM, stage,
					  (uint64_t)error, 0 };
	say(&f, -1);
}

static struct frame
started(uint64_t request, pid_t pid)
{
	struct frame f = { .type = FRAME_STARTED, .n_fds = 1 };

	f.started = (struct frame_started){
		request, (uint64_t)pid, (uint64_t)pid, 1, 20, 022, 0
	};
	return f;
}

static struct frame
exited(uint64_t request)
{
	struct frame f = { .type = FRAME_EXITED };

	f.exited.request = request;
	f.exited.how = CAISSON_HOW_EXITED;
	return f;
}

/* ---- honest ----------------------------------------------------------- */

static void
run(const struct plan *plan)
{
	int high[FRAME_FDS_MAX];

	if (plan->new_session)
		(void)setsid();
	else if (plan->new_group)
		(void)setpgid(0, 0);
	for (size_t i = 0; i < plan->n_fds; i++)
		high[i] = fcntl(plan->fds[i].source, F_DUPFD, 2000);
	(void)syscall(SYS_close_range, 0, 1999, 0);
	for (size_t i = 0; i < plan->n_fds; i++)
		(void)dup2(high[i], plan->fds[i].target);
	(void)syscall(SYS_close_range, 2000, ~0u, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execve(plan->path, plan->argv, plan->envp);
	_exit(PLAN_EXIT_FAILED);
}

static struct child *
find(uint64_t request)
{
	for (size_t i = 0; i < CHILDREN; i++)
		if (children[i].request == request)
			return &children[i];
	return NULL;
}

static bool
take(const struct frame *f, struct plan *plan)
{
	static uint8_t bytes[PLAN_SIZE_MAX + 1];
	struct plan_input in = { f->bytes, f->len, received, n_received, 40 };

	if (f->launch.memfd != 0) {
		ssize_t n = pread(received[0], bytes, sizeof(bytes), 0);

		if (n <= 0)
			return false;
		in.data = bytes;
		in.len = (size_t)n;
		in.fds++;
		in.n_fds--;
	}
	return plan_take(&in, &memory, plan) == PLAN_TAKEN;
}

static void
launch_honestly(const struct frame *f)
{
	struct child *c = find(0);
	struct plan plan = { PLAN_NONE };
	struct frame answer;

	if (c == NULL || !take(f, &plan)) {
		say_failed(f->launch.request, CAISSON_STAGE_LAUNCHER, EAGAIN);
		return;
	}
	accept_it(f->launch.request);
	c->leads = plan.new_group || plan.new_session;
	c->pid = fork();
	if (c->pid == 0)
		run(&plan);
	c->request = f->launch.request;
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	answer = started(c->request, c->pid);
	say(&answer, c->pidfd);
}

static void
signal_honestly(const struct frame *f)
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
		say_failed(s->request, CAISSON_STAGE_SIGNAL, ESRCH);
		return;
	} else if (s->whom == FRAME_PROCESS || !c->leads) {
		(void)kill(c->pid, (int)s->signal);
	} else if (kill(-c->pid, (int)s->signal) != 0) {
		(void)kill(c->pid, (int)s->signal);
	}
	say(&answer, -1);
}

static void
reap(void)
{
	for (size_t i = 0; i < CHILDREN; i++) {
		struct child *c = &children[i];
		struct frame f;
		int status = 0;

		if (c->request == 0 ||
		    waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		f = exited(c->request);
		f.exited.how = WIFEXITED(status) ? CAISSON_HOW_EXITED
						 : CAISSON_HOW_SIGNALLED;
		f.exited.value =
		    (uint64_t)(WIFEXITED(status) ? WEXITSTATUS(status)
						 : WTERMSIG(status));
		f.exited.started_ns = 1;
		f.exited.ended_ns = 2;
		say(&f, -1);
		(void)close(c->pidfd);
		c->request = 0;
	}
}

/* ---- otherwise -------------------------------------------------------- */

static const char *name;
static int devnull;

static void
deny(const struct frame *f)
{
	unsigned long long n[5] = { 0, 0, 0, 0, 0 };
	struct frame d = { .type = FRAME_DENIED };

	if (sscanf(name, "denied_%llu_%llu_%llu_%llu_%llu", &n[0], &n[1], &n[2],
		   &n[3], &n[4]) != 5)
		_exit(1);
	d.denied = (struct frame_denied){
		f->launch.request, n[0], n[1], n[2], n[3], n[4]
	};
	d.bytes = (const uint8_t *)"grants";
	d.len = n[0] > 0 ? 6 : 0;
	say(&d, -1);
}

static void
fail(const struct frame *f)
{
	unsigned long long n[4] = { 0, 0, 0, 0 };
	struct frame d = { .type = FRAME_FAILED };

	if (sscanf(name, "failed_%llu_%llu_%llu_%llu", &n[0], &n[1], &n[2],
		   &n[3]) != 4)
		_exit(1);
	d.failed =
	    (struct frame_failed){ f->launch.request, n[0], n[1], n[2], n[3] };
	say(&d, -1);
}

static bool
is(const char *what)
{
	return strncmp(name, what, strlen(what)) == 0;
}

static void
launch_raw(const struct frame *f)
{
	struct frame s = started(f->launch.request, getpid());
	uint8_t bytes[256];
	int fds[2] = { devnull, devnull };
	size_t len = frame_encode(&s, bytes, sizeof(bytes));

	accept_it(f->launch.request);
	if (is("no-pidfd"))
		say_bytes(bytes, len, NULL, 0);
	else if (is("two-fds"))
		say_bytes(bytes, len, fds, 2);
	else if (is("many-fds"))
		say_bytes(bytes, len, (int[]){ 0, 0, 0, 0, 0, 0, 0, devnull },
			  8);
	else if (is("not-a-pidfd"))
		say_bytes(bytes, len, fds, 1);
	else if (is("cut"))
		say_bytes(bytes, len - 1, fds, 1);
	else
		say_bytes(memory.argv, 8192, NULL, 0); /* too-long */
}

static void
launch_badly(const struct frame *f)
{
	uint64_t request = f->launch.request;
	struct frame s = started(request, getpid()), e = exited(request);

	if (is("garbled"))
		say_bytes("nonsense, and more of it", 24, NULL, 0);
	else if (is("wrong-number"))
		accept_it(request + 5);
	else if (is("started-first"))
		say(&s, devnull);
	else if (is("exited-first"))
		say(&e, -1);
	else if (is("welcome-again"))
		welcome(FRAME_VERSION);
	else if (is("dies-at-launch"))
		_exit(3);
	else if (is("killed-at-launch"))
		(void)raise(SIGKILL);
	else if (is("refused"))
		say(&(struct frame){ .type = FRAME_REFUSED,
				     .refused = { FRAME_BAD_TYPE, 2 } },
		    -1);
	else if (is("twice") || is("dies-accepted") || is("mute-accepted"))
		accept_it(request);
	else if (!is("mute"))
		launch_raw(f);
	if (is("twice"))
		accept_it(request);
	if (is("dies-accepted"))
		_exit(3);
}

static void
request(const struct frame *f)
{
	if (f->type == FRAME_CLOSE)
		_exit(0);
	if (f->type == FRAME_SIGNAL && !is("mute"))
		signal_honestly(f);
	if (f->type != FRAME_LAUNCH)
		return;
	if (is("honest") || is("dies-running"))
		launch_honestly(f);
	else if (is("denied_"))
		deny(f);
	else if (is("failed_"))
		fail(f);
	else
		launch_badly(f);
	if (is("dies-running"))
		_exit(0);
}

/* Before, or instead of, WELCOME. */
static void
begin(void)
{
	if (is("step"))
		_exit(START_EXIT + atoi(name + 4));
	if (is("status"))
		_exit(atoi(name + 6));
	if (is("segfault"))
		(void)raise(SIGSEGV);
	if (is("nonsense"))
		say_bytes("nonsense", 8, NULL, 0);
	else if (is("early"))
		accept_it(1);
	else if (is("other-version"))
		welcome(FRAME_VERSION + 1);
	else if (is("closes"))
		(void)shutdown(START_SOCKET, SHUT_RDWR);
	else if (!is("silent") && !is("deaf"))
		welcome(FRAME_VERSION);
	while (is("deaf") || is("closes"))
		(void)pause();
}

static bool
hear(struct frame *f)
{
	static uint8_t bytes[FRAME_SIZE_MAX];
	static union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(received))];
	} control;
	struct iovec io = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &io,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(START_SOCKET, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (n <= 0)
		_exit(0);
	n_received = 0;
	if (c != NULL) {
		n_received = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(received, CMSG_DATA(c), n_received * sizeof(int));
	}
	return frame_decode(bytes, (size_t)n, n_received, false, f) ==
	       FRAME_FINE;
}

int
main(void)
{
	const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	struct pollfd p = { START_SOCKET, POLLIN, 0 };
	struct frame f;

	name = strrchr(path, '/') + 1;
	devnull = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (!is("closes") && !hear(&f))
		_exit(1);
	begin();
	for (;;) {
		(void)poll(&p, 1, 1);
		reap();
		if (p.revents == 0)
			continue;
		if (!hear(&f))
			_exit(1);
		request(&f);
		for (size_t i = 0; i < n_received; i++)
			(void)close(received[i]);
	}
}
