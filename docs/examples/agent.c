/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent: several threads start workers through one monitor.  Each worker
 * is handed a configuration and a secret of its own; when it is ready it is
 * stopped again, and how each one ended is printed.
 *
 *	cc -o agent agent.c -lcaisson
 *	./agent ./worker 12 4		(12 workers, started by 4 threads)
 *
 * Who owns what: a job belongs to main, and outlives all threads.  A child
 * belongs to the monitor's callback from the moment that it is launched.
 */
#define _GNU_SOURCE /* explicit_bzero */
#include <caisson.h>
#include <caisson_handshake.h>
#include <caisson_monitor.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define READY_MS    30000 /* from its start to its status */
#define GRACE_MS    30000 /* from SIGTERM to SIGKILL */
#define WHOLE_MS    600000 /* from its start to SIGTERM, whatever it does */
#define KEY_BYTES   32
#define THREADS_MAX 64u
#define JOBS_MAX    10000u

struct agent {
	struct caisson_spec *spec; /* frozen: all threads may use it */
	struct caisson_monitor *monitor;
	pthread_mutex_t mutex; /* over the rest */
	pthread_cond_t all_done;
	struct job *jobs;
	unsigned long n_jobs;
	unsigned long n_taken; /* by the threads that start them */
	unsigned long n_done; /* ended, or never started */
};

struct job {
	struct agent *agent;
	unsigned long number;
};

/* What the workers are told to do: every fourth refuses, or dies. */
static const char *const orders[] = { "work", "refuse", "work", "die" };

static void
job_done(struct job *job)
{
	struct agent *agent = job->agent;

	(void)pthread_mutex_lock(&agent->mutex);
	if (++agent->n_done == agent->n_jobs)
		(void)pthread_cond_signal(&agent->all_done);
	(void)pthread_mutex_unlock(&agent->mutex);
}

static void
job_error(const struct job *job, const struct caisson_error *err)
{
	fprintf(stderr, "worker %lu: %s: %s\n", job->number,
		caisson_stage_name(err->stage), err->msg);
}

/* Its handshake is decided: one event, whatever the answer is. */
static void
on_start(struct job *job, struct caisson_child *child)
{
	struct caisson_readiness got = { .size = sizeof(got) };
	struct caisson_error err;

	caisson_child_readiness(child, &got);
	switch (got.state) {
	case CAISSON_START_READY:
		printf("worker %lu: ready\n", job->number);
		/* Here its work would begin.  This agent has none. */
		if (caisson_child_stop(child, GRACE_MS, &err) < 0 &&
		    err.sys_errno != ESRCH) /* ended: its record comes next */
			job_error(job, &err);
		break;
	case CAISSON_START_FAILED:
		printf("worker %lu: failed: %s\n", job->number, got.message);
		break;
	case CAISSON_START_DIED:
		printf("worker %lu: died before it was ready\n", job->number);
		break;
	default: /* late, lying or not to be understood: it is being killed */
		printf("worker %lu: not ready\n", job->number);
		break;
	}
}

/* Its one exit record, and the last event of this child. */
static void
on_exit_of(struct job *job, struct caisson_child *child,
	   const struct caisson_exit *end)
{
	switch (end->how) {
	case CAISSON_HOW_EXITED:
		printf("worker %lu: exit status %d\n", job->number, end->value);
		break;
	case CAISSON_HOW_SIGNALLED:
		printf("worker %lu: killed by signal %d%s\n", job->number,
		       end->value, end->core ? ", core dumped" : "");
		break;
	default: /* somebody in this process waited for any child */
		printf("worker %lu: ended, nobody knows how\n", job->number);
		break;
	}
	caisson_child_free(child);
	job_done(job);
}

/* In the monitor's thread, one event at a time. */
static void
on_event(const struct caisson_monitor_event *event, void *arg)
{
	(void)arg;
	if (event->kind == CAISSON_MONITOR_START)
		on_start(event->data, event->child);
	else if (event->kind == CAISSON_MONITOR_EXIT)
		on_exit_of(event->data, event->child, &event->exit);
}

/* A new key, in memory that is neither swapped out nor dumped. */
static int
make_secret(struct caisson_secret **out, struct caisson_error *err)
{
	unsigned char key[KEY_BYTES];
	int r;

	/* So few bytes come all at once, or the system is broken. */
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort();
	r = caisson_secret_new(key, sizeof(key), out, err);
	explicit_bzero(key, sizeof(key));
	return r;
}

