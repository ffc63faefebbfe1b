/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor from inside: see the theory of operation in monitor.c. */
#ifndef RUN_MONITOR_INTERNAL_H
#define RUN_MONITOR_INTERNAL_H

#include "caisson_monitor.h"

#include "run/monitor/monitor.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONITOR_BATCH 64
#define MONITOR_KINDS 3

/* What epoll says of the timer; every other number is a slot. */
#define MONITOR_TIMER UINT64_MAX

/* An event that waits in the queue, or the queue itself. */
struct monitor_node {
	struct monitor_node *next, *prev; /* NULL: does not wait */
	struct monitor_item *item;
	uint32_t kind;
};

/* Something that is watched. */
struct monitor_item {
	struct caisson_monitor *monitor;
	struct caisson_child *child; /* one of */
	struct caisson_watch *watch; /* these two */
	void *data;
	struct monitor_node events[MONITOR_KINDS];
	uint64_t due; /* when to look; CLOCK_MONOTONIC, ms */
	size_t place; /* in the heap, from 1; 0: not there */
	size_t bytes;
	uint32_t slot;
	bool started, ended; /* these events have been */
	bool asks; /* the launcher's socket is polled for this one */
	bool poked; /* look again: something was decided meanwhile */
	bool gone; /* taken out while it was looked at */
};

struct caisson_watch {
	pthread_mutex_t mutex; /* over item.monitor, as a child's mutex */
	struct monitor_item item; /* .monitor NULL: nobody watches any more */
	int pidfd;
	/* the loop's */
	bool has_died; /* not reaped yet, when it was looked at */
	uint64_t give_up;
	struct caisson_exit exit;
};

struct monitor_slot {
	struct monitor_item *item; /* NULL: free, and then */
	uint32_t next; /* the next free one */
};

struct monitor_starter;

struct caisson_monitor {
	/* not changed after new */
	int epoll, timer;
	bool has_thread, has_queue;
	void (*callback)(const struct caisson_monitor_event *event, void *arg);
	void *arg;
	pthread_t thread;
	struct monitor_starter *starter;

	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t news; /* an event waits, or nobody runs the loop */
	pthread_cond_t idle; /* current is another one */
	bool stopping;
	bool looping; /* somebody runs the loop: */
	pthread_t looper;
	struct monitor_item *current; /* not to be freed */
	bool looking; /* at it; otherwise something is being told of it */
	unsigned forgetting; /* threads that wait for that */
	struct monitor_node queue;
	struct monitor_slot *slots;
	struct monitor_item **heap;
	size_t n_slots, n_free, room, n_heap; /* room: of both arrays */
	uint32_t first_free;
	uint64_t armed; /* what the timer is set to */
	struct caisson_monitor_stats stats;
};

/* What a look has shown. */
struct monitor_seen {
	bool is_done, is_decided, has_denials;
	uint64_t due;
	size_t bytes; /* of memory */
};

/* All with the lock held, but where it says otherwise. */

/* monitor_table.c: slots, and who is due. */
bool monitor_has_room(struct caisson_monitor *m); /* makes it */
void monitor_take_slot(struct caisson_monitor *m, struct monitor_item *item);
void monitor_drop_slot(struct caisson_monitor *m, struct monitor_item *item);
void monitor_set_due(struct caisson_monitor *m, struct monitor_item *item,
		     uint64_t due);
/* The one that is due first, NULL: none. */
struct monitor_item *monitor_first_due(const struct caisson_monitor *m);
void monitor_arm(struct caisson_monitor *m);

/* monitor_queue.c */
void monitor_queue_init(struct caisson_monitor *m);
void monitor_item_init(struct monitor_item *item, void *data);
void monitor_push(struct caisson_monitor *m, struct monitor_item *item,
		  uint32_t kind);
void monitor_unqueue(struct monitor_item *item);
bool monitor_pop(struct caisson_monitor *m, struct caisson_monitor_event *out);
void monitor_describe(const struct monitor_item *item, uint32_t kind,
		      struct caisson_monitor_event *out);

/* monitor_item.c */
/* Takes a new item in; its descriptors are the caller's to add. */
void monitor_enter(struct caisson_monitor *m, struct monitor_item *item);
/* Takes it out of everything but `current`. */
void monitor_leave(struct caisson_monitor *m, struct monitor_item *item);
/* Is that what we are doing? */
bool monitor_is_looking(const struct caisson_monitor *m,
			const struct monitor_item *item);
/* Afterwards nobody looks at it: sleeps, unless we are the one. */
void monitor_wait_idle(struct caisson_monitor *m, struct monitor_item *item);
/* Its owner is alone again.  Without the lock; it is `current`. */
void monitor_release(struct monitor_item *item);
/* 0 or a negative errno. */
int monitor_poll(const struct caisson_monitor *m, int op, int fd,
		 const struct monitor_item *item, uint32_t events);

/* monitor_child.c, monitor_watch.c: without the lock. */
void monitor_look_child(struct monitor_item *item, struct monitor_seen *out);
void monitor_release_child(struct monitor_item *item);
void monitor_look_watch(struct monitor_item *item, struct monitor_seen *out);
void monitor_release_watch(struct monitor_item *item);

/* monitor_loop.c */
/* Does all there is to do at most until then.  The loop is ours. */
void monitor_run(struct caisson_monitor *m, uint64_t until);
void *monitor_thread(void *monitor); /* without the lock */

/* monitor_start.c: without the lock. */
CAISSON_CHECK int
monitor_starter_launch(struct caisson_monitor *m,
		       const struct caisson_spec *spec,
		       const struct caisson_launch_options *options,
		       struct caisson_child **out, struct caisson_error *err);
CAISSON_CHECK int
monitor_starter_new(struct monitor_starter **out, struct caisson_error *err);
void monitor_starter_free(struct monitor_starter *s); /* ends its thread */

/* All signals but libc's are blocked in *thread.  0 or a positive errno. */
int monitor_create_thread(pthread_t *thread, size_t stack, void *(*run)(void *),
			  void *arg);

#endif
