/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle's part in refused calls: the lock, and what the caller sees.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/sized.h"
#include "run/denials.h"

#include <signal.h>
#include <string.h>

int
caisson_child_denials_fd(const struct caisson_child *child)
{
	return child->denials != NULL ? atomic_load(&child->denials->listener)
				      : -1;
}

/* With the mutex, when the status has been taken. */
void
handle_end_denials(struct caisson_child *c)
{
	struct denials *d = c->denials;
	struct caisson_exit *e = &c->exit;

	denials_close(d);
	if (!d->killed || e->how != CAISSON_HOW_SIGNALLED ||
	    e->value != SIGKILL)
		return;
	e->was_refused = 1;
	e->refused_nr = (uint32_t)d->last.first.nr;
	e->refused_arch = d->last.first.arch;
	e->refused_action = d->last.action;
}

uint64_t
handle_denials_due(const struct caisson_child *c)
{
	return c->denials != NULL ? denials_due_at(c->denials)
				  : CAISSON_FOREVER;
}

bool
handle_has_denials(const struct caisson_child *c)
{
	uint64_t next;

	return c->denials != NULL &&
	       denials_has_news(c->denials, c->done, &next);
}

bool
caisson_child_denial(struct caisson_child *child, struct caisson_denial *out)
{
	struct caisson_denial next = { .size = sizeof(next) };
	bool is_there;

	if (child->denials == NULL)
		return false;
	handle_lock(child);
	if (!child->done)
		denials_serve(child->denials);
	is_there = denials_next(child->denials, child->done, &next);
	handle_unlock(child);
	if (!is_there)
		return false;
	sized_give(&next, sizeof(next), out);
	return true;
}
