/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fork lock: a read-write lock that prefers writers, so that a program
 * which launches without pause cannot starve one that forks by itself.  In a
 * forked child it is made anew, because whoever held it is not there any more;
 * if the forking thread itself held it exclusively, so does its child.
 */
#include "caisson.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_rwlock_t lock =
    PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool exclusive;

static void
in_forked_child(void)
{
	static const pthread_rwlock_t fresh =
	    PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

	lock = fresh;
	if (exclusive && pthread_rwlock_wrlock(&lock) != 0)
		abort();
}

static void
register_handler(void)
{
	/* Without it a forked child could hang: better never to get there. */
	if (pthread_atfork(NULL, NULL, in_forked_child) != 0)
		abort();
}

/* A lock that fails is a bug of its user; going on unlocked would hide it. */
static void
must(int r)
{
	if (r != 0)
		abort();
}

void
caisson_fork_lock_shared(void)
{
	must(pthread_once(&once, register_handler));
	must(pthread_rwlock_rdlock(&lock));
}

void
caisson_fork_unlock_shared(void)
{
	must(pthread_rwlock_unlock(&lock));
}

void
caisson_fork_lock_exclusive(void)
{
	must(pthread_once(&once, register_handler));
	must(pthread_rwlock_wrlock(&lock));
	exclusive = true;
}

void
caisson_fork_unlock_exclusive(void)
{
	exclusive = false;
	must(pthread_rwlock_unlock(&lock));
}