static int
job_start(struct job *job, struct caisson_error *err)
{
	const char *order = orders[job->number % 4];
	struct caisson_launch_options options = {
		.size = sizeof(options),
		.config = order,
		.config_len = strlen(order),
	};
	struct caisson_monitor_launch how = {
		.size = sizeof(how),
		.options = &options,
		.data = job,
	};
	struct caisson_secret *secret = NULL;
	struct caisson_child *child;
	int r;

	r = make_secret(&secret, err);
	if (r < 0)
		return r;
	options.secret = secret;
	/*
	 * All is sent when this returns, so the secret can go.  The child may
	 * have ended and be freed by then: only the callback touches it.
	 */
	r = caisson_monitor_launch(job->agent->monitor, job->agent->spec, &how,
				   &child, err);
	caisson_secret_free(secret);
	return r;
}

/* One of the threads: takes jobs until there are no more. */
static void *
start_jobs(void *arg)
{
	struct agent *agent = arg;
	struct caisson_error err;

	for (;;) {
		struct job *job = NULL;

		(void)pthread_mutex_lock(&agent->mutex);
		if (agent->n_taken < agent->n_jobs)
			job = &agent->jobs[agent->n_taken++];
		(void)pthread_mutex_unlock(&agent->mutex);
		if (job == NULL)
			return NULL;
		if (job_start(job, &err) < 0) {
			job_error(job, &err);
			job_done(job);
		}
	}
}

/* What all workers have in common. */
static int
make_spec(const char *path, struct caisson_spec **out,
	  struct caisson_error *err)
{
	struct caisson_spec *spec;
	int r;

	r = caisson_spec_new(&spec, err);
	if (r < 0)
		return r;
	if ((r = caisson_spec_set_path(spec, path, err)) < 0 ||
	    (r = caisson_spec_fd_null(spec, 0, err)) < 0 ||
	    (r = caisson_spec_set_handshake(spec, "caisson", err)) < 0 ||
	    (r = caisson_spec_set_handshake_ready_timeout_ms(spec, READY_MS,
							     err)) < 0 ||
	    /* Whatever ends this agent, kill -9 too, ends its workers. */
	    (r = caisson_spec_set_parent_death_signal(spec, SIGKILL, err)) <
		0 ||
	    (r = caisson_spec_set_timeout_ms(spec, WHOLE_MS, err)) < 0 ||
	    (r = caisson_spec_freeze(spec, err)) < 0) {
		caisson_spec_free(spec);
		return r;
	}
	*out = spec;
	return 0;
}

static void
run(struct agent *agent, unsigned long n_threads)
{
	pthread_t threads[THREADS_MAX];
	unsigned long n = 0;

	while (n < n_threads &&
	       pthread_create(&threads[n], NULL, start_jobs, agent) == 0)
		n++;
	if (n == 0) /* then we do it ourselves */
		(void)start_jobs(agent);
	(void)pthread_mutex_lock(&agent->mutex);
	while (agent->n_done < agent->n_jobs)
		(void)pthread_cond_wait(&agent->all_done, &agent->mutex);
	(void)pthread_mutex_unlock(&agent->mutex);
	while (n > 0)
		(void)pthread_join(threads[--n], NULL);
}

/* From 1 to max; 0: it is not. */
static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *end == '\0' && value <= max ? value : 0;
}

int
main(int argc, char **argv)
{
	struct caisson_monitor_options options = {
		.size = sizeof(options),
		.thread = 1,
		.callback = on_event,
	};
	struct agent agent = {
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.all_done = PTHREAD_COND_INITIALIZER,
		.n_jobs = argc > 2 ? number(argv[2], JOBS_MAX) : 4,
	};
	unsigned long n_threads = argc > 3 ? number(argv[3], THREADS_MAX) : 2;
	char *path = argc > 1 ? realpath(argv[1], NULL) : NULL;
	struct caisson_error err;
	int status = 1;

	if (path == NULL || agent.n_jobs == 0 || n_threads == 0) {
		fprintf(stderr, "usage: agent worker [workers [threads]]\n");
		free(path);
		return 2;
	}
	agent.jobs = calloc(agent.n_jobs, sizeof(*agent.jobs));
	if (agent.jobs == NULL) {
		perror("agent");
	} else if (make_spec(path, &agent.spec, &err) < 0 ||
		   caisson_monitor_new(&options, &agent.monitor, &err) < 0) {
		fprintf(stderr, "agent: %s\n", err.msg);
	} else {
		for (unsigned long i = 0; i < agent.n_jobs; i++)
			agent.jobs[i] = (struct job){ &agent, i };
		run(&agent, n_threads);
		status = 0;
	}
	caisson_monitor_free(agent.monitor); /* ends its thread */
	caisson_spec_free(agent.spec);
	free(agent.jobs);
	free(path);
	return status;
}
