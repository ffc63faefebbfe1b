/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launcher that has no privilege and asks for no grants.  By the name under
 * which it is started it behaves ("honest") or misbehaves; the tests have
 * all names.  It runs programs as its caller.
 */
#include "fake.h"

#include "plan/plan.h"
#include "plan/start.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

int fake_received[FRAME_FDS_MAX];
size_t fake_n_received;

static const char long_text[8192];
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
	fake_say(&d, -1);
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
	fake_say(&d, -1);
}

static bool
is(const char *what)
{
	return strncmp(name, what, strlen(what)) == 0;
}

static void
launch_raw(const struct frame *f)
{
	struct frame s = fake_started(f->launch.request, getpid());
	uint8_t bytes[256];
	int fds[2] = { devnull, devnull };
	size_t len = frame_encode(&s, bytes, sizeof(bytes));

	fake_accept(f->launch.request);
	if (is("no-pidfd"))
		fake_say_bytes(bytes, len, NULL, 0);
	else if (is("two-fds"))
		fake_say_bytes(bytes, len, fds, 2);
	else if (is("many-fds"))
		fake_say_bytes(bytes, len,
			       (int[]){ 0, 0, 0, 0, 0, 0, 0, devnull }, 8);
	else if (is("not-a-pidfd"))
		fake_say_bytes(bytes, len, fds, 1);
	else if (is("cut"))
		fake_say_bytes(bytes, len - 1, fds, 1);
	else
		fake_say_bytes(long_text, sizeof(long_text), NULL,
			       0); /* too-long */
}

static void
launch_badly(const struct frame *f)
{
	uint64_t request = f->launch.request;
	struct frame s = fake_started(request, getpid()),
		     e = fake_exited(request);

	if (is("garbled"))
		fake_say_bytes("nonsense, and more of it", 24, NULL, 0);
	else if (is("wrong-number"))
		fake_accept(request + 5);
	else if (is("started-first"))
		fake_say(&s, devnull);
	else if (is("exited-first"))
		fake_say(&e, -1);
	else if (is("welcome-again"))
		fake_welcome(FRAME_VERSION);
	else if (is("dies-at-launch"))
		_exit(3);
	else if (is("killed-at-launch"))
		(void)raise(SIGKILL);
	else if (is("refused"))
		fake_say(&(struct frame){ .type = FRAME_REFUSED,
					  .refused = { FRAME_BAD_TYPE, 2 } },
			 -1);
	else if (is("twice") || is("dies-accepted") || is("mute-accepted"))
		fake_accept(request);
	else if (!is("mute"))
		launch_raw(f);
	if (is("twice"))
		fake_accept(request);
	if (is("dies-accepted"))
		_exit(3);
}

static void
request(const struct frame *f)
{
	if (f->type == FRAME_CLOSE) {
		fake_reap();
		_exit(0);
	}
	if (f->type == FRAME_SIGNAL && !is("mute"))
		fake_signal(f);
	if (f->type != FRAME_LAUNCH)
		return;
	if (is("honest") || is("dies-running") || is("forgetful"))
		fake_launch(f);
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
	if (is("killed-at-once"))
		(void)raise(SIGKILL);
	if (is("nonsense"))
		fake_say_bytes("nonsense", 8, NULL, 0);
	else if (is("early"))
		fake_accept(1);
	else if (is("other-version"))
		fake_welcome(FRAME_VERSION + 1);
	else if (is("closes"))
		(void)shutdown(START_SOCKET, SHUT_RDWR);
	else if (!is("silent") && !is("deaf"))
		fake_welcome(FRAME_VERSION);
	while (is("deaf") || is("closes"))
		(void)pause();
}

static bool
hear(struct frame *f)
{
	static uint8_t bytes[FRAME_SIZE_MAX];
	static union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(fake_received))];
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
	fake_n_received = 0;
	if (c != NULL) {
		fake_n_received = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fake_received, CMSG_DATA(c),
		       fake_n_received * sizeof(int));
	}
	return frame_decode(bytes, (size_t)n, fake_n_received, false, f) ==
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
	/* its children are gone at once, and it never says how they ended */
	if (is("forgetful"))
		(void)signal(SIGCHLD, SIG_IGN);
	begin();
	for (;;) {
		(void)poll(&p, 1, 1);
		fake_reap();
		if (p.revents == 0)
			continue;
		if (!hear(&f))
			_exit(1);
		request(&f);
		for (size_t i = 0; i < fake_n_received; i++)
			(void)close(fake_received[i]);
	}
}
