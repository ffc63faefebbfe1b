/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a public policy.  Everything that calls on it give is made
 * here, so that afterwards nothing changes and threads may share it.
 */
#include "policy/api/api.h"

#include "base/err.h"
#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
add_warnings(struct caisson_policy *p)
{
	const struct notes *notes = p->policy->notes;

	if (notes == NULL || notes->n == 0)
		return 0;
	p->warnings = calloc(notes->n, sizeof(*p->warnings));
	if (p->warnings == NULL)
		return -1;
	for (size_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->v[i];

		if (asprintf(&p->warnings[i], "%s:%u:%u: %s", note->file,
			     note->line, note->column, note->text) < 0)
			return -1;
		p->n_warnings = i + 1;
	}
	return 0;
}

/*
 * Takes policy over.  One that has no filter can still be asked what it says;
 * why it has none is kept for who asks for it.
 */
static int
wrap(struct policy *policy, struct caisson_policy **out,
     struct caisson_error *err)
{
	struct caisson_policy *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL) {
		policy_free(policy);
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	}
	p->policy = policy;
	if (add_warnings(p) < 0) {
		caisson_policy_free(p);
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	}
	r = load_filter(policy, &p->filter, &p->filter_error);
	if (r == CAISSON_E_NO_MEMORY) {
		caisson_policy_free(p);
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	}
	*out = p;
	return 0;
}

void
caisson_policy_free(struct caisson_policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_warnings; i++)
		free(policy->warnings[i]);
	free(policy->warnings);
	filter_done(&policy->filter);
	policy_free(policy->policy);
	free(policy);
}

int
caisson_policy_parse(const char *text, size_t len,
		     const struct caisson_policy_options *options,
		     struct caisson_policy **out, struct caisson_error *err)
{
	struct load_options load;
	struct policy *policy = NULL;
	int r;

	if (text == NULL || out == NULL)
		return err_usage(err, "text or out is NULL");
	r = api_load_options(options, &load, err);
	if (r < 0)
		return r;
	/* A string that is given with its NUL. */
	if (len > 0 && text[len - 1] == '\0')
		len--;
	r = load_text(text, len, &load, &policy, err);
	return r < 0 ? r : wrap(policy, out, err);
}

int
caisson_policy_load(const char *path,
		    const struct caisson_policy_options *options,
		    struct caisson_policy **out, struct caisson_error *err)
{
	struct load_options load;
	struct policy *policy = NULL;
	int r;

	if (path == NULL || out == NULL)
		return err_usage(err, "path or out is NULL");
	r = api_load_options(options, &load, err);
	if (r < 0)
		return r;
	r = load_file(path, &load, &policy, err);
	return r < 0 ? r : wrap(policy, out, err);
}

int
caisson_policy_profile(const char *name,
		       const struct caisson_policy_options *options,
		       struct caisson_policy **out, struct caisson_error *err)
{
	struct load_options load;
	struct policy *policy = NULL;
	int r;

	if (name == NULL || out == NULL)
		return err_usage(err, "name or out is NULL");
	r = api_load_options(options, &load, err);
	if (r < 0)
		return r;
	r = load_profile(name, &load, &policy, err);
	return r < 0 ? r : wrap(policy, out, err);
}

const char *
caisson_policy_profile_name(size_t i)
{
	return text_profile_at(i);
}

const char *
caisson_policy_warning(const struct caisson_policy *policy, size_t i)
{
	if (policy == NULL || i >= policy->n_warnings)
		return NULL;
	return policy->warnings[i];
}
