/* SPDX-License-Identifier: Apache-2.0 */
/* Calls, conditions and origins as people write them, and as JSON. */
#include "cli/policy.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
policy_call_text(const struct calls_arch *home, const struct seccomp_data *data,
		 char out[64])
{
	uint32_t nr = (uint32_t)data->nr;
	const struct calls_arch *arch = calls_arch_of(data->arch, nr);
	const char *name = arch != NULL ? calls_name(arch, nr) : NULL;

	if (arch == NULL)
		(void)snprintf(out, 64, "arch %#x:#%u", data->arch, nr);
	else if (name == NULL)
		(void)snprintf(out, 64, "%s%s#%u",
			       arch == home ? "" : arch->name,
			       arch == home ? "" : ":", nr & ~arch->bit);
	else
		(void)snprintf(out, 64, "%s%s%s",
			       arch == home ? "" : arch->name,
			       arch == home ? "" : ":", name);
	return out;
}

/* Small numbers as people count, others as bits. */
static void
print_value(FILE *f, uint64_t value)
{
	if (value < 10)
		(void)fprintf(f, "%" PRIu64, value);
	else
		(void)fprintf(f, "%#" PRIx64, value);
}

static const char *
op_text(uint8_t op)
{
	static const char *const texts[] = {
		[POLICY_EQ] = "==", [POLICY_NE] = "!=", [POLICY_LT] = "<",
		[POLICY_LE] = "<=", [POLICY_GT] = ">",  [POLICY_GE] = ">=",
		[POLICY_ANY] = "&", [POLICY_IN] = "in", [POLICY_MASKED] = "==",
	};

	return op < sizeof(texts) / sizeof(texts[0]) && texts[op] != NULL
		   ? texts[op]
		   : "?";
}

static void
print_atom(FILE *f, const struct policy_atom *atom)
{
	(void)fprintf(f, "arg%u", atom->arg);
	if (atom->op == POLICY_MASKED) {
		(void)fputs(" & ", f);
		print_value(f, atom->mask);
	}
	(void)fprintf(f, " %s ", op_text(atom->op));
	print_value(f, atom->value);
}

char *
policy_clause_text(const struct policy_clause *clause)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < clause->n_atoms; i++) {
		if (i > 0)
			(void)fputs(" && ", f);
		print_atom(f, &clause->atoms[i]);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* JSON has no unsigned 64 bits that every reader keeps. */
static json_t *
value_json(uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

static json_t *
atom_json(const struct policy_atom *atom)
{
	static const char *const names[] = {
		[POLICY_EQ] = "eq",         [POLICY_NE] = "ne",
		[POLICY_LT] = "lt",         [POLICY_LE] = "le",
		[POLICY_GT] = "gt",         [POLICY_GE] = "ge",
		[POLICY_ANY] = "any",       [POLICY_IN] = "in",
		[POLICY_MASKED] = "masked",
	};
	json_t *o =
	    json_pack("{s:i, s:s, s:o, s:i}", "arg", (int)atom->arg, "op",
		      names[atom->op], "value", value_json(atom->value),
		      "width", (int)atom->width);

	if (o != NULL && atom->op == POLICY_MASKED)
		(void)json_object_set_new(o, "mask", value_json(atom->mask));
	return o;
}

json_t *
policy_clause_json(const struct policy_clause *clause)
{
	json_t *list = json_array();

	for (size_t i = 0; i < clause->n_atoms; i++)
		if (json_array_append_new(list, atom_json(&clause->atoms[i])) <
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

json_t *
policy_action_json(uint32_t action)
{
	char text[32];

	return json_string(policy_action_text(action, text));
}

static bool
is_known(const struct policy *policy, struct policy_origin origin)
{
	return origin.line != 0 && origin.file < policy->n_files;
}

void
policy_origin_json(const struct policy *policy, struct policy_origin origin,
		   json_t *o)
{
	if (!is_known(policy, origin))
		return;
	(void)json_object_set_new(o, "file",
				  json_string(policy->files[origin.file]));
	(void)json_object_set_new(o, "line", json_integer(origin.line));
}

const char *
policy_origin_text(const struct policy *policy, struct policy_origin origin,
		   char *out, size_t size)
{
	const char *file, *slash;

	out[0] = '\0';
	if (!is_known(policy, origin))
		return out;
	file = policy->files[origin.file];
	slash = strrchr(file, '/');
	(void)snprintf(out, size, "%s:%u", slash != NULL ? slash + 1 : file,
		       origin.line);
	return out;
}
