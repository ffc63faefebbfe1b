/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation: who the program is and what it may do.  Names of users, of
 * capabilities and of profiles are looked up later, by those who know them;
 * here it is only seen that they can be names.
 */
#include "base/err.h"
#include "spec/freeze.h"
#include "spec/path.h"
#include "spec/pointer.h"

#include <string.h>
#include <strings.h>

static int
check_id(const char *pointer, int64_t id, struct caisson_error *err)
{
	if (id < 0 || id > SPEC_ID_MAX)
		return err_spec(err, pointer, "must be 0 to %lld",
				(long long)SPEC_ID_MAX);
	return 0;
}

static int
check_ids(const struct spec_identity_fields *id, struct caisson_error *err)
{
	int r = check_id("/credentials/uid", id->uid, err);

	if (r == 0)
		r = check_id("/credentials/gid", id->gid, err);
	if (r < 0)
		return r;
	if (id->n_groups > SPEC_GROUPS_MAX)
		return err_spec(err, "/credentials/groups",
				"has more than %u elements", SPEC_GROUPS_MAX);
	for (size_t i = 0; r == 0 && i < id->n_groups; i++)
		r = check_id(AT("/credentials/groups/%zu", i), id->groups[i],
			     err);
	return r;
}

static int
check_name(const char *pointer, const char *name, const char *number_key,
	   struct caisson_error *err)
{
	if (name[0] == '\0')
		return err_spec(err, pointer, "may not be empty");
	if (strspn(name, "0123456789") == strlen(name))
		return err_spec(err, pointer,
				"a number is not a name: use \"%s\"",
				number_key);
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_spec(err, pointer,
					"may not contain control characters");
	return 0;
}

static int
check_credentials(const struct caisson_spec *spec, struct caisson_error *err)
{
	const struct spec_identity_fields *id = &spec->id;
	int r = 0;

	if (id->kind == SPEC_IDS)
		r = check_ids(id, err);
	if (id->kind == SPEC_USER)
		r = check_name("/credentials/user", id->user, "uid", err);
	if (r == 0 && id->kind == SPEC_USER && id->group != NULL)
		r = check_name("/credentials/group", id->group, "gid", err);
	return r;
}

static int
check_drop_sudo(const struct caisson_spec *spec, struct caisson_error *err)
{
	if (spec->drop_sudo == CAISSON_DROP_SUDO_NO)
		return 0;
	if (spec->drop_sudo != CAISSON_DROP_SUDO_IF_SET &&
	    spec->drop_sudo != CAISSON_DROP_SUDO_REQUIRE)
		return err_spec(err, "/drop_sudo_credentials",
				"must be \"if-set\" or \"require\"");
	if (spec->id.kind != SPEC_KEEP)
		return err_spec(err, "/drop_sudo_credentials",
				"contradicts \"credentials\": only one of the "
				"two can say who the program is");
	return 0;
}

/* "CAP_KILL", "kill": what both are called without the prefix. */
static const char *
bare_name(const char *name)
{
	return strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
}

static int
check_capability(const struct spec_strings *names, size_t i,
		 struct caisson_error *err)
{
	const char *name = bare_name(names->v[i]);

	if (name[0] == '\0')
		return err_spec(err, AT("/capabilities/%zu", i),
				"must be the name of a capability");
	for (size_t k = 0; k < i; k++)
		if (strcasecmp(name, bare_name(names->v[k])) == 0)
			return err_spec(err, AT("/capabilities/%zu", i),
					"%.32s is named twice", names->v[i]);
	return 0;
}

static int
check_capabilities(const struct caisson_spec *spec, struct caisson_error *err)
{
	int r = 0;

	if (spec->capabilities.n > SPEC_CAPS_MAX)
		return err_spec(err, "/capabilities",
				"has more than %u elements", SPEC_CAPS_MAX);
	for (size_t i = 0; r == 0 && i < spec->capabilities.n; i++)
		r = check_capability(&spec->capabilities, i, err);
	return r;
}

static int
check_seccomp(const struct caisson_spec *spec, struct caisson_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";

	if (spec->policy != NULL)
		return path_check_file("/seccomp/policy", spec->policy, err);
	if (spec->profile == NULL)
		return 0;
	if (spec->profile[0] == '\0' ||
	    strspn(spec->profile, allowed) != strlen(spec->profile))
		return err_spec(err, "/seccomp/profile",
				"must be a name of a-z, 0-9, \"_\" and \"-\"");
	return 0;
}

int
freeze_check_identity(const struct caisson_spec *spec,
		      struct caisson_error *err)
{
	int r = check_credentials(spec, err);

	if (r == 0)
		r = check_drop_sudo(spec, err);
	if (r == 0)
		r = check_capabilities(spec, err);
	if (r == 0)
		r = check_seccomp(spec, err);
	return r;
}
