/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of "syscalls": for each name a rule, and another one for every
 * condition where an argument stands there twice, as the runtimes make them.
 */
#include "policy/import/oci.h"

#include "base/err.h"
#include "policy/import/mux.h"
#include "policy/import/write.h"

#include <inttypes.h>
#include <string.h>

/* Words of SCMP_CMP_, in the order of ops. */
static const char *const op_words[] = { "SCMP_CMP_NE",        "SCMP_CMP_LT",
					"SCMP_CMP_LE",        "SCMP_CMP_EQ",
					"SCMP_CMP_GE",        "SCMP_CMP_GT",
					"SCMP_CMP_MASKED_EQ", NULL };
static const uint8_t ops[] = { POLICY_NE, POLICY_LT, POLICY_LE,    POLICY_EQ,
			       POLICY_GE, POLICY_GT, POLICY_MASKED };

static int
read_value(struct oci *oci, const struct json_at *arg, const char *key,
	   uint64_t max, uint64_t *out)
{
	struct json_at at = json_member(arg, key);

	if (at.value == NULL && strcmp(key, "valueTwo") != 0)
		return json_fail(&oci->in, &at, "is missing");
	return json_read_u64(&oci->in, &at, max, out);
}

static int
read_op(struct oci *oci, const struct json_at *arg, uint8_t *out)
{
	struct json_at at = json_member(arg, "op");
	int word = -1;

	if (json_read_word(&oci->in, &at, op_words, &word) < 0)
		return CAISSON_E_POLICY;
	if (word < 0)
		return json_fail(&oci->in, &at,
				 "must be SCMP_CMP_ and NE, LT, "
				 "LE, EQ, GE, GT or MASKED_EQ");
	*out = ops[word];
	return 0;
}

static int
read_arg(struct oci *oci, const struct json_at *arg, struct policy_atom *out)
{
	static const char *const keys[] = { "index", "value", "valueTwo", "op",
					    NULL };
	static const struct oci_known known = { keys, true };
	uint64_t index = 0, value = 0, two = 0;

	if (!json_is_object(arg->value))
		return json_fail(&oci->in, arg, "must be an object");
	if (oci_check_keys(oci, arg, &known) < 0 ||
	    read_value(oci, arg, "index", OCI_ARGS_MAX - 1, &index) < 0 ||
	    read_value(oci, arg, "value", UINT64_MAX, &value) < 0 ||
	    read_value(oci, arg, "valueTwo", UINT64_MAX, &two) < 0 ||
	    read_op(oci, arg, &out->op) < 0)
		return CAISSON_E_POLICY;
	out->arg = (uint8_t)index;
	out->width = 64;
	out->value = value;
	out->mask = 0;
	if (out->op == POLICY_MASKED) {
		out->mask = value;
		out->value = two;
	}
	return 0;
}

/*
 * libseccomp compares with valueTwo & mask, so bits outside of the mask do not
 * count; a mask without bits fits everything.
 */
static void
settle_mask(struct oci *oci, const struct json_at *arg,
	    struct policy_atom *atom)
{
	if (atom->op != POLICY_MASKED)
		return;
	if ((atom->value & ~atom->mask) != 0)
		oci_remark(oci, arg,
			   "valueTwo has bits that the mask has not; "
			   "they do not count");
	atom->value &= atom->mask;
	if (atom->mask == 0)
		atom->op = POLICY_GE;
}

/* libseccomp takes the lower half of the constant for the whole. */
static void
remark_width(struct oci *oci, const struct json_at *arg, uint64_t value)
{
	for (size_t i = 0; i < oci->rules.n_archs; i++)
		if (write_is_narrow(oci->rules.archs[i]) && !write_fits(value))
			oci_remark(oci, arg,
				   "0x%" PRIx64
				   " does not fit in 32 bits, which "
				   "are compared on %s",
				   value, oci->rules.archs[i]->name);
}

static int
add_arg(struct oci *oci, const struct json_at *arg, struct oci_args *out)
{
	struct policy_atom atom;

	if (read_arg(oci, arg, &atom) < 0)
		return CAISSON_E_POLICY;
	settle_mask(oci, arg, &atom);
	remark_width(oci, arg, atom.value);
	for (size_t i = 0; i < out->n; i++)
		out->apart = out->apart || out->atoms[i].arg == atom.arg;
	out->atoms[out->n++] = atom;
	return 0;
}

int
oci_read_args(struct oci *oci, const struct json_at *entry,
	      struct oci_args *out)
{
	struct json_at list = json_member(entry, "args");

	*out = (struct oci_args){ .n = 0 };
	if (json_want_list(&oci->in, &list) < 0)
		return CAISSON_E_POLICY;
	if (json_length(&list) > OCI_ARGS_MAX)
		return json_fail(&oci->in, &list,
				 "more than %d conditions; runtimes look at no "
				 "more",
				 OCI_ARGS_MAX);
	for (size_t i = 0; i < json_length(&list); i++) {
		struct json_at arg = json_element(&list, i);

		if (add_arg(oci, &arg, out) < 0)
			return CAISSON_E_POLICY;
	}
	if (out->apart)
		oci_remark(oci, &list,
			   "an argument stands there twice: each "
			   "condition is a rule of its own");
	return 0;
}

