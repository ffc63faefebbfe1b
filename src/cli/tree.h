/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of processes below this one, held by pidfds: stopped while it is
 * looked at, then killed.
 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "cli/children.h"

#include <poll.h>

struct tree_node {
	pid_t pid; /* its process is held: the number means no other */
	bool killed;
	bool refused; /* we may not signal it */
	bool settled; /* cannot fork any more, and its children are known */
};

struct tree {
	struct tree_node *nodes;
	struct pollfd *fds; /* pidfds, as nodes */
	size_t n, room;
	size_t ended; /* how many have ended */
	unsigned char *seen; /* one bit a pid: is it among the nodes? */
	const struct pids *before; /* children that are none of the tree */
	int64_t since; /* nor are adopted ones that started before */
	int max_fd;
	bool is_scoped; /* begins with the first node, and not with us */
	bool full; /* more than we may have descriptors for */
};

CAISSON_CHECK int
tree_init(struct tree *t, const struct pids *before, int64_t since);
void tree_done(struct tree *t);

/*
 * Find and stop all of the tree, pass after pass, until nothing in it moves;
 * ends at the latest at end_ms.  -1: the tree cannot be seen.
 */
CAISSON_CHECK int tree_freeze(struct tree *t, uint64_t end_ms);
void tree_kill(struct tree *t);

/*
 * Instead of all that is below us, only what is below that child of ours, and
 * itself; it is never reaped here.
 */
CAISSON_CHECK int tree_scope(struct tree *t, pid_t pid, int pidfd);

/* A signal to all that are held, which then go on. */
void tree_signal(struct tree *t, int signo);

/* Wait for ends, at most so long, and let go of what has ended. */
void tree_collect(struct tree *t, int wait_ms);

#endif
