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

/* In FAILED, what a caller cannot do anything about has no index. */
static bool
fail(struct frame *say, int code, uint32_t stage, long error, uint64_t index)
{
	say->type = FRAME_FAILED;
	say->failed.code = (uint64_t)-code;
	say->failed.stage = stage;
	say->failed.error = (uint64_t)error;
	say->failed.index = index;
	return false;
}

/* The grants are read once for each request; root's launcher needs none. */
static bool
is_permitted(struct launcher *l, const struct grant_request *asked,
	     struct grant_answer *out)
{
	*out = (struct grant_answer){ .verdict = GRANT_PERMIT };
	if (!l->caller.is_root && !grants_read(l, &l->grants))
		l->grants = (struct grant_set){ .n = 0 };
	if (!l->caller.is_root)
		(void)grant_decide(&l->grants, asked, out);
	if (!out->has_rule)
		out->rule = (struct grant_rule){ 0 };
	return out->verdict == GRANT_PERMIT;
}

/* As it was decided, with the place of the rule. */
static void
decide(struct launcher *l, const struct grant_answer *a, struct frame *say)
{
	const struct wire_reader *file = &a->rule.field[GRANT_FILE];
	const uint64_t second = loop_clock_ns(CLOCK_MONOTONIC) / 1000000000;

	say->type = FRAME_ACCEPTED;
	say->accepted.line = grant_number(&a->rule, GRANT_LINE, 0);
	say->bytes = file->data;
	say->len = file->left < FRAME_TEXT_MAX ? file->left : FRAME_TEXT_MAX;
	if (a->verdict == GRANT_PERMIT)
		return;
	say->type = FRAME_DENIED;
	say->denied.field = a->field;
	say->denied.index = a->index;
	say->denied.allowed = a->allowed;
	say->denied.asked = a->asked;
	l->denials = l->denied_at == second ? l->denials + 1 : 1;
	l->denied_at = second;
}

static bool
take(struct launcher *l, const struct frame *f, struct plan *plan,
     struct frame *say)
{
	const size_t memfd = f->launch.memfd;
	struct plan_input in = { f->bytes, f->len, l->received + memfd,
				 l->n_received - memfd, l->last_cap };
	enum plan_part part;
	long n = 0;

	if (memfd != 0) {
		n = plan_memfd_copy(l->received[0], l->plan_bytes,
				    sizeof(l->plan_bytes));
		in.data = l->plan_bytes;
		in.len = n > 0 ? (size_t)n : 0;
	}
	l->decision.hash = audit_hash(in.data, in.len);
	part = n < 0 ? PLAN_END : plan_take(&in, &l->memory, plan);
	if (part != PLAN_TAKEN)
		return fail(say, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER,
			    n < 0 ? -n : 0, part);
	l->decision.program = plan->path;
	l->decision.uid = plan->uid;
	l->decision.gid = plan->gid;
	return true;
}

/* Twice: may it be run, and may it be a script, which exec decides. */
static bool
may_launch(struct launcher *l, const struct frame_launch *asked,
	   struct plan *plan, struct grant_answer *grant)
{
	const struct plan_beside beside = { asked->detach, asked->timeout_ms,
					    asked->kill_grace_ms };
	struct grant_answer script;
	struct grant_request q;

	plan_ask(plan, &l->caller.who, &beside, &q);
	q.script = true;
	plan->scripts = is_permitted(l, &q, &script);
	q.script = false;
	return is_permitted(l, &q, grant);
}

/* What no rule says: is there a place, and are we still able to? */
static bool
has_room(struct launcher *l, struct child *c, const struct plan *plan,
	 struct grant_answer *grant, struct frame *say)
{
	const uint64_t lacks = plan->sets.permitted & ~l->may_keep;
	int r;

	if (lacks != 0)
		return fail(say, CAISSON_E_PRIVILEGE,
			    CAISSON_STAGE_CAPABILITIES, EPERM,
			    (uint64_t)__builtin_ctzll(lacks));
	r = l->caller.is_root ? 0 : slots_take(l, c, &grant->rule);
	if (r == -EAGAIN) {
		grant->verdict = GRANT_DENY;
		grant->field = GRANT_LAUNCHES;
		grant->allowed = grant_number(&grant->rule, GRANT_LAUNCHES, 0);
		grant->asked = grant->allowed + 1;
		decide(l, grant, say);
	} else if (r < 0) {
		(void)fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, -r,
			   0);
	}
	return r == 0;
}

