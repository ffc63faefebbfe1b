/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the program will be and with which capabilities, whether the caller can
 * give that, and so which engine serves.  Only questions here: nothing of the
 * caller is changed.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/ids.h"
#include "run/session/session.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#define CAP_BIT(cap) ((uint64_t)1 << (cap))

static int
ids_from_numbers(const struct spec_identity_fields *id, struct user_ids *out,
		 struct caisson_error *err)
{
	uint32_t *groups = calloc(id->n_groups + 1, sizeof(*groups));

	if (groups == NULL)
		return err_no_memory(err, CAISSON_STAGE_IDENTITY);
	for (size_t i = 0; i < id->n_groups; i++)
		groups[i] = (uint32_t)id->groups[i];
	ids_sort(groups, id->n_groups);
	out->groups = groups;
	out->n_groups = id->n_groups;
	out->uid = (uint32_t)id->uid;
	out->gid = (uint32_t)id->gid;
	out->set = true;
	return 0;
}

static int
resolve(struct launch *l, struct caisson_error *err)
{
	const struct caisson_spec *spec = l->spec;

	if (spec->id.kind == SPEC_IDS)
		return ids_from_numbers(&spec->id, &l->ids, err);
	if (spec->id.kind == SPEC_USER)
		return user_by_name(spec->id.user, spec->id.group, &l->ids,
				    err);
	if (spec->drop_sudo != CAISSON_DROP_SUDO_NO)
		return user_from_sudo(l->options.caller_env, spec->drop_sudo,
				      l->caller.ruid, &l->ids, err);
	return 0;
}

static bool
same_groups(const struct cred_caller *c, const struct user_ids *ids)
{
	return c->n_groups == ids->n_groups &&
	       (ids->n_groups == 0 ||
		memcmp(c->groups, ids->groups,
		       ids->n_groups * sizeof(*ids->groups)) == 0);
}

static int
plan_ids(struct launch *l, struct caisson_error *err)
{
	const struct cred_caller *c = &l->caller;
	struct plan *plan = &l->plan;

	plan->old_uid = c->euid;
	plan->old_gid = c->egid;
	if (!l->ids.set) {
		if (c->ruid != c->euid || c->euid != c->suid ||
		    c->rgid != c->egid || c->egid != c->sgid)
			return err_set(
			    err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY, 0,
			    "real, effective and saved ids of the caller "
			    "differ: name the credentials to launch with");
		plan->uid = c->euid;
		plan->gid = c->egid;
		plan->groups = c->groups;
		plan->n_groups = c->n_groups;
		return 0;
	}
	plan->uid = l->ids.uid;
	plan->gid = l->ids.gid;
	plan->groups = l->ids.groups;
	plan->n_groups = l->ids.n_groups;
	plan->change_uid = c->ruid != plan->uid || c->euid != plan->uid ||
			   c->suid != plan->uid;
	plan->change_gid = c->rgid != plan->gid || c->egid != plan->gid ||
			   c->sgid != plan->gid;
	plan->change_groups = !same_groups(c, &l->ids);
	return 0;
}

static int
need(const struct launch *l, unsigned cap, const char *what,
     struct caisson_error *err)
{
	if ((l->caller.sets.effective & CAP_BIT(cap)) != 0)
		return 0;
	return err_set(
	    err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_IDENTITY, 0,
	    "%s needs %s, which the caller does not have: run as root%s", what,
	    cred_cap_name(cap), session_other_way(l));
}

static int
check_privilege(const struct launch *l, struct caisson_error *err)
{
	const struct plan *plan = &l->plan;
	int r = 0;

	if (plan->change_uid)
		r = need(l, CAP_SETUID, "changing the uid", err);
	/* or the child could not be stopped afterwards */
	if (r == 0 && plan->change_uid)
		r = need(l, CAP_KILL, "changing the uid", err);
	if (r == 0 && plan->change_gid)
		r = need(l, CAP_SETGID, "changing the gid", err);
	if (r == 0 && plan->change_groups)
		r = need(l, CAP_SETGID, "changing the groups", err);
	if (r == 0 && plan->chroot != NULL)
		r = need(l, CAP_SYS_CHROOT, "chroot", err);
	return r;
}

