/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of a launch that reports refused calls.  First one that asks
 * where the policy refuses; its listener goes to the launcher; then one that
 * closes what the first had to leave open for that.  Rules of child.c.
 *
 * Between the two, any other call may be refused, by a launcher that answers:
 * so there is none here but seccomp and sendmsg, which the first lets through.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

/* Linux 5.19 lets no signal but a deadly one disturb a call once we know it. */
static long
load_listener(const struct profile *filter)
{
	const unsigned listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long r =
	    child_load(filter, listener | COMPAT_SECCOMP_WAIT_KILLABLE_RECV);

	return r == -EINVAL ? child_load(filter, listener) : r;
}

/* A struct cmsghdr and its contents, as the kernel lays them out. */
struct rights {
	size_t len;
	int level, type;
	int fd;
};

/*
 * More bytes than the socket holds, so this ends after the launcher has begun
 * to read, which it does when it has looked at the listener.
 */
static long
send_listener(const struct plan *plan, long listener)
{
	static const char bytes[4096];
	struct rights rights = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS,
				 (int)listener };
	struct {
		const void *base;
		size_t len;
	} v = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iovlen = 1 };
	long r;

	_Static_assert(sizeof(rights) == CMSG_SPACE(sizeof(int)), "layout");
	_Static_assert(sizeof(v) == sizeof(struct iovec), "layout");
	msg.msg_iov = (void *)&v;
	msg.msg_control = &rights;
	msg.msg_controllen = sizeof(rights);
	for (long left = PLAN_HAND_OVER_BYTES; left > 0; left -= r) {
		v.len =
		    left < (long)sizeof(bytes) ? (size_t)left : sizeof(bytes);
		do {
			r = sys3(SYS_sendmsg, plan->hand_over, &msg,
				 MSG_NOSIGNAL);
		} while (r == -EINTR);
		if (r <= 0 || r > left)
			return r < 0 ? r : -PLAN_MISMATCH;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	return 0;
}

/*
 * What has been done is counted, and looked at before exec: a part that is
 * missing here would not be missed by anything that comes after.
 */
STEP(reporting)
{
	long listener = -1, r = 0;

	if (!plan->denials)
		return 0;
	*index = PLAN_FILTER_ASKS;
	if (!PART_LEFT_OUT(plan, CAISSON_STAGE_SECCOMP, 1)) {
		r = listener = load_listener(&plan->filter);
		*plan->loaded += listener >= 0;
	}
	if (r < 0)
		return r;
	*index = PLAN_FILTER_HAND_OVER;
	if (!PART_LEFT_OUT(plan, CAISSON_STAGE_SECCOMP, 2)) {
		r = send_listener(plan, listener);
		*plan->loaded += r == 0;
	}
	if (r < 0)
		return r;
	*index = PLAN_FILTER_RESTS;
	if (!PART_LEFT_OUT(plan, CAISSON_STAGE_SECCOMP, 3)) {
		r = child_load(&plan->rest, 0);
		*plan->loaded += r == 0;
	}
	return r;
}

STEP(reported)
{
	*index = PLAN_FILTER_RESTS;
	return step_same(0,
			 !plan->denials || *plan->loaded == PLAN_FILTER_RESTS);
}
