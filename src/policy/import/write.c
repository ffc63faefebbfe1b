/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules as policy text that parses: a name is written only for architectures
 * that have it, and a constant only where it fits.  Adds nothing to the rules
 * and leaves nothing out but what can never hold.
 */
#include "policy/import/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOW_HALF    UINT64_C(0xffffffff)
#define SMALL_VALUE 256 /* decimal up to here */

/* Which architectures a statement is for. */
struct group {
	bool member[POLICY_ARCHS_MAX];
	size_t first, n;
	bool narrow; /* compares the low half of the registers */
	bool x32; /* has it, and has to say so */
};

void
write_head(const struct rules *rules, struct buffer *out)
{
	char action[32];

	buffer_add(out, "@arch");
	for (size_t i = 0; i < rules->n_archs; i++)
		buffer_add(out, " %s", rules->archs[i]->name);
	buffer_add(out, "\n");
	if (rules->whole_registers)
		buffer_add(out, "@arg-width 64\n");
	if (rules->default_action == SECCOMP_RET_ALLOW)
		buffer_add(out, "@denylist\n");
	else
		buffer_add(out, "@default %s\n",
			   policy_action_text(rules->default_action, action));
}

static void
write_value(struct buffer *out, uint64_t value)
{
	if (value < SMALL_VALUE)
		buffer_add(out, "%" PRIu64, value);
	else
		buffer_add(out, "0x%" PRIx64, value);
}

static void
write_atom(struct buffer *out, const struct policy_atom *atom)
{
	static const char *const ops[] = {
		[POLICY_EQ] = "==", [POLICY_NE] = "!=", [POLICY_LT] = "<",
		[POLICY_LE] = "<=", [POLICY_GT] = ">",  [POLICY_GE] = ">=",
		[POLICY_ANY] = "&", [POLICY_IN] = "in", [POLICY_MASKED] = "&",
	};

	buffer_add(out, "arg%u %s ", atom->arg, ops[atom->op]);
	if (atom->op == POLICY_MASKED) {
		write_value(out, atom->mask);
		buffer_add(out, " == ");
	}
	write_value(out, atom->value);
}

bool
write_fits(uint64_t value)
{
	return value <= LOW_HALF || value >> 32 == LOW_HALF;
}

bool
write_is_narrow(const struct calls_arch *arch)
{
	return !arch->is_64 || arch->bit != 0;
}

enum verdict {
	NEVER,
	ALWAYS,
	DEPENDS
};

/*
 * What a comparison of 32 bits says, where its constant does not fit.  A
 * negative number does: the upper half is its sign.
 */
static enum verdict
narrow_verdict(const struct policy_atom *atom)
{
	if (write_fits(atom->value))
		return DEPENDS;
	switch (atom->op) {
	case POLICY_NE:
	case POLICY_LT:
	case POLICY_LE:
		return ALWAYS;
	default:
		return NEVER;
	}
}

/*
 * The comparisons of a clause that are left on this group's architectures, in
 * out (room for all of them).  False: it never holds there.
 */
static bool
fit_clause(const struct policy_clause *clause, const struct group *group,
	   struct policy_atom *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < clause->n_atoms; i++) {
		struct policy_atom atom = clause->atoms[i];
		enum verdict v = DEPENDS;

		if (group->narrow)
			v = narrow_verdict(&atom);
		if (v == NEVER)
			return false;
		if (group->narrow) {
			atom.value &= LOW_HALF;
			atom.mask &= LOW_HALF;
		}
		if (v == DEPENDS)
			out[(*n)++] = atom;
	}
	return true;
}

static void
write_conditions(struct buffer *out, const struct policy_atom *atoms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buffer_add(out, " && ");
		write_atom(out, &atoms[i]);
	}
}

/* What has been written of one statement. */
struct body {
	struct buffer text;
	uint32_t action; /* of the last alternative */
	size_t singles; /* actions */
	bool closed; /* the last one holds always */
};

static void
end_single(struct body *body, const char *after)
{
	char text[32];

	if (body->singles > 0 && !body->closed)
		buffer_add(&body->text, "; %s%s",
			   policy_action_text(body->action, text), after);
}

static void
add_alternative(struct body *body, const struct policy_atom *atoms, size_t n,
		uint32_t action)
{
	char text[32];

	if (n > 0 && body->singles > 0 && action == body->action) {
		buffer_add(&body->text, " || \\\n\t");
	} else {
		end_single(body, ", \\\n\t");
		body->singles++;
	}
	write_conditions(&body->text, atoms, n);
	if (n == 0)
		buffer_add(&body->text, "%s", policy_action_text(action, text));
	body->closed = n == 0;
	body->action = action;
}

/* How many clauses say something: the last ones may say what is so anyway. */
static size_t
count_needed(const struct rules *rules, const struct rules_call *call)
{
	size_t n = call->n;

	while (n > 0 && call->clauses[n - 1].action == rules->default_action)
		n--;
	return n;
}

