/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filters of a launch.  Shipped profiles were compiled when
 * caisson was built, and here a name becomes a pointer; only policy files, and
 * launches that report what was refused, are read and compiled now, with the
 * caller's authority, and checked before anybody gets them.
 */
#include "confine/profile.h"

#include "base/err.h"
#include "confine/profile_data.h"
#include "policy/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct profile unconfined = { "unconfined", NULL, 0 };

/* The i-th of all; NULL: no more. */
static const struct profile *
profile_at(size_t i)
{
	if (i < profile_builtin_count)
		return &profile_builtin[i];
	return i == profile_builtin_count ? &unconfined : NULL;
}

static int
unknown(const char *name, struct caisson_error *err)
{
	const struct profile *p;
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; (p = profile_at(i)) != NULL; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s",
				 i == 0 ? "" : ", ", p->name);

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	return err_spec(err, "/seccomp/profile",
			"no profile \"%.64s\": there are %s", name, list);
}

static const struct profile *
find(const char *name)
{
	const struct profile *p;

	for (size_t i = 0; (p = profile_at(i)) != NULL; i++)
		if (strcmp(name, p->name) == 0)
			return p;
	return NULL;
}

/* Says which file it is about, where the text does not begin with it. */
static int
name_file(struct caisson_error *err, const char *file)
{
	struct caisson_error was = *err;
	const char *stage = caisson_stage_name(was.stage), *text = was.msg;
	size_t n = strlen(stage);

	if (was.stage == CAISSON_STAGE_POLICY)
		return was.code;
	if (strncmp(text, stage, n) == 0 && text[n] == ':' &&
	    text[n + 1] == ' ')
		text += n + 2;
	(void)err_set(err, was.code, was.stage, 0, "%s: %s", file, text);
	err->sys_errno = was.sys_errno;
	err->line = was.line;
	return was.code;
}

/* *slot = where the set keeps the instructions. */
static struct profile
keep(struct profile_set *set, size_t slot, const char *name,
     const struct filter *filter)
{
	set->owned[slot] = filter->insns;
	return (struct profile){ name, filter->insns,
				 (unsigned short)filter->len };
}

/* The two filters of a launch that reports what the policy refuses. */
static int
add_pair(struct profile_set *set, const char *name, int hand_over,
	 struct caisson_error *err)
{
	struct filter filters[2] = { { NULL, 0 }, { NULL, 0 } };
	struct policy *notify = NULL, *rest = NULL;
	int r =
	    filter_derive_notify(set->policy, hand_over, &notify, &rest, err);

	if (r < 0)
		return r;
	r = load_filter(notify, &filters[0], err);
	if (r == 0)
		r = load_filter(rest, &filters[1], err);
	policy_free(notify);
	policy_free(rest);
	set->filter = keep(set, 0, name, &filters[0]);
	set->rest = keep(set, 1, name, &filters[1]);
	return r;
}

/* The filter of set->policy, or the pair of them. */
static int
compile(struct profile_set *set, const char *name,
	const struct profile_request *request, struct caisson_error *err)
{
	struct filter filter = { NULL, 0 };
	int r = load_filter(set->policy, &filter, err);

	if (r == 0)
		r = load_may_launch(set->policy, &filter, err);
	if (r == 0 && request->hand_over >= 0) {
		filter_done(&filter);
		return add_pair(set, name, request->hand_over, err);
	}
	set->filter = keep(set, 0, name, &filter);
	if (r < 0 || request->hand_over >= 0)
		return r;
	policy_free(set->policy);
	set->policy = NULL;
	return 0;
}

static int
read_policy(const struct profile_request *request, struct profile_set *set,
	    struct caisson_error *err)
{
	const struct load_options options = {
		.confined = true,
		.capabilities = request->capabilities,
	};

	if (request->policy != NULL)
		return load_file(request->policy, &options, &set->policy, err);
	return load_profile(request->name, &options, &set->policy, err);
}

/* Reads the policy of a file, or of a shipped profile, and compiles it. */
static int
open_policy(const struct profile_request *request, const char *name,
	    struct profile_set *out, struct caisson_error *err)
{
	const char *file =
	    request->policy != NULL ? request->policy : request->name;
	struct profile_set set = { 0 };
	struct caisson_error own;
	int r = read_policy(request, &set, &own);

	if (r == 0)
		r = compile(&set, name, request, &own);
	if (r < 0) {
		profile_close(&set);
		(void)name_file(&own, file);
		if (err != NULL)
			*err = own;
		return r;
	}
	*out = set;
	return 0;
}

static int
open_shipped(const struct profile_request *request, struct profile_set *out,
	     struct caisson_error *err)
{
	const struct profile *profile = find(request->name);

	if (profile == NULL)
		return unknown(request->name, err);
	if (request->hand_over >= 0 && profile->insns != NULL)
		return open_policy(request, profile->name, out, err);
	*out = (struct profile_set){ .filter = *profile };
	return 0;
}

static int
open_filter(const struct profile_request *request, struct profile_set *out,
	    struct caisson_error *err)
{
	if (request->hand_over >= 0)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, 0,
			       "a filter without its policy cannot report what "
			       "it refuses: name the policy's file instead");
	if (request->filter_n == 0 || request->filter_n > FILTER_MAX)
		return err_usage(err, "a filter of %zu instructions",
				 request->filter_n);
	*out = (struct profile_set){
		.filter = { "filter", request->filter,
			    (unsigned short)request->filter_n },
	};
	return 0;
}

int
profile_open(const struct profile_request *request, struct profile_set *out,
	     struct caisson_error *err)
{
	unsigned given = 0;

	given += request->name != NULL;
	given += request->policy != NULL;
	given += request->filter != NULL;
	if (given != 1)
		return err_usage(err, "a profile, a policy or a filter, one "
				      "of the three");
	if (request->filter != NULL)
		return open_filter(request, out, err);
	if (request->policy != NULL)
		return open_policy(request, "policy", out, err);
	return open_shipped(request, out, err);
}

void
profile_close(struct profile_set *set)
{
	for (size_t i = 0; i < 2; i++)
		free(set->owned[i]);
	policy_free(set->policy);
	*set = (struct profile_set){ 0 };
}
