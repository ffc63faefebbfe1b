/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came as a launch or as a signal: taken apart, asked of the grants as
 * they are now, answered, done.  Nothing that the other side says about
 * itself is used; what it does not say is what it has.  Without an explicit
 * permit nothing is done.
 */
#include "launcher/launcher.h"

#include "plan/ask.h"
#include "plan/memfd.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define BITS_ALWAYS \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED)
#define BITS_NO_CAPS                                             \
	(SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

struct launch {
	const struct frame_launch *asked;
	struct child *child;
	struct plan plan;
	struct grant_answer grant;
};

/* The decision, with the place of the rule that made it. */
static void
answer(struct launcher *l, uint64_t request, const struct grant_answer *grant,
       struct audit_decision *what)
{
	const struct wire_reader *file = &grant->rule.field[GRANT_FILE];
	uint64_t line = 0, second = loop_now_ms() / 1000;
	struct frame f = { .type = FRAME_DENIED };

	if (grant->has_rule) {
		f.bytes = file->data;
		f.len =
		    file->left < FRAME_TEXT_MAX ? file->left : FRAME_TEXT_MAX;
		line = grant_number(&grant->rule, GRANT_LINE, 0);
	}
	if (grant->verdict == GRANT_PERMIT) {
		f.type = FRAME_ACCEPTED;
		f.accepted = (struct frame_accepted){ request, line };
	} else {
		f.denied = (struct frame_denied){
			request,      line,           grant->field,
			grant->index, grant->allowed, grant->asked,
		};
		l->denials = l->denied_at == second ? l->denials + 1 : 1;
		l->denied_at = second;
	}
	what->answer = &f;
	audit_write(l, what);
	loop_answer(l, &f);
}

/* Root's launcher needs no grant. */
static bool
is_permitted(struct launcher *l, const struct grant_request *asked,
	     const struct grant_set *set, struct grant_answer *out)
{
	if (!l->caller.is_root)
		return grant_decide(set, asked, out) == GRANT_PERMIT;
	*out = (struct grant_answer){ .verdict = GRANT_PERMIT };
	return true;
}

/* No grants are grants to nobody. */
static void
read_grants(struct launcher *l, struct grant_set *out)
{
	if (l->caller.is_root || !grants_read(l, out))
		*out = (struct grant_set){ .n = 0 };
}

/* What outlives us keeps to no timeout, and to no number at a time. */
static void
ask_as_caller(const struct launcher *l, const struct launch *this,
	      struct grant_request *out)
{
	const struct caller *c = &l->caller;
	struct plan_asker who = {
		.uid = c->uid,
		.gids = c->groups,
		.n_gids = c->n_groups,
		.nice = c->nice,
		.oom_score_adj = c->oom_score_adj,
	};

	for (unsigned i = 0; i < LIMITS; i++)
		who.hard[i] = c->limits[i].hard;
	plan_ask(&this->plan, &who,
		 &(struct plan_beside){ this->asked->detach,
					this->asked->timeout_ms,
					this->asked->kill_grace_ms },
		 out);
	if (this->asked->detach != 0)
		out->asked[GRANT_TIMEOUT] = out->asked[GRANT_LAUNCHES] =
		    UINT64_MAX;
}

/* Twice: may it be run, and may it be a script, which is decided by exec. */
static bool
ask(struct launcher *l, struct launch *this)
{
	struct plan *plan = &this->plan;
	struct grant_request q;
	struct grant_answer script;
	struct grant_set set;

	ask_as_caller(l, this, &q);
	read_grants(l, &set);
	if (!is_permitted(l, &q, &set, &this->grant))
		return false;
	q.script = true;
	plan->scripts = is_permitted(l, &q, &set, &script);
	return true;
}

/* Not what the launcher needed for itself, but what its caller has. */
static void
complete_limits(struct launcher *l, struct plan *plan)
{
	struct plan_rlimit *limits = l->rlimits;

	for (uint32_t i = 0; i < LIMITS; i++)
		limits[i] = (struct plan_rlimit){ i, l->caller.limits[i].soft,
						  l->caller.limits[i].hard };
	for (size_t i = 0; i < plan->n_rlimits; i++)
		limits[plan->rlimits[i].resource] = plan->rlimits[i];
	if (!plan->set_nofile)
		plan->nofile = limits[RLIMIT_NOFILE];
	plan->set_nofile = true;
	limits[RLIMIT_NOFILE] = limits[LIMITS - 1];
	plan->rlimits = limits;
	plan->n_rlimits = LIMITS - 1;
}

static void
complete(struct launcher *l, struct launch *this)
{
	struct wire_reader floors = this->grant.rule.field[GRANT_FLOORS];
	struct plan *plan = &this->plan;
	struct grant_item floor;

	plan->change_uid = plan->change_gid = plan->change_groups = true;
	plan->old_uid = plan->old_gid = 0;
	plan->has_setpcap = true;
	plan->securebits = BITS_ALWAYS;
	if (plan->sets.permitted == 0)
		plan->securebits |= BITS_NO_CAPS;
	plan->pin = true;
	plan->deadline_ms = 0; /* the loop has it */
	if (!plan->set_umask)
		plan->umask = l->caller.umask;
	plan->set_umask = true;
	/* if we are killed, as only root can do, nobody else would end it */
	if (plan->parent_death_signal == 0 && !this->child->detach)
		plan->parent_death_signal = SIGKILL;
	plan->floors = l->floors;
	while (plan->n_floors < GRANT_FLOORS_MAX &&
	       grant_next_item(&floors, &floor))
		l->floors[plan->n_floors++] = (struct profile){
			.insns = (const void *)floor.data,
			.len = (unsigned short)(floor.data_len / PLAN_INSN),
		};
	complete_limits(l, plan);
}

static bool
fail(struct launcher *l, struct launch *this, int code, int error,
     uint64_t index)
{
	uint32_t stage = code == CAISSON_E_PRIVILEGE
			     ? CAISSON_STAGE_CAPABILITIES
			     : CAISSON_STAGE_LAUNCHER;

	child_fail(this->child, code, stage, error, index);
	child_end(l, this->child, OWES_FAILED);
	return false;
}

/* The bytes, as what they must be. */
static bool
take(struct launcher *l, struct launch *this, const struct frame *f)
{
	struct plan_input in = { f->bytes, f->len, l->received, l->n_received,
				 l->last_cap };
	enum plan_part part;

	if (this->asked->memfd != 0) {
		long n = plan_memfd_copy(l->received[0], l->plan_bytes,
					 sizeof(l->plan_bytes));

		if (n < 0)
			return fail(l, this, CAISSON_E_PROTOCOL, (int)-n,
				    PLAN_END);
		in = (struct plan_input){ l->plan_bytes, (size_t)n,
					  l->received + 1, l->n_received - 1,
					  l->last_cap };
	}
	this->child->hash = audit_hash(in.data, in.len);
	part = plan_take(&in, &l->memory, &this->plan);
	if (part != PLAN_TAKEN)
		return fail(l, this, CAISSON_E_PROTOCOL, 0, part);
	this->child->uid = this->plan.uid;
	this->child->gid = this->plan.gid;
	this->child->leads_group =
	    this->plan.new_group || this->plan.new_session;
	this->child->exec_by = loop_now_ms() + this->plan.deadline_ms;
	return true;
}

/* A place for it, or what stands in its way that no rule says. */
static bool
make_room(struct launcher *l, struct launch *this)
{
	struct plan *plan = &this->plan;
	uint64_t lacks = plan->sets.permitted & ~l->may_keep;
	int r = 0;

	if (plan->chroot != NULL)
		lacks |= (uint64_t)1 << CAP_SYS_CHROOT & ~l->may_keep;
	if (lacks != 0)
		return fail(l, this, CAISSON_E_PRIVILEGE, EPERM,
			    (uint64_t)__builtin_ctzll(lacks));
	if (!l->caller.is_root)
		r = slots_take(l, this->child, &this->grant.rule);
	if (r == -EAGAIN) {
		this->grant.verdict = GRANT_DENY;
		this->grant.field = GRANT_LAUNCHES;
		this->grant.allowed =
		    grant_number(&this->grant.rule, GRANT_LAUNCHES, 0);
		this->grant.asked = this->grant.allowed + 1;
		return true;
	}
	return r == 0 || fail(l, this, CAISSON_E_SYSTEM, -r, 0);
}

static void
launch(struct launcher *l, struct launch *this)
{
	struct child *c = this->child;
	struct audit_decision what = { NULL, this->plan.path, c->uid, c->gid, 0,
				       0,    c->hash };
	int r;

	if (ask(l, this) && !make_room(l, this))
		return;
	answer(l, c->request, &this->grant, &what);
	if (this->grant.verdict != GRANT_PERMIT || l->ending) {
		slots_release(l, c);
		return;
	}
	complete(l, this);
	r = launch_clone(&this->plan, c);
	if (r < 0) {
		child_fail(c, CAISSON_E_SYSTEM, CAISSON_STAGE_CLONE, -r, 0);
		child_end(l, c, OWES_FAILED);
	}
}

enum frame_fault
request_launch(struct launcher *l, const struct frame *f)
{
	struct launch this = { .asked = &f->launch };
	struct frame failed = { .type = FRAME_FAILED };
	struct child *c;

	if (child_find(l, f->launch.request) != NULL)
		return FRAME_BAD_NUMBER;
	for (c = l->children; l->once && c < l->children + START_CHILDREN; c++)
		if (child_lives(c) || l->confined)
			return FRAME_BAD_TYPE;
	this.child = c = child_free(l);
	if (c == NULL) {
		failed.failed = (struct frame_failed){
			f->launch.request,      -CAISSON_E_SYSTEM,
			CAISSON_STAGE_LAUNCHER, EAGAIN,
			START_CHILDREN,
		};
		loop_answer(l, &failed);
		return FRAME_FINE;
	}
	c->request = f->launch.request;
	c->uid = c->gid = UINT32_MAX;
	c->detach = f->launch.detach != 0;
	c->timeout_ms = f->launch.timeout_ms;
	c->grace_ms = f->launch.kill_grace_ms;
	if (c->detach && !l->once)
		(void)fail(l, &this, CAISSON_E_UNSUPPORTED, 0, 0);
	else if (take(l, &this, f))
		launch(l, &this);
	return FRAME_FINE;
}

/* It is no child of ours: whose it is says the kernel, and who may the rules. */
static int
signal_detached(struct launcher *l, const struct frame_signal *asked)
{
	struct grant_request q = { .caller_uid = l->caller.uid,
				   .caller_gids = l->caller.groups,
				   .n_caller_gids = l->caller.n_groups,
				   .signal = true };
	struct audit_decision what = { .program = "",
				       .gid = UINT32_MAX,
				       .signal = asked->signal };
	struct grant_answer grant;
	struct grant_set set;

	if (l->confined || !proc_owner(l->received[0], &what.pid, &q.uid))
		return -ESRCH;
	what.uid = q.uid;
	read_grants(l, &set);
	if (is_permitted(l, &q, &set, &grant)) {
		int r = (int)sys4(SYS_pidfd_send_signal, l->received[0],
				  asked->signal, 0, 0);

		if (r < 0)
			return r;
	}
	answer(l, asked->request, &grant, &what);
	return 0;
}

enum frame_fault
request_signal(struct launcher *l, const struct frame *f)
{
	const struct frame_signal *s = &f->signal;
	struct frame say = { .type = FRAME_ACCEPTED };
	struct child *c = child_find(l, s->child);
	int r = -ESRCH;

	if (s->whom == FRAME_DETACHED) {
		r = signal_detached(l, s);
		if (r == 0)
			return FRAME_FINE;
	} else if (c != NULL) {
		r = child_signal(l, c, s->whom, (int)s->signal);
	}
	if (r < 0)
		say = (struct frame){ .type = FRAME_FAILED,
				      .failed = { s->request, -CAISSON_E_SYSTEM,
						  CAISSON_STAGE_SIGNAL,
						  (uint64_t)-r, 0 } };
	else
		say.accepted.request = s->request;
	loop_answer(l, &say);
	return FRAME_FINE;
}
