/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkcalls HOST NEWER OUTPUT: the tables of system calls as C.  Runs when
 * caisson is built and is not installed.  Whatever is not as expected ends the
 * build.
 */
#include "policy/data/gen/gen.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
gen_die(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "mkcalls: ");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\n");
	exit(1);
}

static int
by_number(const void *a, const void *b)
{
	const struct gen_call *x = a, *y = b;

	return (x->nr > y->nr) - (x->nr < y->nr);
}

/* A name, and which call of its architecture has it. */
struct name {
	const char *text;
	size_t call;
};

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static void
print_tables(struct gen_arch *arch)
{
	static struct name sorted[GEN_CALLS_MAX];

	qsort(arch->calls, arch->n, sizeof(arch->calls[0]), by_number);
	for (size_t i = 0; i < arch->n; i++)
		sorted[i] = (struct name){ arch->calls[i].name, i };
	qsort(sorted, arch->n, sizeof(sorted[0]), by_name);
	(void)printf("\nstatic const struct calls_entry numbers_%s[] = {\n",
		     arch->name);
	for (size_t i = 0; i < arch->n; i++)
		(void)printf("\t{ 0x%xu, \"%s\" },\n", arch->calls[i].nr,
			     arch->calls[i].name);
	(void)printf("};\nstatic const uint16_t names_%s[] = {\n", arch->name);
	for (size_t i = 0; i < arch->n; i++)
		(void)printf("\t%zu,\n", sorted[i].call);
	(void)printf("};\n");
}

static const char *
boolean(bool value)
{
	return value ? "true" : "false";
}

static void
print_arch(const struct gen_arch *arch)
{
	uint32_t bit = arch->first & 0x40000000u;

	(void)printf("\t{ .name = \"%s\", .token = 0x%xu, .bit = 0x%xu,\n"
		     "\t  .is_64 = %s, .big_endian = %s,\n"
		     "\t  .by_number = numbers_%s, .by_name = names_%s,\n"
		     "\t  .n = %zu, .end = %u },\n",
		     arch->name, arch->token, bit,
		     boolean((arch->token & 0x80000000u) != 0),
		     boolean((arch->token & 0x40000000u) == 0), arch->name,
		     arch->name, arch->n,
		     (arch->calls[arch->n - 1].nr & ~bit) + 1);
}

static void
print_names(void)
{
	static struct name all[GEN_ALL_MAX];
	const struct gen_arch *arch;
	size_t n = 0;

	for (size_t i = 0; (arch = gen_arch_at(i)) != NULL; i++)
		for (size_t j = 0; j < arch->n; j++) {
			if (n == sizeof(all) / sizeof(all[0]))
				gen_die("too many names");
			all[n++] = (struct name){ arch->calls[j].name, j };
		}
	qsort(all, n, sizeof(all[0]), by_name);
	(void)printf("\nconst char *const data_known[] = {\n");
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(all[i].text, all[i - 1].text) != 0)
			(void)printf("\t\"%s\",\n", all[i].text);
	(void)printf("\tNULL,\n};\n"
		     "const size_t data_known_n = "
		     "sizeof(data_known) / sizeof(data_known[0]) - 1;\n");
}

static void
print_all(const char *host)
{
	struct gen_arch *arch;
	size_t at = SIZE_MAX, n;

	(void)printf("/* From libseccomp: do not edit. */\n"
		     "#include \"policy/data/data.h\"\n");
	for (n = 0; (arch = gen_arch_at(n)) != NULL; n++) {
		print_tables(arch);
		if (strcmp(arch->name, host) == 0)
			at = n;
	}
	if (at == SIZE_MAX)
		gen_die("libseccomp does not know %s", host);
	(void)printf("\nconst struct calls_arch data_archs[] = {\n");
	for (size_t i = 0; (arch = gen_arch_at(i)) != NULL; i++)
		print_arch(arch);
	(void)printf("};\nconst size_t data_archs_n = %zu;\n"
		     "const size_t data_host = %zu;\n",
		     n, at);
	print_names();
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc != 4)
		gen_die("HOST NEWER OUTPUT");
	gen_archs_read();
	gen_newer_read(argv[2]);
	fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) /* O_CLOEXEC: no exec */
		gen_die("cannot write %s", argv[3]);
	print_all(argv[1]);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		gen_die("cannot write %s", argv[3]);
	return 0;
}
