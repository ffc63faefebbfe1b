/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong calls, and what runs out: errors that say so, and nothing left. */
#include "monitoring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
refuse_options(const struct caisson_monitor_options *options, int code)
{
	struct caisson_monitor *m = NULL;
	struct caisson_error err;

	assert_int_equal(caisson_monitor_new(options, &m, &err), code);
	assert_int_equal(err.code, code);
	assert_null(m);
}

static void
options_are_checked(void **state)
{
	struct {
		struct caisson_monitor_options options;
		uint64_t more;
	} o;

	(void)state;
	memset(&o, 0, sizeof(o));
	refuse_options(&o.options, CAISSON_E_USAGE);
	o.options.size = sizeof(o.options);
	o.options.thread = 2;
	refuse_options(&o.options, CAISSON_E_UNSUPPORTED);
	o.options.thread = 0;
	o.options.queue = 2;
	refuse_options(&o.options, CAISSON_E_UNSUPPORTED);
	o.options.queue = 0;
	o.options.reserved = 1;
	refuse_options(&o.options, CAISSON_E_UNSUPPORTED);
	o.options.reserved = 0;
	o.options.size = sizeof(o);
	o.more = 1;
	refuse_options(&o.options, CAISSON_E_UNSUPPORTED);
}

/* A longer struct is fine as long as the rest says nothing. */
static void
longer_structs_of_zeros_are_fine(void **state)
{
	struct {
		struct caisson_monitor_options options;
		uint64_t more;
	} o;
	struct {
		struct caisson_monitor_stats stats;
		uint64_t more;
	} s;
	struct caisson_monitor *m = NULL;

	(void)state;
	memset(&o, 0, sizeof(o));
	memset(&s, 0xff, sizeof(s));
	o.options.size = sizeof(o);
	assert_int_equal(caisson_monitor_new(&o.options, &m, NULL), 0);
	s.stats.size = sizeof(s);
	caisson_monitor_stats(m, &s.stats);
	assert_int_equal(s.stats.size, sizeof(s.stats));
	assert_int_equal(s.stats.children, 0);
	assert_int_equal(s.more, 0);
	s.stats.size = 16;
	s.stats.watches = 77;
	caisson_monitor_stats(m, &s.stats);
	assert_int_equal(s.stats.watches, 77);
	caisson_monitor_free(m);
}

static void
launches_are_checked(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	struct caisson_monitor_launch how = { .size = 0 };
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 CAISSON_E_USAGE); /* not frozen */
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_monitor_launch(m, spec, &how, &child, &err),
			 CAISSON_E_USAGE);
	how.size = sizeof(how);
	how.reserved = 1;
	assert_int_equal(caisson_monitor_launch(m, spec, &how, &child, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, NULL, &err),
			 CAISSON_E_USAGE);
	assert_null(child);
	caisson_spec_free(spec);
	caisson_monitor_free(m);
	harness_assert_childless();
}

static atomic_int refused;

static void
dispatch_again(const struct caisson_monitor_event *event, void *arg)
{
	struct caisson_monitor **m = arg;
	struct caisson_monitor_event next = { .size = sizeof(next) };

	(void)event;
	atomic_store(&refused, caisson_monitor_dispatch(*m, 0, NULL));
	/* its own event is in the queue; and then there is none to wait for */
	assert_int_equal(caisson_monitor_next(*m, 1000, &next, NULL), 0);
	assert_int_equal(caisson_monitor_next(*m, CAISSON_FOREVER, &next, NULL),
			 CAISSON_E_TIMEOUT);
}

