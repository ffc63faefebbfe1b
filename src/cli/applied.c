/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the child read back of itself before its exec, as JSON.  Not /proc: by
 * now the program may have changed what stands there.
 */
#include "cli/applied.h"

#include <stdio.h>

static void
set(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value);
}

/* Real, effective, saved and file system: they were equal. */
static json_t *
four(uint32_t id)
{
	json_t *list = json_array();

	for (int i = 0; i < 4; i++)
		(void)json_array_append_new(list, json_integer(id));
	return list;
}

static json_t *
groups(const struct caisson_applied *a)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < a->n_groups; i++)
		(void)json_array_append_new(list, json_integer(a->groups[i]));
	return list;
}

static json_t *
hex(uint64_t mask)
{
	char text[17];

	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)mask);
	return json_string(text);
}

static json_t *
capabilities(const struct caisson_applied *a)
{
	json_t *sets = json_object();

	set(sets, "inheritable", hex(a->inheritable));
	set(sets, "permitted", hex(a->permitted));
	set(sets, "effective", hex(a->effective));
	set(sets, "bounding", hex(a->bounding));
	set(sets, "ambient", hex(a->ambient));
	return sets;
}

static json_t *
seccomp(const struct caisson_applied *a)
{
	json_t *out = json_object();
	bool filtered = a->filter_instructions > 0 || a->filtered_before;

	set(out, "mode", json_string(filtered ? "filter" : "none"));
	set(out, "instructions", json_integer(a->filter_instructions));
	set(out, "inherited", json_boolean(a->filtered_before));
	return out;
}

json_t *
applied_describe(const struct caisson_child *child)
{
	struct caisson_applied a = { .size = sizeof(a) };
	json_t *out = json_object();
	char mask[8];

	if (out == NULL)
		return NULL;
	caisson_child_applied(child, &a);
	(void)snprintf(mask, sizeof(mask), "%04o", a.umask & 0777);
	set(out, "uid", four(a.uid));
	set(out, "gid", four(a.gid));
	set(out, "groups", groups(&a));
	set(out, "capabilities", capabilities(&a));
	set(out, "securebits", json_integer(a.securebits));
	set(out, "no_new_privs", json_boolean(a.no_new_privs));
	set(out, "seccomp", seccomp(&a));
	set(out, "umask", json_string(mask));
	set(out, "nice", json_integer(a.nice));
	set(out, "pgid", json_integer(a.pgid));
	set(out, "sid", json_integer(a.sid));
	return out;
}
