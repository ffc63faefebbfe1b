/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setters: the program, its environment, its identity and its limits.  They
 * only fill the spec; freeze judges.
 */
#include "base/err.h"
#include "spec/edit.h"
#include "spec/strlist.h"

#include <stdlib.h>
#include <string.h>

int
caisson_spec_set_path(struct caisson_spec *spec, const char *path,
		      struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	return edit_text(&spec->path, path, "path", err);
}

int
caisson_spec_set_argv(struct caisson_spec *spec, const char *const *argv,
		      struct caisson_error *err)
{
	struct spec_strings list = { NULL, 0 };
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (argv == NULL)
		return err_usage(err, "argv is NULL");
	r = strlist_init_empty(&list);
	for (size_t i = 0; r == 0 && argv[i] != NULL; i++)
		r = strlist_push(&list, argv[i]);
	if (r < 0) {
		strlist_done(&list);
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	}
	strlist_done(&spec->argv);
	spec->argv = list;
	return 0;
}

int
caisson_spec_set_env(struct caisson_spec *spec, const char *name,
		     const char *value, struct caisson_error *err)
{
	int r = edit_begin(spec, err);
	size_t at;

	if (r < 0)
		return r;
	if (name == NULL)
		return err_usage(err, "name is NULL");
	if (value != NULL) {
		if (strlist_map_set(&spec->env_names, &spec->env_values, name,
				    value) < 0)
			return err_no_memory(err, CAISSON_STAGE_SPEC);
		return 0;
	}
	at = strlist_find(&spec->env_names, name);
	if (at == STRLIST_NONE)
		return 0;
	strlist_remove(&spec->env_names, at);
	strlist_remove(&spec->env_values, at);
	return 0;
}

int
caisson_spec_clear_env(struct caisson_spec *spec, struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	strlist_done(&spec->env_names);
	strlist_done(&spec->env_values);
	return 0;
}

int
caisson_spec_set_cwd(struct caisson_spec *spec, const char *cwd,
		     struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	return edit_text(&spec->cwd, cwd, "cwd", err);
}

static void
replace_identity(struct caisson_spec *spec,
		 const struct spec_identity_fields *id)
{
	free(spec->id.groups);
	free(spec->id.user);
	free(spec->id.group);
	spec->id = *id;
}

int
caisson_spec_set_ids(struct caisson_spec *spec, uint32_t uid, uint32_t gid,
		     const uint32_t *groups, size_t n_groups,
		     struct caisson_error *err)
{
	struct spec_identity_fields id = {
		.kind = SPEC_IDS, .uid = uid, .gid = gid, .n_groups = n_groups
	};
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (groups == NULL && n_groups > 0)
		return err_usage(err, "groups is NULL");
	if (n_groups > 0) {
		id.groups = reallocarray(NULL, n_groups, sizeof(*id.groups));
		if (id.groups == NULL)
			return err_no_memory(err, CAISSON_STAGE_SPEC);
	}
	for (size_t i = 0; i < n_groups; i++)
		id.groups[i] = groups[i];
	replace_identity(spec, &id);
	return 0;
}

int
caisson_spec_set_user(struct caisson_spec *spec, const char *user,
		      const char *group, struct caisson_error *err)
{
	struct spec_identity_fields id = { .kind = SPEC_USER,
					   .uid = -1,
					   .gid = -1 };
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	r = edit_text(&id.user, user, "user", err);
	if (r < 0)
		return r;
	if (group != NULL)
		r = edit_text(&id.group, group, "group", err);
	if (r < 0) {
		free(id.user);
		return r;
	}
	replace_identity(spec, &id);
	return 0;
}

int
caisson_spec_set_drop_sudo(struct caisson_spec *spec, uint32_t mode,
			   struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->drop_sudo = mode;
	return 0;
}

int
caisson_spec_clear_identity(struct caisson_spec *spec,
			    struct caisson_error *err)
{
	const struct spec_identity_fields none = { .kind = SPEC_KEEP,
						   .uid = -1,
						   .gid = -1 };
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	replace_identity(spec, &none);
	spec->drop_sudo = CAISSON_DROP_SUDO_NO;
	return 0;
}

int
caisson_spec_add_capability(struct caisson_spec *spec, const char *name,
			    struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	if (name == NULL)
		return err_usage(err, "name is NULL");
	if (strlist_push(&spec->capabilities, name) < 0)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	return 0;
}

int
caisson_spec_set_bounding(struct caisson_spec *spec, bool required,
			  struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->bounding_required = required;
	return 0;
}

int
caisson_spec_set_seccomp_profile(struct caisson_spec *spec, const char *name,
				 struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	r = edit_text(&spec->profile, name, "name", err);
	if (r < 0)
		return r;
	free(spec->policy);
	spec->policy = NULL;
	edit_no_filter(spec);
	return 0;
}

int
caisson_spec_set_seccomp_policy(struct caisson_spec *spec, const char *path,
				struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	r = edit_text(&spec->policy, path, "path", err);
	if (r < 0)
		return r;
	free(spec->profile);
	spec->profile = NULL;
	edit_no_filter(spec);
	return 0;
}
