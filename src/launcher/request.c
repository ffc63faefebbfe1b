/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came as a launch or as a signal: taken apart, asked of the grants as
 * they are now, done, answered.  Nothing that the other side says about
 * itself is used; what it does not say is what it has.  Without an explicit
 * permit nothing is done.
 */
#include "launcher/launcher.h"

#include "plan/ask.h"
#include "plan/memfd.h"

static void
fail(struct frame *say, int code, uint32_t stage, long error, uint64_t index)
{
	say->type = FRAME_FAILED;
	say->failed = (struct frame_failed){ say->number[0], (uint64_t)-code,
					     stage, (uint64_t)error, index };
}

/* By the grants as they are now; root's launcher needs none. */
static bool
is_permitted(struct launcher *l, const struct grant_request *asked,
	     struct grant_answer *out)
{
	struct grant_set set = { .n = 0 };

	*out = (struct grant_answer){ .verdict = GRANT_PERMIT };
	if (!l->caller.is_root && !grants_read(l, &set))
		set = (struct grant_set){ .n = 0 };
	if (!l->caller.is_root)
		(void)grant_decide(&set, asked, out);
	return out->verdict == GRANT_PERMIT;
}

/* What was decided, with the place of the rule.  Denials are counted. */
static void
decide(struct launcher *l, const struct grant_answer *a, struct frame *say)
{
	const uint64_t second = loop_clock_ns(CLOCK_MONOTONIC) / 1000000000;
	const struct wire_reader *file = &a->rule.field[GRANT_FILE];
	const uint64_t line = grant_number(&a->rule, GRANT_LINE, 0);

	/* of what is accepted only the first two are said */
	say->denied = (struct frame_denied){
		say->number[0], a->has_rule ? line : 0,
		a->field,       a->index,
		a->allowed,     a->asked,
	};
	say->bytes = file->data;
	say->len = a->has_rule && file->left <= FRAME_TEXT_MAX ? file->left : 0;
	say->type = FRAME_ACCEPTED;
	if (a->verdict == GRANT_PERMIT)
		return;
	say->type = FRAME_DENIED;
	l->denials = l->denied_at == second ? l->denials + 1 : 1;
	l->denied_at = second;
}

static bool
take(struct launcher *l, const struct frame *f, struct child *c,
     struct plan *plan, struct frame *say)
{
	const size_t memfd = f->launch.memfd;
	struct plan_input in = { f->bytes, f->len, l->received + memfd,
				 l->n_received - memfd, l->last_cap };
	enum plan_part part = PLAN_END;
	long n = (long)in.len;

	if (memfd != 0) {
		in.data = l->plan_bytes;
		n = plan_memfd_copy(l->received[0], l->plan_bytes,
				    sizeof(l->plan_bytes));
	}
	in.len = n > 0 ? (size_t)n : 0;
	c->decision.hash = audit_hash(in.data, in.len);
	if (n > 0)
		part = plan_take(&in, &l->memory, plan);
	fail(say, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER, n < 0 ? -n : 0,
	     part);
	return part == PLAN_TAKEN;
}

/*
 * Twice: may it be run, and may it be a script, which exec decides.  What may
 * outlive us keeps to no timeout, and to no number at a time.
 */
static bool
may_launch(struct launcher *l, const struct frame_launch *asked,
	   struct plan *plan, struct grant_answer *grant)
{
	const struct plan_beside beside = { asked->detach, asked->timeout_ms,
					    asked->kill_grace_ms };
	struct grant_request q;

	plan_ask(plan, &l->caller.who, &beside, &q);
	if (asked->detach != 0)
		q.asked[GRANT_TIMEOUT] = q.asked[GRANT_LAUNCHES] = UINT64_MAX;
	q.script = true;
	plan->scripts = is_permitted(l, &q, grant);
	q.script = false;
	return is_permitted(l, &q, grant);
}

/* What is not asked for: limits and umask are the caller's. */
static void
complete(struct launcher *l, struct plan *plan, struct wire_reader floors)
{
	uint32_t set = (uint32_t)plan->set_nofile << RLIMIT_NOFILE;
	struct grant_item floor;

	plan->change_uid = plan->change_gid = plan->change_groups = true;
	plan->old_uid = plan->old_gid = 0;
	plan->has_setpcap = plan->pin = true;
	plan->securebits = PLAN_SECUREBITS(plan->sets.permitted);
	plan->deadline_ms = 0; /* the loop has it */
	plan->umask = plan->set_umask ? plan->umask : l->caller.umask;
	plan->set_umask = plan->set_nofile = true;
	plan->floors = l->floors;
	while (plan->n_floors < GRANT_FLOORS_MAX &&
	       grant_next_item(&floors, &floor))
		l->floors[plan->n_floors++] = (struct profile){
			.insns = (const void *)floor.data,
			.len = (unsigned short)(floor.data_len / PLAN_INSN),
		};
	for (size_t i = 0; i < plan->n_rlimits; i++)
		set |= 1u << plan->rlimits[i].resource;
	for (uint32_t i = 0; i < GRANT_RLIMITS; i++) {
		const struct plan_rlimit is = { i, l->caller.soft[i],
						l->caller.who.hard[i] };

		if ((set >> i & 1) == 0 && i == RLIMIT_NOFILE)
			plan->nofile = is;
		else if ((set >> i & 1) == 0)
			l->memory.rlimits[plan->n_rlimits++] = is;
	}
}

