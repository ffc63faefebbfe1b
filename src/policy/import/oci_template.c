/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an entry of a Docker or Podman template counts: capabilities,
 * architecture, kernel.  Decided with the options alone.
 */
#include "policy/import/oci.h"

#include "base/err.h"

#include <string.h>

/* Go's name for an architecture, as the templates have it. */
struct go_name {
	const char *ours, *theirs;
};

static bool
is_arch_named(const struct calls_arch *arch, const char *name)
{
	static const struct go_name names[] = {
		{ "x86_64", "amd64" },      { "x86", "386" },
		{ "aarch64", "arm64" },     { "mipsel", "mipsle" },
		{ "mipsel64", "mips64le" }, { "loongarch64", "loong64" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].ours, arch->name) == 0 &&
		    strcmp(names[i].theirs, name) == 0)
			return true;
	return strcmp(arch->name, name) == 0;
}

static bool
has_capability(const struct oci *oci, const char *name)
{
	const char *const *caps = oci->options->capabilities;

	for (size_t i = 0; caps != NULL && caps[i] != NULL; i++)
		if (strcmp(caps[i], name) == 0)
			return true;
	return false;
}

static bool
is_ours(const struct oci *oci, bool caps, const char *name)
{
	return caps ? has_capability(oci, name)
		    : is_arch_named(oci->options->arch, name);
}

/* How many strings the list has, and how many of them are ours. */
static int
count(struct oci *oci, const struct json_at *list, bool caps, size_t *ours)
{
	*ours = 0;
	if (json_want_list(&oci->in, list) < 0)
		return CAISSON_E_POLICY;
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_at at = json_element(list, i);
		const char *name = "";

		if (json_read_string(&oci->in, &at, &name) < 0)
			return CAISSON_E_POLICY;
		*ours += is_ours(oci, caps, name);
	}
	return 0;
}

/* Digits to a number below 100,000; NULL: there are none, or too many. */
static const char *
read_number(const char *text, unsigned *out)
{
	size_t n = 0;

	*out = 0;
	for (; text[n] >= '0' && text[n] <= '9'; n++)
		*out = 10 * *out + (unsigned)(text[n] - '0');
	return n > 0 && n < 6 ? text + n : NULL;
}

/* "4.8": is the kernel as new?  No kernel given is newer than all. */
static int
read_kernel(struct oci *oci, const struct json_at *at, bool *new_enough)
{
	const struct import_options *options = oci->options;
	unsigned major = 0, minor = 0;
	const char *text = "", *rest;

	*new_enough = true;
	if (json_read_string(&oci->in, at, &text) < 0)
		return CAISSON_E_POLICY;
	if (text[0] == '\0')
		return 0;
	if (strlen(text) > 11)
		return json_fail(&oci->in, at, "not a kernel version");
	rest = read_number(text, &major);
	if (rest != NULL && *rest == '.')
		rest = read_number(rest + 1, &minor);
	else
		rest = NULL;
	if (rest == NULL || *rest != '\0')
		return json_fail(&oci->in, at, "not a kernel version");
	if (options->kernel_major != 0 || options->kernel_minor != 0)
		*new_enough = options->kernel_major > major ||
			      (options->kernel_major == major &&
			       options->kernel_minor >= minor);
	return 0;
}

/* What "includes" or "excludes" says. */
struct filter {
	size_t caps, our_caps;
	size_t arches, our_arches;
	bool has_kernel, new_enough;
};

static int
read_filter(struct oci *oci, const struct json_at *at, struct filter *out)
{
	static const char *const keys[] = { "caps", "arches", "minKernel",
					    NULL };
	static const struct oci_known known = { keys, true };
	struct json_at caps = json_member(at, "caps");
	struct json_at arches = json_member(at, "arches");
	struct json_at kernel = json_member(at, "minKernel");
	const char *text = "";

	if (json_want_object(&oci->in, at) < 0 ||
	    oci_check_keys(oci, at, &known) < 0 ||
	    count(oci, &caps, true, &out->our_caps) < 0 ||
	    count(oci, &arches, false, &out->our_arches) < 0 ||
	    read_kernel(oci, &kernel, &out->new_enough) < 0)
		return CAISSON_E_POLICY;
	out->caps = json_length(&caps);
	out->arches = json_length(&arches);
	if (kernel.value != NULL)
		text = json_string_value(kernel.value);
	out->has_kernel = text[0] != '\0';
	return 0;
}

int
oci_read_filters(struct oci *oci, const struct json_at *entry,
		 const char **why_not)
{
	struct json_at includes = json_member(entry, "includes");
	struct json_at excludes = json_member(entry, "excludes");
	struct filter in = { 0 }, ex = { 0 };

	*why_not = NULL;
	if (read_filter(oci, &includes, &in) < 0 ||
	    read_filter(oci, &excludes, &ex) < 0)
		return CAISSON_E_POLICY;
	if (in.our_caps < in.caps)
		*why_not = "for capabilities that are not there";
	else if (ex.our_caps > 0)
		*why_not = "not with these capabilities";
	else if (in.arches > 0 && in.our_arches == 0)
		*why_not = "for other architectures";
	else if (ex.our_arches > 0)
		*why_not = "not for this architecture";
	else if (in.has_kernel && !in.new_enough)
		*why_not = "for newer kernels";
	else if (ex.has_kernel && ex.new_enough)
		*why_not = "for older kernels";
	return 0;
}
