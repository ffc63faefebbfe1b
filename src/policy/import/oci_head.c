/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions, architectures and the conditions of the Docker and Podman
 * templates.  Strings to values; asks the machine nothing.
 */
#include "policy/import/oci.h"

#include "base/err.h"
#include "base/ids.h"

#include <linux/seccomp.h>
#include <string.h>

#define ERRNO_MAX 4095

static const char *const action_words[] = {
	"SCMP_ACT_KILL",        "SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
	"SCMP_ACT_ERRNO",       "SCMP_ACT_TRACE",
	"SCMP_ACT_ALLOW",       "SCMP_ACT_LOG",
	"SCMP_ACT_NOTIFY",      NULL
};
static const uint32_t action_values[] = {
	SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
	SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
	SECCOMP_RET_ERRNO,       SECCOMP_RET_TRACE,
	SECCOMP_RET_ALLOW,       SECCOMP_RET_LOG,
	SECCOMP_RET_USER_NOTIF,
};

/* The string wins over the number, as in Podman; "" is as if not there. */
static int
read_errno(struct oci *oci, const struct oci_action *from, bool *given,
	   uint64_t *out)
{
	const char *name = NULL;
	uint64_t number = 0;
	int value;

	if (json_read_u64(&oci->in, &from->number, ERRNO_MAX, &number) < 0 ||
	    json_read_string(&oci->in, &from->name, &name) < 0)
		return CAISSON_E_POLICY;
	*given = from->number.value != NULL;
	if (*given)
		*out = number;
	if (name == NULL || name[0] == '\0')
		return 0;
	if (!calls_errno(name, &value))
		return json_fail(&oci->in, &from->name, "not an errno: %.64s",
				 name);
	if (*given && number != (uint64_t)value)
		oci_remark(oci, &from->name, "wins over errnoRet %u",
			   (unsigned)number);
	*given = true;
	*out = (uint64_t)value;
	return 0;
}

int
oci_read_action(struct oci *oci, const struct oci_action *from, uint32_t *out)
{
	uint64_t number = 1; /* EPERM */
	bool given = false;
	int word = -1;

	if (json_read_word(&oci->in, &from->word, action_words, &word) < 0)
		return CAISSON_E_POLICY;
	if (from->word.value == NULL)
		return json_fail(&oci->in, &from->word, "is missing");
	if (word < 0)
		return json_fail(&oci->in, &from->word, "not an action: %.64s",
				 json_string_value(from->word.value));
	if (read_errno(oci, from, &given, &number) < 0)
		return CAISSON_E_POLICY;
	*out = action_values[word];
	if (*out == SECCOMP_RET_ERRNO)
		*out |= (uint32_t)number;
	else if (given && *out != SECCOMP_RET_TRACE)
		return json_fail(&oci->in, &from->word,
				 "%s takes no errno, but there is one",
				 action_words[word]);
	else if (given)
		oci_remark(oci, &from->word,
			   "the tracer's number %u is left out",
			   (unsigned)number);
	return 0;
}

/* Has the runtime spec an architecture of this name? */
static bool
is_known_arch(const char *name)
{
	static const char *const names[] = {
		"X86",         "X86_64", "X32",       "ARM",     "AARCH64",
		"MIPS",        "MIPS64", "MIPS64N32", "MIPSEL",  "MIPSEL64",
		"MIPSEL64N32", "PPC",    "PPC64",     "PPC64LE", "S390",
		"S390X",       "PARISC", "PARISC64",  "RISCV64", "LOONGARCH64",
		"M68K",        "SH",     "SHEB",
	};
	static const char prefix[] = "SCMP_ARCH_";

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name + sizeof(prefix) - 1, names[i]) == 0)
			return true;
	return false;
}

static int
add_arch(struct oci *oci, const struct json_at *at)
{
	const struct calls_arch *arch;
	struct rules *rules = &oci->rules;
	const char *name = "";

	if (json_read_string(&oci->in, at, &name) < 0)
		return CAISSON_E_POLICY;
	arch = is_known_arch(name) ? calls_arch_by_name(name) : NULL;
	if (!is_known_arch(name))
		return json_fail(&oci->in, at, "not an architecture: %.64s",
				 name);
	if (arch == NULL) {
		oci_remark(oci, at,
			   "%s is not known here: all of its calls "
			   "are refused",
			   name);
		return 0;
	}
	for (size_t i = 0; i < rules->n_archs; i++)
		if (rules->archs[i] == arch)
			return 0;
	if (rules->n_archs == POLICY_ARCHS_MAX)
		return json_fail(&oci->in, at, "more than %d architectures",
				 POLICY_ARCHS_MAX);
	rules->archs[rules->n_archs++] = arch;
	return 0;
}

static int
add_archs(struct oci *oci, const struct json_at *list)
{
	if (json_want_list(&oci->in, list) < 0)
		return CAISSON_E_POLICY;
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_at at = json_element(list, i);

		if (add_arch(oci, &at) < 0)
			return CAISSON_E_POLICY;
	}
	return 0;
}

/* The row of the machine's own architecture counts, and no other. */
static int
read_map_row(struct oci *oci, const struct json_at *row)
{
	static const char *const keys[] = { "architecture", "subArchitectures",
					    NULL };
	static const struct oci_known known = { keys, false };
	struct json_at arch = json_member(row, "architecture");
	struct json_at subs = json_member(row, "subArchitectures");
	const char *name = NULL;

	if (!json_is_object(row->value))
		return json_fail(&oci->in, row, "must be an object");
	if (oci_check_keys(oci, row, &known) < 0 ||
	    json_read_string(&oci->in, &arch, &name) < 0)
		return CAISSON_E_POLICY;
	if (name == NULL || !is_known_arch(name))
		return json_fail(&oci->in, &arch, "not an architecture");
	if (calls_arch_by_name(name) != oci->options->arch)
		return 0;
	return add_archs(oci, &subs);
}

int
oci_read_archs(struct oci *oci, const struct json_at *object)
{
	struct json_at list = json_member(object, "architectures");
	struct json_at map = json_member(object, "archMap");
	int r;

	/* libseccomp begins with it, and so does every runtime. */
	oci->rules.archs[oci->rules.n_archs++] = oci->options->arch;
	if (json_want_list(&oci->in, &map) < 0)
		return CAISSON_E_POLICY;
	r = add_archs(oci, &list);
	if (r < 0 || json_length(&map) == 0)
		return r;
	if (json_length(&list) > 0)
		return json_fail(&oci->in, &map,
				 "architectures are there as well");
	for (size_t i = 0; i < json_length(&map); i++) {
		struct json_at row = json_element(&map, i);

		r = read_map_row(oci, &row);
		if (r < 0)
			return r;
	}
	return 0;
}
