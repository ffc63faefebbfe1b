/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake launcher says: frames, and what is none. */
#include "fake.h"

#include "plan/start.h"
#include "plan/take.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t message[FRAME_SIZE_MAX];

void
fake_say_bytes(const void *bytes, size_t len, const int *fds, size_t n)
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

void
fake_say(const struct frame *f, int fd)
{
	static uint8_t bytes[FRAME_SIZE_MAX];
	size_t len = frame_encode(f, bytes, sizeof(bytes));

	if (len == 0)
		_exit(1);
	fake_say_bytes(bytes, len, &fd, fd >= 0 ? 1 : 0);
}

void
fake_welcome(uint64_t version)
{
	struct frame f = { .type = FRAME_WELCOME };

	f.welcome =
	    (struct frame_welcome){ version, PLAN_SIZE_MAX, FRAME_INLINE_MAX,
				    FRAME_FDS_MAX, FAKE_CHILDREN };
	fake_say(&f, -1);
}

void
fake_accept(uint64_t request)
{
	static const char file[] = "grants";
	struct frame f = { .type = FRAME_ACCEPTED };

	f.accepted = (struct frame_accepted){ request, 7 };
	f.bytes = (const uint8_t *)file;
	f.len = sizeof(file) - 1;
	fake_say(&f, -1);
}

void
fake_say_failed(uint64_t request, uint64_t stage, int error)
{
	struct frame f = { .type = FRAME_FAILED };

	f.failed = (struct frame_failed){ request, -CAISSON_E_SYSTEM, stage,
					  (uint64_t)error, 0 };
	fake_say(&f, -1);
}

struct frame
fake_started(uint64_t request, pid_t pid)
{
	struct frame f = { .type = FRAME_STARTED, .n_fds = 1 };

	f.started = (struct frame_started){
		request, (uint64_t)pid, (uint64_t)pid, 1, 20, 022, 0
	};
	return f;
}

struct frame
fake_exited(uint64_t request)
{
	struct frame f = { .type = FRAME_EXITED };

	f.exited.request = request;
	f.exited.how = CAISSON_HOW_EXITED;
	return f;
}
