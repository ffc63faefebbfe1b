/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sleeping until there is something to look at.  What the kernel tells wakes
 * every thread that polls for it; what one thread has found or been asked for
 * (a status that it has read, a kill that is due) would wake nobody, so each
 * sleeper has a descriptor of its own to be woken by.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/fd.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Where there is no descriptor left for it: look again after so long. */
#define BLIND_MS 100

struct sleeper {
	int fd;
	bool is_known;
	struct sleeper *next;
};

/* Who only asks about a child takes its mutex too. */
static pthread_mutex_t *
mutex_of(const struct caisson_child *c)
{
	union {
		const pthread_mutex_t *in;
		pthread_mutex_t *out;
	} mutex = { .in = &c->mutex };

	return mutex.out;
}

void
handle_lock(const struct caisson_child *c)
{
	(void)pthread_mutex_lock(mutex_of(c));
}

void
handle_unlock(const struct caisson_child *c)
{
	(void)pthread_mutex_unlock(mutex_of(c));
}

void
handle_wake(struct caisson_child *c)
{
	for (struct sleeper *s = c->sleepers; s != NULL; s = s->next)
		if (s->fd >= 0)
			(void)eventfd_write(s->fd, 1);
}

static void
lie_down(struct caisson_child *c, struct sleeper *s)
{
	s->fd = fd_off_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	s->is_known = true;
	handle_lock(c);
	s->next = c->sleepers;
	c->sleepers = s;
	handle_unlock(c);
}

static void
get_up(struct caisson_child *c, struct sleeper *s)
{
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
sleep_until_news(const struct caisson_child *c, struct sleeper *s, int ms)
{
	struct pollfd p[4] = { { c->pidfd, POLLIN, 0 },
			       { s->fd, POLLIN, 0 },
			       { caisson_child_denials_fd(c), POLLIN, 0 },
			       { caisson_child_status_fd(c), POLLIN, 0 } };
	eventfd_t ignored;

	if (s->fd < 0 && (ms < 0 || ms > BLIND_MS))
		ms = BLIND_MS;
	/* those that are -1 are left out by the kernel */
	(void)poll(p, 4, ms);
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
bool
handle_wait(struct caisson_child *c,
	    bool (*is_over)(const struct caisson_child *), uint64_t timeout_ms)
{
	uint64_t now = clock_mono_ms(), due = 0;
	uint64_t until = timeout_ms < CAISSON_FOREVER - now ? now + timeout_ms
							    : CAISSON_FOREVER;
	struct sleeper s = { -1, false, NULL };
	bool over = look(c, is_over, &due);

	while (!over && (now = clock_mono_ms()) < until) {
		if (s.is_known)
			sleep_until_news(c, &s,
					 poll_ms(now,
						 due < until ? due : until));
		else
			lie_down(c, &s);
		over = look(c, is_over, &due);
	}
	get_up(c, &s);
	return over;
}
