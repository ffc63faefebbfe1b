/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkprofile OUTPUT NAME.policy...: the filters of policies as a C file.  Runs
 * when caisson is built and is not installed.  What comes out has been
 * checked against its policy and lets programs start and end; anything else
 * ends the build and writes nothing.
 */
#include "caisson.h"
#include "policy/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct profiles {
	char **paths;
	struct filter *filters;
	size_t n;
};

static int
compile(const char *path, struct filter *out)
{
	/* Emulators that cross builds run this in may not know openat2. */
	const struct load_options options = { .confined = false };
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;
	struct filter filter = { NULL, 0 };
	int r = load_file(path, &options, &policy, &err);

	if (r == 0)
		r = load_filter(policy, &filter, &err);
	if (r == 0)
		r = load_may_launch(policy, &filter, &err);
	policy_free(policy);
	if (r < 0) {
		filter_done(&filter);
		(void)fprintf(stderr, "%s: %s\n", path, err.msg);
		return -1;
	}
	*out = filter;
	return 0;
}

/* "default" of "policy/default.policy". */
static void
print_name(FILE *to, const char *path)
{
	static const char end[] = ".policy";
	const char *slash = strrchr(path, '/'), *name = path;
	size_t n;

	if (slash != NULL)
		name = slash + 1;
	n = strlen(name);
	if (n > sizeof(end) - 1 && strcmp(name + n - sizeof(end) + 1, end) == 0)
		n -= sizeof(end) - 1;
	(void)fprintf(to, "%.*s", (int)n, name);
}

static void
print_insns(FILE *to, size_t at, const struct filter *filter)
{
	(void)fprintf(to, "static const struct sock_filter insns_%zu[] = {\n",
		      at);
	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *insn = &filter->insns[i];

		(void)fprintf(to, "\t{ 0x%02x, %u, %u, 0x%08x },\n", insn->code,
			      insn->jt, insn->jf, insn->k);
	}
	(void)fprintf(to, "};\n\n");
}

static void
print(FILE *to, const struct profiles *profiles)
{
	(void)fprintf(to, "/* From policy: do not edit. */\n"
			  "#include \"confine/profile_data.h\"\n\n");
	for (size_t i = 0; i < profiles->n; i++)
		print_insns(to, i, &profiles->filters[i]);
	(void)fprintf(to, "const struct profile profile_builtin[] = {\n");
	for (size_t i = 0; i < profiles->n; i++) {
		(void)fprintf(to, "\t{ \"");
		print_name(to, profiles->paths[i]);
		(void)fprintf(to, "\", insns_%zu, %zu },\n", i,
			      profiles->filters[i].len);
	}
	(void)fprintf(to, "};\n\nconst size_t profile_builtin_count = %zu;\n",
		      profiles->n);
}

static int
write_file(const char *path, const struct profiles *profiles)
{
	FILE *to = fopen(path, "we");
	int r = -1;

	if (to != NULL) {
		print(to, profiles);
		r = ferror(to) != 0 ? -1 : 0;
		if (fclose(to) != 0)
			r = -1;
	}
	if (r < 0) {
		(void)fprintf(stderr, "%s: cannot write\n", path);
		(void)unlink(path);
	}
	return r;
}

int
main(int argc, char **argv)
{
	struct profiles profiles = { .paths = argv + 2 };
	int r = 0;

	if (argc < 3) {
		(void)fprintf(stderr, "mkprofile OUTPUT NAME.policy...\n");
		return 2;
	}
	profiles.filters = calloc((size_t)argc - 2, sizeof(*profiles.filters));
	if (profiles.filters == NULL)
		return 1;
	for (int i = 2; r == 0 && i < argc; i++) {
		r = compile(argv[i], &profiles.filters[profiles.n]);
		profiles.n += r == 0;
	}
	if (r == 0)
		r = write_file(argv[1], &profiles);
	for (size_t i = 0; i < profiles.n; i++)
		filter_done(&profiles.filters[i]);
	free(profiles.filters);
	return r == 0 ? 0 : 1;
}