static void
make_body(const struct rules *rules, const struct rules_call *call,
	  const struct group *group, struct body *body)
{
	struct policy_atom atoms[POLICY_ATOMS_MAX];
	size_t needed = count_needed(rules, call), n;

	for (size_t i = 0; i < needed && !body->closed; i++) {
		const struct policy_clause *clause = &call->clauses[i];

		if (rules_is_for(clause, group->first) &&
		    fit_clause(clause, group, atoms, &n))
			add_alternative(body, atoms, n, clause->action);
	}
	end_single(body, "");
}

static void
write_names(const struct rules *rules, const struct group *group,
	    struct buffer *out)
{
	const char *before = "[arch=";

	if (group->n == rules->n_archs && !group->x32)
		return;
	for (size_t i = 0; i < rules->n_archs; i++) {
		if (!group->member[i])
			continue;
		buffer_add(out, "%s%s", before, rules->archs[i]->name);
		before = ",";
	}
	buffer_add(out, "%s", group->x32 ? ";width=32]" : "]");
}

/* Braces say which of minijail's readers is meant, and that more follows. */
static void
write_statement(const struct rules *rules, const struct rules_call *call,
		const struct group *group, struct buffer *out)
{
	struct body body = { 0 };
	bool braces;

	make_body(rules, call, group, &body);
	braces = body.singles > 1 || !body.closed;
	if (body.singles > 0 && body.text.text != NULL) {
		buffer_add(out, "%s", call->name);
		write_names(rules, group, out);
		buffer_add(out, braces ? ": { %s }\n" : ": %s\n",
			   body.text.text);
	}
	out->failed = out->failed || body.text.failed;
	buffer_done(&body.text);
}

static bool
has_conditions(const struct rules_call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (call->clauses[i].n_atoms > 0)
			return true;
	return false;
}

/* Does one statement do for both architectures? */
static bool
is_alike(const struct rules *rules, const struct rules_call *call, size_t i,
	 size_t j)
{
	for (size_t c = 0; c < call->n; c++)
		if (rules_is_for(&call->clauses[c], i) !=
		    rules_is_for(&call->clauses[c], j))
			return false;
	return !rules->whole_registers || !has_conditions(call) ||
	       write_is_narrow(rules->archs[i]) ==
		   write_is_narrow(rules->archs[j]);
}

/* The architectures that have the call and are like the first of them. */
static void
make_group(const struct rules *rules, const struct rules_call *call,
	   size_t first, struct group *group)
{
	bool differ = rules->whole_registers && has_conditions(call);
	uint32_t nr;

	*group = (struct group){ .first = first };
	for (size_t i = first; i < rules->n_archs; i++) {
		const struct calls_arch *arch = rules->archs[i];

		if (!calls_number(arch, call->name, &nr) ||
		    !is_alike(rules, call, first, i))
			continue;
		group->member[i] = true;
		group->n++;
		group->x32 = group->x32 || (differ && arch->bit != 0);
	}
	group->narrow = differ && write_is_narrow(rules->archs[first]);
}

static void
write_call(const struct rules *rules, const struct rules_call *call,
	   struct buffer *out)
{
	bool written[POLICY_ARCHS_MAX] = { false };
	struct group group;
	uint32_t nr;

	for (size_t i = 0; i < rules->n_archs; i++) {
		if (written[i] ||
		    !calls_number(rules->archs[i], call->name, &nr))
			continue;
		make_group(rules, call, i, &group);
		for (size_t j = i; j < rules->n_archs; j++)
			written[j] = written[j] || group.member[j];
		write_statement(rules, call, &group, out);
	}
}

/* Is the label of clause i that of an earlier one? */
static bool
is_repeated(const struct rules *rules, const struct rules_call *call, size_t i)
{
	const char *label = rules->labels[call->clauses[i].origin.line];

	for (size_t j = 0; j < i; j++)
		if (strcmp(rules->labels[call->clauses[j].origin.line],
			   label) == 0)
			return true;
	return false;
}

/* "# /syscalls/3, /syscalls/4": where the clauses are from, none twice. */
static void
write_origins(const struct rules *rules, const struct rules_call *call,
	      struct buffer *out)
{
	buffer_add(out, "#");
	for (size_t i = 0; i < call->n; i++)
		if (!is_repeated(rules, call, i))
			buffer_add(out, i == 0 ? " %s" : ", %s",
				   rules->labels[call->clauses[i].origin.line]);
	buffer_add(out, "\n");
}

static const char *
text_of(const struct buffer *buffer)
{
	return buffer->text == NULL ? "" : buffer->text;
}

void
write_rules(const struct rules *rules, struct buffer *out)
{
	struct buffer last = { 0 };

	for (size_t i = 0; i < rules->n_calls; i++) {
		const struct rules_call *call = &rules->calls[i];
		struct buffer origins = { 0 }, lines = { 0 };

		if (call->n > 0)
			write_call(rules, call, &lines);
		if (lines.len > 0) {
			write_origins(rules, call, &origins);
			if (strcmp(text_of(&last), text_of(&origins)) != 0)
				buffer_add(out, "\n%s", text_of(&origins));
			buffer_add(out, "%s", text_of(&lines));
		}
		out->failed = out->failed || lines.failed || origins.failed;
		if (lines.len > 0) {
			buffer_done(&last);
			last = origins;
		}
		buffer_done(&lines);
	}
	buffer_done(&last);
}
