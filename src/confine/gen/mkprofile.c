/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkprofile ARCH NAME POLICY OUTPUT: the filter of a policy as a C array.
 * Runs when caisson is built and is not installed.  libseccomp compiles: it
 * knows the numbers, and is given only equalities of masked arguments.
 * Whatever it says no to ends the build.
 */
#include "confine/gen/gen.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT_MAX  ((size_t)1 << 20)
#define INSNS_MAX 4096

void
gen_die(const struct gen_policy *policy, unsigned line, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s:%u: ", policy->file, line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\n");
	exit(1);
}

static size_t
read_fd(int fd, void *out, size_t size)
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, (char *)out + used, size - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 && used < size);
	return n < 0 ? size : used;
}

static char *
read_text(const struct gen_policy *policy)
{
	int fd = open(policy->file, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, TEXT_MAX);
	size_t n;

	if (fd < 0 || text == NULL)
		gen_die(policy, 0, "cannot open");
	n = read_fd(fd, text, TEXT_MAX);
	if (n == TEXT_MAX || strlen(text) != n)
		gen_die(policy, 0, "cannot read, too long, or not text");
	(void)close(fd);
	return text;
}

/* An action that is the filter's default is refused: it is there already. */
static void
add(scmp_filter_ctx ctx, const struct gen_policy *policy, int nr,
    uint32_t action, const struct scmp_arg_cmp *cmp)
{
	int r;

	if (action == SCMP_ACT_ERRNO((uint32_t)policy->unknown_error))
		return;
	r = seccomp_rule_add_exact_array(ctx, action, nr, cmp != NULL, cmp);
	if (r < 0)
		gen_die(policy, policy->rules[nr].line,
			"libseccomp refuses number %d: %s", nr, strerror(-r));
}

static void
add_blocks(scmp_filter_ctx ctx, const struct gen_policy *policy, int nr,
	   uint32_t action, const struct gen_blocks *blocks)
{
	for (size_t i = 0; i < blocks->n; i++) {
		struct scmp_arg_cmp cmp = {
			.arg = policy->rules[nr].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = blocks->v[i].mask,
			.datum_b = blocks->v[i].value,
		};

		add(ctx, policy, nr, action, &cmp);
	}
}

static void
add_number(scmp_filter_ctx ctx, const struct gen_policy *policy, int nr)
{
	static struct gen_blocks allowed, refused;
	const struct gen_rule *rule = &policy->rules[nr];
	uint32_t refuse = SCMP_ACT_ERRNO((uint32_t)policy->default_error);
	char *name;

	if (rule->kind == GEN_ALLOW) {
		add(ctx, policy, nr, SCMP_ACT_ALLOW, NULL);
	} else if (rule->kind == GEN_RETURN) {
		add(ctx, policy, nr, SCMP_ACT_ERRNO((uint32_t)rule->error),
		    NULL);
	} else if (rule->kind != GEN_NONE) {
		gen_lower(rule, &allowed, &refused);
		add_blocks(ctx, policy, nr, SCMP_ACT_ALLOW, &allowed);
		add_blocks(ctx, policy, nr, refuse, &refused);
	} else {
		name = seccomp_syscall_resolve_num_arch(policy->arch, nr);
		if (name != NULL)
			add(ctx, policy, nr, refuse, NULL);
		free(name);
	}
}

static void
check(const struct gen_policy *policy, int r, const char *what)
{
	if (r < 0)
		gen_die(policy, 0, "%s: %s", what, strerror(-r));
}

static scmp_filter_ctx
compile(const struct gen_policy *policy)
{
	scmp_filter_ctx ctx =
	    seccomp_init(SCMP_ACT_ERRNO((uint32_t)policy->unknown_error));

	if (ctx == NULL)
		gen_die(policy, 0, "seccomp_init");
	check(policy,
	      seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			       SCMP_ACT_KILL_PROCESS),
	      "badarch");
	check(policy, seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2),
	      "optimize");
	for (int nr = 0; nr < GEN_NUMBERS; nr++)
		add_number(ctx, policy, nr);
	return ctx;
}

static size_t export(const struct gen_policy *policy, scmp_filter_ctx ctx,
		     struct sock_filter *out)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	size_t n, room = (INSNS_MAX + 1) * sizeof(*out);

	if (fd < 0)
		gen_die(policy, 0, "memfd_create");
	check(policy, seccomp_export_bpf(ctx, fd), "export");
	if (lseek(fd, 0, SEEK_SET) != 0)
		gen_die(policy, 0, "lseek");
	n = read_fd(fd, out, room);
	if (n == 0 || n == room || n % sizeof(*out) != 0)
		gen_die(policy, 0, "more than %d instructions", INSNS_MAX);
	(void)close(fd);
	return n / sizeof(*out);
}

static void
print(const struct gen_policy *policy, const char *name, const char *path,
      const struct sock_filter *insns, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) /* O_CLOEXEC: no exec */
		gen_die(policy, 0, "cannot write %s", path);
	(void)printf("/* From policy/%s.policy for %s: do not edit. */\n"
		     "#include \"confine/profile_data.h\"\n\n"
		     "static const struct sock_filter insns[] = {\n",
		     name, policy->arch_name);
	for (size_t i = 0; i < n; i++)
		(void)printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insns[i].code,
			     insns[i].jt, insns[i].jf, insns[i].k);
	(void)printf("};\n\nconst struct profile profile_%s = {\n"
		     "\t\"%s\", insns, sizeof(insns) / sizeof(insns[0])\n"
		     "};\n",
		     name, name);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		gen_die(policy, 0, "cannot write %s", path);
}

int
main(int argc, char **argv)
{
	static struct gen_policy policy;
	static struct sock_filter insns[INSNS_MAX + 1];
	scmp_filter_ctx ctx;
	char *text;
	size_t n;

	policy.file = argc > 3 ? argv[3] : "mkprofile";
	if (argc != 5)
		gen_die(&policy, 0, "ARCH NAME POLICY OUTPUT");
	policy.arch_name = argv[1];
	policy.arch = seccomp_arch_resolve_name(argv[1]);
	/* libseccomp takes numbers as those of the machine that it runs on. */
	if (policy.arch == 0 || policy.arch != seccomp_arch_native())
		gen_die(&policy, 0, "%s: only for the machine that builds",
			argv[1]);
	text = read_text(&policy);
	gen_read(&policy, text);
	free(text);
	/* A compiler that does not come to an end ends the build. */
	(void)alarm(60);
	ctx = compile(&policy);
	n = export(&policy, ctx, insns);
	seccomp_release(ctx);
	print(&policy, argv[2], argv[4], insns, n);
	return 0;
}
