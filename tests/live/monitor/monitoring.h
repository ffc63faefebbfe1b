/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the monitor have in common. */
#ifndef MONITORING_H
#define MONITORING_H

#include "launching.h"

#include "caisson_monitor.h"

typedef void
monitoring_callback(const struct caisson_monitor_event *event, void *arg);

/* With a queue. */
struct caisson_monitor *
monitoring_new(bool thread, monitoring_callback *callback, void *arg);

/* Both, one after the other: without and with a thread. */
void monitoring_both(void (*fn)(struct caisson_monitor *m));

/* Freeze and launch through the monitor, which must work.  Frees the spec. */
struct caisson_child *monitoring_start(struct caisson_monitor *m,
				       struct caisson_spec *spec, void *data);
/* The reporter, doing this. */
struct caisson_child *
monitoring_act(struct caisson_monitor *m, const char *act, const char *arg);

/* The next event, which must be of this kind, and come. */
struct caisson_monitor_event
monitoring_next(struct caisson_monitor *m, uint32_t kind);
/* There is none now. */
void monitoring_assert_none(struct caisson_monitor *m);
/* The next event: this child's end.  Frees the child. */
struct caisson_exit
monitoring_end(struct caisson_monitor *m, struct caisson_child *child);

struct caisson_monitor_stats monitoring_stats(struct caisson_monitor *m);

/*
 * An unfrozen spec of a program that does nothing but exist, until a signal
 * ends it, and is as small as one can be.  It dies with its launcher.
 */
struct caisson_spec *monitoring_pauser(void);

#endif