/* What is not asked for: limits, umask and nice value are the caller's. */
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
	if (!plan->set_umask)
		plan->umask = l->caller.umask;
	plan->set_umask = true;
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
	plan->set_nofile = true;
}

static void
launch(struct launcher *l, struct child *c, const struct frame *f,
       struct frame *say)
{
	struct grant_answer grant;
	struct plan plan;
	int r;

	if (!take(l, f, &plan, say))
		return;
	if (!may_launch(l, &f->launch, &plan, &grant)) {
		decide(l, &grant, say);
		return;
	}
	if (!has_room(l, c, &plan, &grant, say))
		return;
	c->leads_group = plan.new_group || plan.new_session;
	c->due = loop_clock_ns(CLOCK_MONOTONIC) / 1000000 + plan.deadline_ms;
	complete(l, &plan, grant.rule.field[GRANT_FLOORS]);
	/* if we are killed, as only root can do, nobody else would end it */
	if (plan.parent_death_signal == 0 && !c->detach)
		plan.parent_death_signal = SIGKILL;
	r = launch_clone(&plan, c);
	l->used |= r == 0;
	if (r == 0)
		decide(l, &grant, say);
	else
		(void)fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_CLONE, -r, 0);
}

enum frame_fault
request_launch(struct launcher *l, const struct frame *f, struct frame *say)
{
	struct child *c = l->children, *free = NULL;

	for (; c < l->children + START_CHILDREN; c++)
		if (child_is_free(c))
			free = c;
		else if (c->request == f->launch.request)
			return FRAME_BAD_NUMBER;
	if (l->once && l->used)
		return FRAME_BAD_TYPE;
	l->decision =
	    (struct audit_decision){ say, "", UINT32_MAX, UINT32_MAX, 0, 0, 0 };
	if (free == NULL) {
		(void)fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			   EAGAIN, START_CHILDREN);
	} else if (f->launch.detach != 0 && !l->once) {
		(void)fail(say, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_LAUNCHER,
			   0, 0);
	} else {
		if (free->state == CHILD_ENDED)
			(void)sys1(SYS_close, free->pidfd);
		*free = (struct child){
			.request = f->launch.request,
			.detach = f->launch.detach != 0,
			.timeout_ms = f->launch.timeout_ms,
			.grace_ms = f->launch.kill_grace_ms,
		};
		launch(l, free, f, say);
		if (free->state == CHILD_FREE)
			slots_release(l, free);
		free->decision = l->decision;
		free->decision.answer = &free->answer;
		free->decision.program = "";
	}
	audit_write(l, &l->decision);
	return FRAME_FINE;
}

/* It is no child of ours: whose it is says the kernel, and who may the rules. */
static long
signal_other(struct launcher *l, const struct frame_signal *asked,
	     struct frame *say)
{
	struct grant_request q = { .caller_uid = l->caller.who.uid,
				   .caller_gids = l->caller.who.gids,
				   .n_caller_gids = l->caller.who.n_gids,
				   .signal = true };
	struct grant_answer grant;
	long r = 0;

	l->decision = (struct audit_decision){ say,        "", 0,
					       UINT32_MAX, 0,  asked->signal,
					       0 };
	if ((l->once && l->used) ||
	    !proc_owner(l->received[0], &l->decision.pid, &q.uid))
		return -ESRCH;
	l->decision.uid = q.uid;
	if (is_permitted(l, &q, &grant))
		r = sys4(SYS_pidfd_send_signal, l->received[0], asked->signal,
			 0, 0);
	decide(l, &grant, say);
	audit_write(l, &l->decision);
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
		if (!child_is_free(&l->children[i]) &&
		    l->children[i].request == s->child)
			r = child_signal(l, &l->children[i], s->whom,
					 (int)s->signal);
	if (r < 0)
		*say = (struct frame){ .number = { s->request } };
	if (r < 0)
		(void)fail(say, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r, 0);
	return FRAME_FINE;
}
