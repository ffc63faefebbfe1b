/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for the calls that are behind socketcall and ipc.  Their arguments are
 * in memory, where a filter cannot look: a rule that refuses some arguments
 * refuses all, and one that allows some allows none.
 */
#include "policy/import/mux.h"

#include "policy/notes.h"

#include <string.h>

/* The call's number is its place, from 1. */
static const char *const socketcalls[] = {
	"socket",      "bind",        "connect",    "listen",     "accept",
	"getsockname", "getpeername", "socketpair", "send",       "recv",
	"sendto",      "recvfrom",    "shutdown",   "setsockopt", "getsockopt",
	"sendmsg",     "recvmsg",     "accept4",    "recvmmsg",   "sendmmsg",
};
static const char *const ipcs[] = {
	"semop",  "semget", "semctl", "semtimedop", NULL,     NULL,
	NULL,     NULL,     NULL,     NULL,         "msgsnd", "msgrcv",
	"msgget", "msgctl", NULL,     NULL,         NULL,     NULL,
	NULL,     NULL,     "shmat",  "shmdt",      "shmget", "shmctl",
};

struct mux {
	const char *name;
	const char *const *calls;
	size_t n;
};
static const struct mux muxes[] = {
	{ "socketcall", socketcalls,
	  sizeof(socketcalls) / sizeof(socketcalls[0]) },
	{ "ipc", ipcs, sizeof(ipcs) / sizeof(ipcs[0]) },
};

const char *
mux_name_at(const struct rules *rules, size_t i)
{
	for (size_t m = 0; m < sizeof(muxes) / sizeof(muxes[0]); m++) {
		if (!rules_has(rules, muxes[m].name))
			continue;
		for (size_t j = 0; j < muxes[m].n; j++)
			if (muxes[m].calls[j] != NULL && i-- == 0)
				return muxes[m].calls[j];
	}
	return NULL;
}

bool
mux_has(const struct rules *rules, const char *name)
{
	const char *one;

	for (size_t i = 0; (one = mux_name_at(rules, i)) != NULL; i++)
		if (strcmp(one, name) == 0)
			return true;
	return false;
}

static bool
has_unconditional(const struct rules_call *call)
{
	for (size_t i = 0; call != NULL && i < call->n; i++)
		if (call->clauses[i].n_atoms == 0)
			return true;
	return false;
}

/* Stricter than what happens without it? */
static bool
refuses(const struct rules *rules, const struct policy_clause *clause)
{
	return rules_compare_actions(clause->action, rules->default_action) < 0;
}

/* The strictest clause decides; only one without conditions may loosen. */
static const struct policy_clause *
choose(const struct rules *rules, const struct rules_call *call, bool *partly)
{
	const struct policy_clause *best = NULL;

	for (size_t i = 0; i < call->n; i++) {
		const struct policy_clause *one = &call->clauses[i];

		*partly = *partly || one->n_atoms > 0;
		if (!refuses(rules, one) && one->n_atoms > 0)
			continue;
		if (best == NULL ||
		    rules_compare_actions(one->action, best->action) < 0)
			best = one;
	}
	return best;
}

static void
remark(const struct mux_remarks *remarks, const struct mux *mux,
       const char *name, bool allowed)
{
	struct note_place place = { .file = remarks->file };
	const char *so =
	    allowed ? "the strictest rule is for all" : "it is not allowed";

	notes_add(remarks->notes, &place,
		  "%s through %s: the arguments cannot be seen, so %s", name,
		  mux->name, so);
	buffer_add(remarks->comments,
		   "# %s through %s: the arguments cannot be seen, so %s\n",
		   name, mux->name, so);
}

static int
add_one(struct rules *rules, const struct mux *mux, size_t number,
	const struct mux_remarks *remarks)
{
	const char *name = mux->calls[number - 1];
	const struct rules_call *call =
	    name == NULL ? NULL : rules_find(rules, name);
	struct policy_atom atom = { .arg = 0, .op = POLICY_EQ, .width = 64 };
	const struct policy_clause *chosen;
	struct policy_clause clause = { .atoms = &atom, .n_atoms = 1 };
	bool partly = false;

	if (call == NULL || call->n == 0)
		return 0;
	chosen = choose(rules, call, &partly);
	if (partly)
		remark(remarks, mux, name, chosen != NULL);
	if (chosen == NULL)
		return 0;
	atom.value = number;
	clause.action = chosen->action;
	clause.origin.line = chosen->origin.line;
	return rules_add(rules, mux->name, &clause);
}

int
mux_add(struct rules *rules, const struct mux_remarks *remarks)
{
	for (size_t m = 0; m < sizeof(muxes) / sizeof(muxes[0]); m++) {
		const struct mux *mux = &muxes[m];

		if (!rules_has(rules, mux->name) ||
		    has_unconditional(rules_find(rules, mux->name)))
			continue;
		for (size_t i = 1; i <= mux->n; i++)
			if (add_one(rules, mux, i, remarks) < 0)
				return -1;
	}
	return 0;
}