/* Each capability must be one that the caller can give. */
static int
check_capabilities(const struct launch *l, struct caisson_error *err)
{
	const struct cred_sets *have = &l->caller.sets;
	uint64_t want = l->plan.sets.permitted;

	for (uint32_t cap = 0; cap < 64; cap++) {
		const char *where = NULL;

		if ((want & CAP_BIT(cap)) == 0)
			continue;
		if ((have->permitted & CAP_BIT(cap)) == 0)
			where = "permitted";
		else if ((have->bounding & CAP_BIT(cap)) == 0)
			where = "bounding";
		if (where != NULL)
			return err_set(err, CAISSON_E_PRIVILEGE,
				       CAISSON_STAGE_CAPABILITIES, 0,
				       "%s is not in the caller's %s set%s",
				       cred_cap_name(cap), where,
				       session_other_way(l));
	}
	return 0;
}

uint32_t
launch_securebits(const struct plan *plan)
{
	return PLAN_SECUREBITS(plan->sets.permitted);
}

/*
 * Without CAP_SETPCAP the bounding set and the securebits stay as they are;
 * with no_new_privs and the other sets empty they are inert.
 */
static int
plan_bounding(struct launch *l, struct caisson_error *err)
{
	const struct cred_caller *c = &l->caller;
	struct plan *plan = &l->plan;

	plan->last_cap = c->last_cap;
	plan->has_setpcap = (c->sets.effective & CAP_BIT(CAP_SETPCAP)) != 0;
	if (plan->has_setpcap) {
		plan->securebits = launch_securebits(plan);
		return 0;
	}
	if (l->spec->bounding_required &&
	    c->sets.bounding != plan->sets.bounding)
		return err_set(
		    err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_CAPABILITIES, 0,
		    "/bounding: reducing the bounding set needs cap_setpcap, "
		    "which the caller does not have%s",
		    session_other_way(l));
	plan->sets.bounding = c->sets.bounding;
	plan->securebits = c->securebits & ~(uint32_t)SECBIT_KEEP_CAPS;
	return 0;
}

static bool
holds_capabilities(const struct cred_sets *s)
{
	return (s->permitted | s->effective | s->inheritable | s->ambient) != 0;
}

static int
choose_engine(struct launch *l, struct caisson_error *err)
{
	const struct plan *plan = &l->plan;
	bool changes = plan->change_uid || plan->change_gid ||
		       plan->change_groups || plan->chroot != NULL ||
		       holds_capabilities(&l->caller.sets);
	uint32_t want = l->options.engine;

	if (want == CAISSON_ENGINE_VFORK && changes)
		return err_set(
		    err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_IDENTITY, 0,
		    "the vfork engine shares memory with the program-to-be: "
		    "not for a launch that changes privilege");
	if (want == CAISSON_ENGINE_VFORK && plan->denials)
		return err_usage(err, "the vfork engine cannot report refused "
				      "calls: nobody would answer them");
	if (plan->denials)
		want = CAISSON_ENGINE_FORK;
	if (want == CAISSON_ENGINE_AUTO)
		want = changes ? CAISSON_ENGINE_FORK : CAISSON_ENGINE_VFORK;
	l->plan.engine = want;
	return 0;
}

/* What the caller can do itself. */
static int
own_authority(struct launch *l, struct caisson_error *err)
{
	const struct spec_strings *caps = &l->spec->capabilities;
	struct plan *plan = &l->plan;
	int r = check_privilege(l, err);

	if (r == 0)
		r = cred_sets_compute((const char *const *)caps->v, caps->n,
				      &plan->sets, err);
	if (r == 0)
		r = check_capabilities(l, err);
	if (r == 0)
		r = plan_bounding(l, err);
	if (r == 0)
		r = choose_engine(l, err);
	return r;
}

/* The launcher's, where it is asked for, or can do what the caller cannot. */
static int
authority(struct launch *l, struct caisson_error *err)
{
	struct caisson_error own;
	int r;

	if (l->options.session != NULL ||
	    l->options.engine == CAISSON_ENGINE_LAUNCHER)
		return session_plan(l, err);
	r = own_authority(l, &own);
	if ((r == CAISSON_E_PRIVILEGE ||
	     (r == 0 && session_lacks_resources(l))) &&
	    session_could(l) && session_launcher_error(l) == 0)
		return session_plan(l, err);
	if (r < 0 && err != NULL)
		*err = own;
	return r;
}

int
launch_identity(struct launch *l, struct caisson_error *err)
{
	struct plan *plan = &l->plan;
	int r = cred_read_caller(&l->caller, err);

	if (r == 0)
		r = resolve(l, err);
	if (r == 0)
		r = plan_ids(l, err);
	if (r == 0)
		r = authority(l, err);
	if (r < 0)
		return r;
	l->groups_scratch = calloc(plan->n_groups + 1, sizeof(uint32_t));
	if (l->groups_scratch == NULL)
		return err_no_memory(err, CAISSON_STAGE_IDENTITY);
	plan->groups_scratch = l->groups_scratch;
	return 0;
}
