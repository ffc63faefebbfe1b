/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a caller, who may be older or newer than this library. */
#include "policy/api/api.h"

#include "base/err.h"
#include "base/suggest.h"
#include "base/sized.h"

#include <string.h>

#define ALL_FLAGS (CAISSON_POLICY_IGNORE_UNKNOWN | CAISSON_POLICY_CONFINED)

int
api_options(const struct caisson_policy_options *in,
	    struct caisson_policy_options *out, struct caisson_error *err)
{
	int r = sized_read(in, out, sizeof(*out), "policy", err);

	if (r < 0)
		return r;
	if ((out->flags & ~(uint32_t)ALL_FLAGS) != 0)
		return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_NONE,
			       0, "options.flags %#x: not all are known",
			       out->flags);
	return 0;
}

int
api_arch(const char *name, const struct calls_arch **out,
	 struct caisson_error *err)
{
	const struct calls_arch *arch = calls_arch_host();
	struct suggest s;

	if (name != NULL)
		arch = calls_arch_by_name(name);
	if (arch != NULL) {
		*out = arch;
		return 0;
	}
	suggest_init(&s, name != NULL ? name : "");
	for (size_t i = 0; calls_arch_at(i) != NULL; i++)
		suggest_offer(&s, calls_arch_at(i)->name);
	if (s.best != NULL)
		return err_usage(err,
				 "no architecture \"%.64s\": did you mean %s?",
				 s.word, s.best);
	return err_usage(err, "no architecture \"%.64s\"", s.word);
}

int
api_load_options(const struct caisson_policy_options *options,
		 struct load_options *out, struct caisson_error *err)
{
	struct caisson_policy_options own;
	int r = api_options(options, &own, err);

	if (r < 0)
		return r;
	*out = (struct load_options){
		.file = own.name != NULL ? own.name : "policy",
		.ignore_unknown =
		    (own.flags & CAISSON_POLICY_IGNORE_UNKNOWN) != 0,
		.confined = (own.flags & CAISSON_POLICY_CONFINED) != 0,
		.capabilities = own.capabilities,
	};
	if (own.kernel != NULL &&
	    !load_kernel(own.kernel, &out->kernel_major, &out->kernel_minor))
		return err_usage(err,
				 "options.kernel \"%.64s\": must be like "
				 "6.1",
				 own.kernel);
	return api_arch(own.arch, &out->arch, err);
}
