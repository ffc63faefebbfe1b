/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sleeping until there is something to look at.  What the kernel tells wakes
 * every thread that polls for it; what one thread has found or been asked for
 * (a status that it has read, a kill that is due) would wake nobody, so each
 * sleeper has a descriptor of its own to be woken by.
 *
 * A thread may be cancelled while it sleeps, and then it gets up first; it is
 * not cancelled while it holds the mutex, or has something that it must give
 * back.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/fd.h"
#include "run/session/session.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Where there is no descriptor left for it: look again after so long. */
#define BLIND_MS 100

/*
 * Dead, and not to be had: somebody traces it.  Its pidfd is readable all that
 * time, so it is asked for now and then instead.
 */
#define ASK_AGAIN_MS 10

struct sleeper {
	struct caisson_child *child;
	int fd;
	int cancel_state; /* of the thread, while it sleeps */
	bool is_known;
	bool has_died; /* the child; and it could not be had */
	struct sleeper *next;
};

/* Who only asks about a child takes its mutex too. */
static struct caisson_child *
lockable(const struct caisson_child *c)
{
	union {
		const struct caisson_child *in;
		struct caisson_child *out;
	} child = { .in = c };

	return child.out;
}

void
handle_lock(const struct caisson_child *c)
{
	struct caisson_child *child = lockable(c);
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&child->mutex);
	child->cancel_state = state;
}

void
handle_unlock(const struct caisson_child *c)
{
	struct caisson_child *child = lockable(c);
	int state = child->cancel_state;

	(void)pthread_mutex_unlock(&child->mutex);
	(void)pthread_setcancelstate(state, NULL);
}

void
handle_wake(struct caisson_child *c)
{
	for (struct sleeper *s = c->sleepers; s != NULL; s = s->next)
		if (s->fd >= 0)
			(void)eventfd_write(s->fd, 1);
}

static void
lie_down(struct sleeper *s)
{
	struct caisson_child *c = s->child;

	s->fd = fd_off_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	s->is_known = true;
	handle_lock(c);
	s->next = c->sleepers;
	c->sleepers = s;
	handle_unlock(c);
}

static void
get_up(void *sleeper)
{
	struct sleeper *s = sleeper;
	struct caisson_child *c = s->child;

	if (!s->is_known)
		return;
	handle_lock(c);
	for (struct sleeper **p = &c->sleepers; *p != NULL; p = &(*p)->next)
		if (*p == s) {
			*p = s->next;
			break;
		}
	handle_unlock(c);
	fd_close(&s->fd);
}

static int
poll_ms(uint64_t now, uint64_t until)
{
	if (until == CAISSON_FOREVER)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

/* Wake at the end, at something to answer or to read, when told, after ms. */
static void
sleep_until_news(struct sleeper *s, int ms)
{
	const struct caisson_child *c = s->child;
	bool asks = s->has_died && c->via != NULL;
	/* the launcher has reaped it, perhaps: POLLHUP would not let us sleep */
	struct pollfd p[6] = {
		{ asks ? -1 : c->pidfd, s->has_died ? 0 : POLLIN, 0 },
		{ s->fd, POLLIN, 0 },
		{ caisson_child_denials_fd(c), POLLIN, 0 },
		{ caisson_child_status_fd(c), POLLIN, 0 },
		{ asks ? session_child_news(c->via) : -1, POLLIN, 0 },
		{ asks ? session_child_socket(c->via) : -1, POLLIN, 0 },
	};
	eventfd_t ignored;

	if (s->fd < 0 && (ms < 0 || ms > BLIND_MS))
		ms = BLIND_MS;
	if (s->has_died && (ms < 0 || ms > ASK_AGAIN_MS))
		ms = ASK_AGAIN_MS;
	(void)pthread_setcancelstate(s->cancel_state, NULL);
	/* those that are -1 are left out by the kernel */
	(void)poll(p, 6, ms);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	if (p[0].revents != 0)
		s->has_died = true;
	if (p[1].revents != 0)
		(void)eventfd_read(s->fd, &ignored);
}

static bool
look(struct caisson_child *c, bool (*is_over)(const struct caisson_child *),
     uint64_t *due)
{
	bool over;

	(void)handle_look(c, due);
	handle_lock(c);
	over = is_over(c);
	handle_unlock(c);
	return over;
}

/* Known as a sleeper first and looked then: what comes between is seen. */
static bool
wait_for(struct sleeper *s, bool (*is_over)(const struct caisson_child *),
	 uint64_t timeout_ms)
{
	uint64_t now = clock_mono_ms(), due = 0;
	uint64_t until = timeout_ms < CAISSON_FOREVER - now ? now + timeout_ms
							    : CAISSON_FOREVER;
	bool over = look(s->child, is_over, &due);

	while (!over && (now = clock_mono_ms()) < until) {
		if (s->is_known)
			sleep_until_news(s, poll_ms(now,
						    due < until ? due : until));
		else
			lie_down(s);
		over = look(s->child, is_over, &due);
	}
	return over;
}

bool
handle_wait(struct caisson_child *c,
	    bool (*is_over)(const struct caisson_child *), uint64_t timeout_ms)
{
	struct sleeper s = { .child = c, .fd = -1 };
	bool over;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s.cancel_state);
	pthread_cleanup_push(get_up, &s);
	over = wait_for(&s, is_over, timeout_ms);
	pthread_cleanup_pop(1);
	(void)pthread_setcancelstate(s.cancel_state, NULL);
	return over;
}
