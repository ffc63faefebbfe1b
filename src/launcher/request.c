/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came as a launch or as a signal: taken apart, asked of the grants as
 * they are now, done, answered.  Nothing that the other side says about
 * itself is used; what it does not say is what it has.  Without an explicit
 * permit nothing is done.
 */
#include "launcher/launcher.h"

#include "plan/memfd.h"

/* error: negative, as calls return it. */
static void
fail(struct launcher *l, int code, uint32_t stage, long error, uint64_t index)
{
	l->answer =
	    (struct frame){ .type = FRAME_FAILED,
			    .failed = { l->answer.number[0], (uint64_t)-code,
					stage, (uint64_t)-error, index } };
}

/* By the grants as they are now; root's launcher needs none. */
static bool
is_permitted(struct launcher *l, const struct grant_request *asked)
{
	struct grant_set none_or = { .n = 0 };

	l->grant.verdict = l->caller.is_root ? GRANT_PERMIT : GRANT_DENY;
	if (!l->caller.is_root) {
		(void)grants_read(l, &none_or);
		(void)grant_decide(&none_or, asked, &l->grant);
	}
	return l->grant.verdict == GRANT_PERMIT;
}

/* What was decided, with the place of the rule. */
static void
say_decision(struct launcher *l)
{
	const struct grant_answer *a = &l->grant;
	const struct wire_reader *file = &a->rule.field[GRANT_FILE];
	const uint64_t line = grant_number(&a->rule, GRANT_LINE, 0);

	l->answer = (struct frame){
		.type =
		    a->verdict == GRANT_PERMIT ? FRAME_ACCEPTED : FRAME_DENIED,
		/* of what is accepted only the first two are said */
		.denied = { l->answer.number[0], a->has_rule ? line : 0,
			    a->field, a->index, a->allowed, a->asked },
		.bytes = file->data,
		.len = a->has_rule ? file->left : 0,
	};
}

static bool
take(struct launcher *l, const struct frame *f, struct audit_decision *told)
{
	const size_t memfd = f->launch.memfd;
	const long n = memfd == 0
			   ? (long)f->len
			   : plan_memfd_copy(l->received[0], l->plan_bytes,
					     sizeof(l->plan_bytes));
	const struct plan_input in = { memfd == 0 ? f->bytes : l->plan_bytes,
				       n > 0 ? (size_t)n : 0,
				       l->received + memfd,
				       l->n_received - memfd, l->last_cap };
	const enum plan_part part = plan_take(&in, &l->memory, &l->plan);

	told->hash = audit_hash(in.data, in.len);
	if (part == PLAN_TAKEN) {
		told->program = l->plan.path;
		told->uid = l->plan.uid;
		told->gid = l->plan.gid;
	} else {
		fail(l, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER,
		     n < 0 ? n : 0, part);
	}
	return part == PLAN_TAKEN;
}

/* May it be run?  And may it be a script, too, which exec decides. */
static bool
may_launch(struct launcher *l, const struct frame_launch *asked)
{
	struct grant_request q;

	plan_ask(&l->plan, &l->caller.who, asked, &q);
	q.script = true;
	l->plan.scripts = is_permitted(l, &q);
	q.script = false;
	return l->plan.scripts || is_permitted(l, &q);
}

/* What is not asked for: limits and umask are the caller's. */
static void
complete(struct launcher *l, struct plan *plan, const struct child *c)
{
	struct wire_reader floors = l->grant.rule.field[GRANT_FLOORS];
	uint32_t set = (uint32_t)plan->set_nofile << RLIMIT_NOFILE;
	struct grant_item floor;

	plan->change_uid = plan->change_gid = plan->change_groups = true;
	plan->old_uid = plan->old_gid = 0;
	plan->has_setpcap = plan->pin = true;
	plan->securebits = PLAN_SECUREBITS(plan->sets.permitted);
	plan->deadline_ms = 0; /* the loop has it */
	plan->join_group = l->caller.group;
	plan->umask = plan->set_umask ? plan->umask : l->caller.umask;
	plan->set_umask = plan->set_nofile = true;
	/* only root can kill us; nobody else would end it then */
	if (plan->parent_death_signal == 0 && c->asked.detach == 0)
		plan->parent_death_signal = SIGKILL;
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
launch(struct launcher *l, const struct frame *f, struct child *c)
{
	struct plan *plan = &l->plan;
	uint64_t lacks = 0;
	long r = 0;

	if (!take(l, f, &c->decision))
		return;
	if (may_launch(l, &f->launch)) {
		lacks = plan->sets.permitted & ~l->may_keep;
		r = lacks != 0 ? -EPERM : slots_take(l, c, &l->grant);
	}
	if (r == 0 && l->grant.verdict == GRANT_PERMIT) {
		c->leads_group = plan->new_group || plan->new_session;
		c->due = l->now + plan->deadline_ms;
		complete(l, plan, c);
		r = launch_clone(plan, c);
	}
	if (r == 0)
		say_decision(l);
	else if (lacks == 0)
		fail(l, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, r, 0);
	else
		fail(l, CAISSON_E_PRIVILEGE, CAISSON_STAGE_CAPABILITIES, r,
		     (uint64_t)__builtin_ctzll(lacks));
}

enum frame_fault
request_launch(struct launcher *l, const struct frame *f)
{
	struct child *free = NULL, new = {
		.asked = f->launch,
		.pidfd = -1,
		.report = -1,
		.slots = -1,
		.decision = { &l->answer, "", UINT32_MAX, UINT32_MAX, 0, 0, 0 },
	};

	for (struct child *c = l->children; c < CHILDREN_END(l); c++)
		if (c->state == CHILD_ENDED && c->pid == 0 &&
		    c->started.type == 0 && c->answer.type == 0)
			free = c;
		else if (c->asked.request == f->launch.request)
			return FRAME_BAD_NUMBER;
	if (l->once ? l->used : f->launch.detach != 0)
		return FRAME_BAD_TYPE;
	if (free == NULL)
		fail(l, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, -EAGAIN,
		     START_CHILDREN);
	else
		launch(l, f, &new);
	audit_write(l, &new.decision);
	if (child_lives(&new)) {
		l->used = true;
		child_close(&free->pidfd);
		*free = new;
	} else {
		slots_release(&new);
	}
	return FRAME_FINE;
}

/*
 * Of a child of ours; or of a process of others, and then whose it is says the
 * kernel, and who may the grants.
 */
enum frame_fault
request_signal(struct launcher *l, const struct frame *f)
{
	const struct frame_signal *s = &f->signal;
	struct audit_decision what = { &l->answer, "",        0, UINT32_MAX,
				       0,          s->signal, 0 };
	struct grant_request q = { .caller_uid = l->caller.uid,
				   .caller_gids = l->caller.who.gids,
				   .n_caller_gids = l->caller.who.n_gids,
				   .signal = true };
	long r = -ESRCH;

	l->answer.type = FRAME_ACCEPTED;
	for (struct child *c = l->children; c < CHILDREN_END(l); c++)
		if (child_lives(c) && c->asked.request == s->child)
			r = child_signal(l, c, s->whom, (int)s->signal);
	if (s->whom == FRAME_DETACHED && !(l->once && l->used) &&
	    proc_owner(l->received[0], &what.pid, &q.uid)) {
		r = is_permitted(l, &q) ? sys4(SYS_pidfd_send_signal,
					       l->received[0], s->signal, 0, 0)
					: 0;
		what.uid = q.uid;
		say_decision(l);
		audit_write(l, &what);
	}
	if (r < 0)
		fail(l, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, r, 0);
	return FRAME_FINE;
}
