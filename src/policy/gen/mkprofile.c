/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkprofile [-n ARRAY] OUTPUT NAME.policy...: the filters of policies as a C
 * file.  Runs when caisson is built and is not installed.  What comes out has
 * been checked against its policy and lets programs start and end; anything
 * else ends the build and writes nothing.  -n: an array of another name, for
 * who loads the filter to go on, and starts nothing with it.
 */
#include "caisson.h"
#include "policy/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUILTIN "profile_builtin"

struct profiles {
	const char *array;
	char **paths;
	struct filter *filters;
	size_t n;
};

static int
compile(const char *path, bool starts, struct filter *out)
{
	/* Emulators that cross builds run this in may not know openat2. */
	const struct load_options options = { .confined = false };
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;
	struct filter filter = { NULL, 0 };
	int r = load_file(path, &options, &policy, &err);

	if (r == 0)
		r = load_filter(policy, &filter, &err);
	if (r == 0 && starts)
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
	(void)fprintf(to,
		      "extern const struct profile %s[];\n"
		      "extern const size_t %s_count;\n\n"
		      "const struct profile %s[] = {\n",
		      profiles->array, profiles->array, profiles->array);
	for (size_t i = 0; i < profiles->n; i++) {
		(void)fprintf(to, "\t{ \"");
		print_name(to, profiles->paths[i]);
		(void)fprintf(to, "\", insns_%zu, %zu },\n", i,
			      profiles->filters[i].len);
	}
	(void)fprintf(to, "};\n\nconst size_t %s_count = %zu;\n",
		      profiles->array, profiles->n);
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

/* OUTPUT NAME.policy... */
static int
make(struct profiles *profiles, char **argv, size_t n)
{
	bool starts = strcmp(profiles->array, BUILTIN) == 0;
	int r = 0;

	profiles->paths = argv + 1;
	profiles->filters = calloc(n - 1, sizeof(*profiles->filters));
	if (profiles->filters == NULL)
		return -1;
	for (size_t i = 1; r == 0 && i < n; i++) {
		r = compile(argv[i], starts, &profiles->filters[i - 1]);
		profiles->n += r == 0;
	}
	if (r == 0)
		r = write_file(argv[0], profiles);
	for (size_t i = 0; i < profiles->n; i++)
		filter_done(&profiles->filters[i]);
	free(profiles->filters);
	return r;
}

int
main(int argc, char **argv)
{
	struct profiles profiles = { .array = BUILTIN };
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		profiles.array = argv[2];
		first = 3;
	}
	if (argc < first + 2) {
		(void)fprintf(stderr, "mkprofile [-n ARRAY] OUTPUT "
				      "NAME.policy...\n");
		return 2;
	}
	return make(&profiles, argv + first, (size_t)(argc - first)) == 0 ? 0
									  : 1;
}
