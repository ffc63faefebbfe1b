/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the monitor have in common. */
#include "monitoring.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct caisson_monitor *
monitoring_new(bool thread, monitoring_callback *callback, void *arg)
{
	struct caisson_monitor_options options = { .size = sizeof(options),
						   .thread = thread,
						   .callback = callback,
						   .arg = arg,
						   .queue = 1 };
	struct caisson_monitor *m = NULL;
	struct caisson_error err;

	if (caisson_monitor_new(&options, &m, &err) != 0)
		fail_msg("%s", err.msg);
	return m;
}

void
monitoring_both(void (*fn)(struct caisson_monitor *m))
{
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, NULL, NULL);

		fn(m);
		caisson_monitor_free(m);
	}
}

struct caisson_child *
monitoring_start(struct caisson_monitor *m, struct caisson_spec *spec,
		 void *data)
{
	struct caisson_monitor_launch how = { .size = sizeof(how),
					      .data = data };
	struct caisson_child *child = NULL;
	struct caisson_error err;

	if (caisson_spec_freeze(spec, &err) != 0 ||
	    caisson_monitor_launch(m, spec, &how, &child, &err) != 0)
		fail_msg("%s", err.msg);
	caisson_spec_free(spec);
	return child;
}

struct caisson_child *
monitoring_act(struct caisson_monitor *m, const char *act, const char *arg)
{
	return monitoring_start(m, launching_spec(NULL, act, arg, NULL), NULL);
}

struct caisson_monitor_event
monitoring_next(struct caisson_monitor *m, uint32_t kind)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_error err;

	if (caisson_monitor_next(m, LAUNCHING_PATIENCE_MS, &event, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(event.size, sizeof(event));
	assert_int_equal(event.kind, kind);
	return event;
}

void
monitoring_assert_none(struct caisson_monitor *m)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_error err;

	assert_int_equal(caisson_monitor_next(m, 0, &event, &err),
			 CAISSON_E_TIMEOUT);
	launching_assert_error(&err, CAISSON_E_TIMEOUT, CAISSON_STAGE_MONITOR,
			       "monitor: no event");
}

struct caisson_exit
monitoring_end(struct caisson_monitor *m, struct caisson_child *child)
{
	struct caisson_monitor_event event =
	    monitoring_next(m, CAISSON_MONITOR_EXIT);
	struct caisson_exit e;

	assert_ptr_equal(event.child, child);
	assert_null(event.watch);
	assert_int_equal(caisson_child_wait(child, 0, &e, NULL), 0);
	assert_memory_equal(&e, &event.exit, sizeof(e));
	assert_true(e.started_ns > 0);
	assert_true(e.ended_ns >= e.started_ns);
	caisson_child_free(child);
	return e;
}

struct caisson_monitor_stats
monitoring_stats(struct caisson_monitor *m)
{
	struct caisson_monitor_stats stats = { .size = sizeof(stats) };

	caisson_monitor_stats(m, &stats);
	assert_int_equal(stats.size, sizeof(stats));
	return stats;
}

/* A copy that another user may execute. */
static const char *
pauser(void)
{
	static char data[1 << 21];
	const char *path = harness_path("pauser");
	ssize_t n;
	int fd;

	if (access(path, X_OK) == 0)
		return path;
	fd = open(PAUSER_PATH, O_RDONLY | O_CLOEXEC);
	n = read(fd, data, sizeof(data));
	assert_true(n > 0 && n < (ssize_t)sizeof(data));
	assert_int_equal(close(fd), 0);
	return harness_file("pauser", data, (size_t)n, 0755);
}

struct caisson_spec *
monitoring_pauser(void)
{
	struct caisson_spec *spec = NULL;
	struct caisson_error err;

	if (caisson_spec_new(&spec, &err) != 0 ||
	    caisson_spec_set_path(spec, pauser(), &err) != 0 ||
	    caisson_spec_set_parent_death_signal(spec, SIGKILL, &err) != 0)
		fail_msg("%s", err.msg);
	for (int fd = 0; fd < 3; fd++)
		assert_int_equal(caisson_spec_fd_null(spec, fd, &err), 0);
	return spec;
}
