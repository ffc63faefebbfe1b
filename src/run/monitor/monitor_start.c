/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that launches programs with a parent death signal: the kernel
 * sends that when the thread that cloned them ends, so this one ends with the
 * monitor only.  It takes one request at a time, and whoever makes one waits.
 */
#include "run/monitor/internal.h"

#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* A launch may look up users, by whatever library the system has for that. */
#define STARTER_STACK (1024u * 1024u)

struct request {
	const struct caisson_spec *spec;
	const struct caisson_launch_options *options;
	struct caisson_child **out;
	struct caisson_error *err;
	int result;
	bool is_done;
	struct request *next;
};

struct monitor_starter {
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t work, done;
	pthread_t thread;
	bool is_running, stopping;
	struct request *first, *last;
};

int
monitor_create_thread(pthread_t *thread, size_t stack, void *(*run)(void *),
		      void *arg)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int r = pthread_attr_init(&attr);

	if (r != 0)
		return r;
	if (stack != 0)
		r = pthread_attr_setstacksize(&attr, stack);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	if (r == 0)
		r = pthread_create(thread, &attr, run, arg);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return r;
}

static void *
starter_thread(void *arg)
{
	struct monitor_starter *s = arg;
	struct request *r;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	(void)pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		r = s->first;
		if (r == NULL) {
			(void)pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		s->first = r->next;
		(void)pthread_mutex_unlock(&s->lock);
		r->result = caisson_launch(r->spec, r->options, r->out, r->err);
		(void)pthread_mutex_lock(&s->lock);
		r->is_done = true;
		(void)pthread_cond_broadcast(&s->done);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

int
monitor_starter_new(struct monitor_starter **out, struct caisson_error *err)
{
	struct monitor_starter *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->work, NULL);
	(void)pthread_cond_init(&s->done, NULL);
	*out = s;
	return 0;
}

void
monitor_starter_free(struct monitor_starter *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->is_running)
		(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->done);
	(void)pthread_cond_destroy(&s->work);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static int
hand_over(struct monitor_starter *s, struct request *r,
	  struct caisson_error *err)
{
	int error = 0;

	if (!s->is_running)
		error = monitor_create_thread(&s->thread, STARTER_STACK,
					      starter_thread, s);
	if (error != 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       error, "a thread to launch from");
	s->is_running = true;
	if (s->first == NULL)
		s->first = r;
	else
		s->last->next = r;
	s->last = r;
	(void)pthread_cond_signal(&s->work);
	while (!r->is_done)
		(void)pthread_cond_wait(&s->done, &s->lock);
	return r->result;
}

int
monitor_starter_launch(struct caisson_monitor *m,
		       const struct caisson_spec *spec,
		       const struct caisson_launch_options *options,
		       struct caisson_child **out, struct caisson_error *err)
{
	struct request request = {
		.spec = spec, .options = options, .out = out, .err = err
	};
	struct monitor_starter *s = m->starter;
	int r;

	(void)pthread_mutex_lock(&s->lock);
	r = hand_over(s, &request, err);
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}