/* Where no rule says no: a slot, and what it takes to do it. */
static void
launch(struct launcher *l, struct child *c, const struct frame *f,
       struct frame *say)
{
	struct grant_answer grant;
	struct plan plan;
	uint64_t lacks = 0;
	int r = 0;

	if (!take(l, f, c, &plan, say))
		return;
	c->decision.program = plan.path;
	c->decision.uid = plan.uid;
	c->decision.gid = plan.gid;
	if (may_launch(l, &f->launch, &plan, &grant)) {
		lacks = plan.sets.permitted & ~l->may_keep;
		r = lacks != 0 ? -EPERM : slots_take(l, c, &grant);
	}
	if (r == 0 && grant.verdict == GRANT_PERMIT) {
		c->leads_group = plan.new_group || plan.new_session;
		c->due =
		    loop_clock_ns(CLOCK_MONOTONIC) / 1000000 + plan.deadline_ms;
		complete(l, &plan, grant.rule.field[GRANT_FLOORS]);
		/* only root can kill us; nobody else would end it then */
		if (plan.parent_death_signal == 0 && !c->detach)
			plan.parent_death_signal = SIGKILL;
		r = launch_clone(&plan, c);
		l->used |= r == 0;
	}
	if (r == 0)
		decide(l, &grant, say);
	else if (lacks != 0)
		fail(say, CAISSON_E_PRIVILEGE, CAISSON_STAGE_CAPABILITIES, -r,
		     (uint64_t)__builtin_ctzll(lacks));
	else
		fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, -r, 0);
}

enum frame_fault
request_launch(struct launcher *l, const struct frame *f, struct frame *say)
{
	const struct frame_launch *asked = &f->launch;
	struct child *c = l->children, *free = NULL;

	for (; c < l->children + START_CHILDREN; c++)
		if (child_is_free(c))
			free = c;
		else if (c->request == asked->request)
			return FRAME_BAD_NUMBER;
	if ((l->once && l->used) || (asked->detach != 0 && !l->once))
		return FRAME_BAD_TYPE;
	c = free != NULL ? free : &l->nobody;
	if (c->state == CHILD_ENDED)
		(void)sys1(SYS_close, c->pidfd);
	*c = (struct child){ .request = asked->request,
			     .detach = asked->detach != 0,
			     .timeout_ms = asked->timeout_ms,
			     .grace_ms = asked->kill_grace_ms,
			     .answer = { .number = { asked->request } },
			     .decision = { say, "", UINT32_MAX, UINT32_MAX, 0,
					   0, 0 } };
	if (free == NULL)
		fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, EAGAIN,
		     START_CHILDREN);
	else
		launch(l, c, f, say);
	if (c->state == CHILD_FREE)
		slots_release(l, c);
	audit_write(l, &c->decision);
	return FRAME_FINE;
}

/* It is no child of ours: whose it is says the kernel, and who may the rules. */
static long
signal_other(struct launcher *l, const struct frame_signal *asked,
	     struct frame *say)
{
	struct grant_request q = { .caller_uid = l->caller.uid,
				   .caller_gids = l->caller.who.gids,
				   .n_caller_gids = l->caller.who.n_gids,
				   .signal = true };
	struct audit_decision what = { say,           "", 0, UINT32_MAX, 0,
				       asked->signal, 0 };
	struct grant_answer grant;
	long r = 0;

	if ((l->once && l->used) ||
	    !proc_owner(l->received[0], &what.pid, &q.uid))
		return -ESRCH;
	what.uid = q.uid;
	if (is_permitted(l, &q, &grant))
		r = sys4(SYS_pidfd_send_signal, l->received[0], asked->signal,
			 0, 0);
	decide(l, &grant, say);
	audit_write(l, &what);
	return r;
}

enum frame_fault
request_signal(struct launcher *l, const struct frame *f, struct frame *say)
{
	const struct frame_signal *s = &f->signal;
	long r = -ESRCH;

	say->type = FRAME_ACCEPTED;
	if (s->whom == FRAME_DETACHED)
		r = signal_other(l, s, say);
	for (unsigned i = 0; i < START_CHILDREN; i++)
		if (child_lives(&l->children[i]) &&
		    l->children[i].request == s->child)
			r = child_signal(l, &l->children[i], s->whom,
					 (int)s->signal);
	if (r < 0) {
		*say = (struct frame){ .number = { s->request } };
		fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r, 0);
	}
	return FRAME_FINE;
}
