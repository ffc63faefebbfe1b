/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A monitor is freed while another thread frees what it watches, at each step
 * of the one in turn: nobody touches what the other has freed.  The linker
 * sends pthread_mutex_unlock and epoll_ctl here, where the one that frees the
 * monitor stands still until the other is done, or waits for it.
 */
#include "monitoring.h"
#include "run/handle.h"
#include "run/monitor/internal.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define STAND_STILL_NS 20000000

int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);

static struct {
	bool is_armed;
	pthread_t thread; /* that frees the monitor */
	unsigned int left; /* steps until the other one begins */
	sem_t begin, done;
	atomic_bool is_freed;
	const pthread_mutex_t *mutex; /* of what is freed */
	int pidfd;
	unsigned int touched; /* afterwards */
} race;

static bool
is_ours(void)
{
	return race.is_armed && pthread_equal(race.thread, pthread_self()) != 0;
}

/* From that step on, the other one always gets the time to come to an end. */
static void
step(void)
{
	struct timespec until;

	if (race.left > 0 && --race.left == 0)
		(void)sem_post(&race.begin);
	if (race.left > 0)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STAND_STILL_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (sem_timedwait(&race.done, &until) == 0)
		(void)sem_post(&race.done);
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int r;

	if (!is_ours())
		return __real_pthread_mutex_unlock(mutex);
	step();
	if (mutex == race.mutex && atomic_load(&race.is_freed)) {
		race.touched++;
		return 0;
	}
	r = __real_pthread_mutex_unlock(mutex);
	step();
	return r;
}

int
__wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	if (is_ours()) {
		step();
		if (fd == race.pidfd && atomic_load(&race.is_freed))
			race.touched++;
	}
	return __real_epoll_ctl(epoll, op, fd, event);
}

struct freed {
	struct caisson_child *child; /* one of */
	struct caisson_watch *watch; /* these two */
};

static void *
freer(void *arg)
{
	struct freed *f = arg;

	while (sem_wait(&race.begin) != 0)
		continue;
	caisson_child_free(f->child);
	caisson_watch_free(f->watch);
	atomic_store(&race.is_freed, true);
	(void)sem_post(&race.done);
	return NULL;
}

/* false: the monitor is freed in fewer steps. */
static bool
free_both(struct caisson_monitor *m, struct freed *f, unsigned int steps)
{
	pthread_t thread;

	race.left = steps;
	race.touched = 0;
	race.thread = pthread_self();
	race.mutex = f->child != NULL ? &f->child->mutex : &f->watch->mutex;
	race.pidfd = f->child != NULL ? f->child->pidfd : f->watch->pidfd;
	atomic_store(&race.is_freed, false);
	assert_int_equal(sem_init(&race.begin, 0, 0), 0);
	assert_int_equal(sem_init(&race.done, 0, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, freer, f), 0);
	race.is_armed = true;
	caisson_monitor_free(m);
	race.is_armed = false;
	if (race.left > 0)
		(void)sem_post(&race.begin);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)sem_destroy(&race.begin);
	(void)sem_destroy(&race.done);
	if (race.touched > 0)
		fail_msg("at step %u: used %u times after it was freed", steps,
			 race.touched);
	return race.left == 0;
}

static struct caisson_child *
dead_child(struct caisson_monitor *m)
{
	struct caisson_child *child = monitoring_act(m, "exit", "0");

	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, NULL, NULL),
			 0);
	return child;
}

static void
a_dead_child_may_be_freed_at_each_step_of_its_monitor(void **state)
{
	unsigned int steps = 0;
	struct freed f = { NULL, NULL };
	struct caisson_monitor *m;

	(void)state;
	do {
		m = monitoring_new(false, NULL, NULL);
		f.child = dead_child(m);
	} while (free_both(m, &f, ++steps));
	assert_in_range(steps, 6, 100);
	harness_assert_childless();
}

static void
so_may_a_live_one(void **state)
{
	unsigned int steps = 0;
	struct freed f = { NULL, NULL };
	struct caisson_monitor *m;

	(void)state;
	do {
		m = monitoring_new(false, NULL, NULL);
		f.child = monitoring_act(m, "sleep", "60000");
	} while (free_both(m, &f, ++steps));
	assert_in_range(steps, 6, 100);
	harness_assert_childless();
}

static void
so_may_a_watch(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	unsigned int steps = 0;
	struct freed f = { NULL, NULL };
	struct caisson_monitor *m;

	(void)state;
	do {
		m = monitoring_new(false, NULL, NULL);
		assert_int_equal(
		    caisson_monitor_watch(m, caisson_child_pidfd(child), NULL,
					  &f.watch, NULL),
		    0);
	} while (free_both(m, &f, ++steps));
	assert_in_range(steps, 6, 100);
	caisson_child_free(child);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_dead_child_may_be_freed_at_each_step_of_its_monitor),
		cmocka_unit_test(so_may_a_live_one),
		cmocka_unit_test(so_may_a_watch),
	};

	return harness_main("threads_monitor_release", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