/* One entry, as far as its names share it. */
struct entry {
	const struct json_at *at;
	struct policy_clause clause;
	struct oci_args args;
};

static int
add_rules(struct oci *oci, struct entry *entry, const char *name)
{
	struct policy_clause clause = entry->clause;
	size_t n = entry->args.apart ? entry->args.n : 1;

	for (size_t i = 0; i < n; i++) {
		clause.atoms = &entry->args.atoms[i];
		clause.n_atoms = entry->args.apart ? 1 : entry->args.n;
		if (oci->rules.n_clauses == RULES_CLAUSES_MAX)
			return json_fail(&oci->in, entry->at,
					 "more than %d rules",
					 RULES_CLAUSES_MAX);
		if (rules_add(&oci->rules, name, &clause) < 0)
			return err_no_memory(oci->in.err, CAISSON_STAGE_POLICY);
	}
	return 0;
}

static bool
refuses(uint32_t action)
{
	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG;
}

static int
add_unknown(struct oci *oci, const struct entry *entry,
	    const struct json_at *at, const char *name)
{
	if (refuses(entry->clause.action) && !oci->options->ignore_unknown)
		return json_fail(&oci->in, at,
				 "no system call \"%.64s\", and this rule "
				 "refuses it",
				 name);
	oci_remark(oci, at, "no system call \"%.64s\"", name);
	return 0;
}

static int
add_name(struct oci *oci, struct entry *entry, const struct json_at *at)
{
	const char *name = NULL;

	if (json_read_string(&oci->in, at, &name) < 0)
		return CAISSON_E_POLICY;
	if (name == NULL || !calls_is_name(name))
		return add_unknown(oci, entry, at, name == NULL ? "" : name);
	if (rules_has(&oci->rules, name) || mux_has(&oci->rules, name))
		return add_rules(oci, entry, name);
	oci_comment(oci, at, "%s is not on these architectures", name);
	return 0;
}

static int
add_names(struct oci *oci, struct entry *entry)
{
	struct json_at names = json_member(entry->at, "names");
	struct json_at name = json_member(entry->at, "name");
	size_t n = json_length(&names);

	if (json_want_list(&oci->in, &names) < 0)
		return CAISSON_E_POLICY;
	if ((n == 0) == (name.value == NULL))
		return json_fail(&oci->in, entry->at,
				 "needs either names or a name");
	if (n == 0)
		return add_name(oci, entry, &name);
	for (size_t i = 0; i < n; i++) {
		struct json_at at = json_element(&names, i);
		int r = add_name(oci, entry, &at);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
read_entry(struct oci *oci, struct entry *entry)
{
	struct oci_action action = {
		.word = json_member(entry->at, "action"),
		.number = json_member(entry->at, "errnoRet"),
		.name = json_member(entry->at, "errno"),
	};
	const char *why_not = NULL;
	int r = oci_read_action(oci, &action, &entry->clause.action);

	if (r == 0)
		r = oci_read_args(oci, entry->at, &entry->args);
	if (r == 0)
		r = oci_read_filters(oci, entry->at, &why_not);
	if (r < 0)
		return r;
	if (why_not == NULL &&
	    entry->clause.action == oci->rules.default_action)
		why_not = "the same as the default";
	if (why_not != NULL) {
		oci_comment(oci, entry->at, "%s", why_not);
		return 0;
	}
	return add_names(oci, entry);
}

int
oci_read_syscalls(struct oci *oci, const struct json_at *object)
{
	static const char *const keys[] = { "names",    "name",     "action",
					    "errnoRet", "errno",    "args",
					    "comment",  "includes", "excludes",
					    NULL };
	static const struct oci_known known = { keys, true };
	struct json_at list = json_member(object, "syscalls");
	char pointer[JSON_POINTER_SIZE];

	if (json_want_list(&oci->in, &list) < 0)
		return CAISSON_E_POLICY;
	for (size_t i = 0; i < json_length(&list); i++) {
		struct json_at at = json_element(&list, i);
		struct entry entry = { .at = &at };
		int r;

		if (!json_is_object(at.value))
			return json_fail(&oci->in, &at, "must be an object");
		if (oci_check_keys(oci, &at, &known) < 0)
			return CAISSON_E_POLICY;
		if (rules_label(&oci->rules, &entry.clause.origin.line, "%s",
				json_pointer(&at, pointer)) < 0)
			return err_no_memory(oci->in.err, CAISSON_STAGE_POLICY);
		r = read_entry(oci, &entry);
		if (r < 0)
			return r;
	}
	return 0;
}
