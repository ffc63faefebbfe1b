/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and their filters, for the tests of proofs. */
#include "loading.h"

#include "policy/calls.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

int
loading_policy(const char *name, const char *arch, struct policy **out,
	       struct caisson_error *err)
{
	struct text_options options = { .file = name,
					.arch = calls_arch_by_name(arch),
					.dir_fd = -1 };
	const char *text = text_profile(name);

	if (options.arch == NULL)
		return -1;
	if (strchr(name, '/') != NULL)
		return text_load(name, &options, out, err);
	if (text == NULL)
		return -1;
	return text_parse(text, strlen(text), &options, out, err);
}

static struct loading
compile(struct policy *policy)
{
	struct loading loading = { .policy = policy };
	struct caisson_error err = { 0 };

	if (filter_generate(policy, &loading.filter, &err) < 0)
		fail_msg("%s", err.msg);
	return loading;
}

struct loading
loading_text(const char *text, const char *arch)
{
	struct text_options options = { .file = "test",
					.arch = calls_arch_by_name(arch),
					.dir_fd = -1 };
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;

	if (text_parse(text, strlen(text), &options, &policy, &err) < 0)
		fail_msg("%s", err.msg);
	return compile(policy);
}

struct loading
loading_named(const char *name, const char *arch)
{
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;

	if (loading_policy(name, arch, &policy, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	return compile(policy);
}

void
loading_done(struct loading *loading)
{
	filter_done(&loading->filter);
	policy_free(loading->policy);
}