static void
the_loop_is_not_run_twice(void **state)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_monitor *m = monitoring_new(true, NULL, NULL);
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_dispatch(m, 0, &err), CAISSON_E_USAGE);
	assert_int_equal(caisson_monitor_fd(m), -1);
	caisson_monitor_free(m);
	m = monitoring_new(false, dispatch_again, &m);
	child = monitoring_act(m, "exit", "0");
	while (atomic_load(&refused) == 0)
		assert_int_equal(caisson_monitor_dispatch(m,
							  LAUNCHING_PATIENCE_MS,
							  &err),
				 0);
	assert_int_equal(atomic_load(&refused), CAISSON_E_USAGE);
	assert_int_equal(caisson_monitor_next(m, 0, &event, &err),
			 CAISSON_E_TIMEOUT);
	caisson_child_free(child);
	caisson_monitor_free(m);
}

/* Callers of every version say how much room they have. */
static void
an_event_is_as_large_as_the_caller_says(void **state)
{
	union {
		struct caisson_monitor_event event;
		unsigned char bytes[sizeof(struct caisson_monitor_event) + 8];
	} u;
	const uint32_t sizes[] = { 8, sizeof(u.event), sizeof(u.bytes) };
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_error err;

	(void)state;
	u.event.size = 0;
	assert_int_equal(caisson_monitor_next(m, 0, &u.event, &err),
			 CAISSON_E_USAGE);
	assert_string_equal(err.msg, "event.size is not set");
	for (size_t i = 0; i < 3; i++) {
		struct caisson_child *child = monitoring_act(m, "exit", "0");
		bool is_long = sizes[i] > sizeof(u.event);

		memset(u.bytes, 0xa5, sizeof(u.bytes));
		u.event.size = sizes[i];
		assert_int_equal(caisson_monitor_next(m, LAUNCHING_PATIENCE_MS,
						      &u.event, &err),
				 0);
		assert_int_equal(u.event.kind, CAISSON_MONITOR_EXIT);
		assert_int_equal(u.event.size,
				 is_long ? sizeof(u.event) : sizes[i]);
		for (size_t b = sizes[i]; b < sizeof(u.bytes); b++)
			assert_int_equal(u.bytes[b], 0xa5);
		for (size_t b = sizeof(u.event); is_long && b < sizes[i]; b++)
			assert_int_equal(u.bytes[b], 0);
		caisson_child_free(child);
	}
	caisson_monitor_free(m);
}

static void
without_a_queue_there_is_no_next(void **state)
{
	struct caisson_monitor_options options = { .size = sizeof(options) };
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_monitor *m = NULL;
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_new(&options, &m, &err), 0);
	assert_int_equal(caisson_monitor_next(m, 0, &event, &err),
			 CAISSON_E_USAGE);
	assert_string_equal(err.msg, "the monitor has no queue");
	child = monitoring_act(m, "exit", "0");
	while (monitoring_stats(m).exits == 0)
		assert_int_equal(caisson_monitor_dispatch(m, CAISSON_FOREVER,
							  &err),
				 0);
	assert_int_equal(launching_finish(child).value, 0);
	caisson_monitor_free(m);
}

/* No descriptor is left: the monitor, a watch; and again when there are. */
static void
no_descriptors_in_fork(void *arg)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL),
			       *n = NULL;
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct rlimit old, none = { 3, 3 };
	struct caisson_watch *w = NULL;
	struct caisson_error err;

	(void)arg;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(caisson_monitor_new(NULL, &n, &err), CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EMFILE);
	assert_null(n);
	assert_int_equal(caisson_monitor_watch(m, self, NULL, &w, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EMFILE);
	assert_null(w);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(caisson_monitor_watch(m, self, NULL, &w, &err), 0);
	caisson_watch_free(w);
	caisson_monitor_free(m);
}

static void
no_descriptors_is_an_error(void **state)
{
	(void)state;
	harness_in_fork(no_descriptors_in_fork, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(longer_structs_of_zeros_are_fine),
		cmocka_unit_test(launches_are_checked),
		cmocka_unit_test(the_loop_is_not_run_twice),
		cmocka_unit_test(without_a_queue_there_is_no_next),
		cmocka_unit_test(an_event_is_as_large_as_the_caller_says),
		cmocka_unit_test(no_descriptors_is_an_error),
	};

	return harness_main("monitor_errors", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
