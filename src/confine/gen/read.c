/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of mkprofile.  Line by line, no recovery: whatever is not
 * understood ends the build with its line.
 */
#include "confine/gen/gen.h"

#include <ctype.h>
#include <seccomp.h>
#include <string.h>

#define WORD_MAX 64

/* A place in a line, and what is needed to complain about it. */
struct cursor {
	const struct gen_policy *policy;
	unsigned line;
	const char *p;
};

/* The names before a colon. */
struct names {
	size_t n;
	int numbers[64];
	char first[WORD_MAX]; /* for the width of its arguments */
};

static void
skip_space(struct cursor *at)
{
	while (*at->p == ' ' || *at->p == '\t')
		at->p++;
}

static bool
take(struct cursor *at, const char *token)
{
	size_t len = strlen(token);

	skip_space(at);
	if (strncmp(at->p, token, len) != 0)
		return false;
	at->p += len;
	return true;
}

static void
need(struct cursor *at, const char *token)
{
	if (!take(at, token))
		gen_die(at->policy, at->line, "expected \"%s\" at \"%s\"",
			token, at->p);
}

static void
need_word(struct cursor *at, char word[WORD_MAX])
{
	size_t n = 0;

	skip_space(at);
	while (isalnum((unsigned char)at->p[n]) || at->p[n] == '_')
		n++;
	if (n == 0 || n >= WORD_MAX)
		gen_die(at->policy, at->line, "expected a word at \"%s\"",
			at->p);
	memcpy(word, at->p, n);
	word[n] = '\0';
	at->p += n;
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return 16;
}

/* Decimal, or hexadecimal in lower case; octal is left out. */
static uint64_t
number(const struct cursor *at, const char *word)
{
	unsigned base = strncmp(word, "0x", 2) == 0 ? 16 : 10;
	const char *p = base == 16 ? word + 2 : word;
	uint64_t value = 0;

	if (*p == '\0' || (base == 10 && p[0] == '0' && p[1] != '\0'))
		gen_die(at->policy, at->line, "not a number: %s", word);
	for (; *p != '\0'; p++) {
		unsigned d = digit(*p);

		if (d >= base || value > (UINT64_MAX - d) / base)
			gen_die(at->policy, at->line, "not a number: %s", word);
		value = value * base + d;
	}
	return value;
}

static uint64_t value(struct cursor *at, unsigned depth);

static uint64_t
constant(struct cursor *at, unsigned depth)
{
	bool invert = take(at, "~");
	char word[WORD_MAX];
	uint64_t v;

	if (depth > 4)
		gen_die(at->policy, at->line, "too many parentheses");
	if (take(at, "(")) {
		v = value(at, depth + 1);
		need(at, ")");
	} else {
		need_word(at, word);
		if (isdigit((unsigned char)word[0]))
			v = number(at, word);
		else if (!gen_constant(word, &v))
			gen_die(at->policy, at->line, "unknown constant %s",
				word);
	}
	return invert ? ~v : v;
}

static uint64_t
value(struct cursor *at, unsigned depth)
{
	uint64_t v = constant(at, depth);

	/* "||" is the next clause. */
	while (skip_space(at), at->p[0] == '|' && at->p[1] != '|') {
		at->p++;
		v |= constant(at, depth);
	}
	return v;
}

static int
need_errno(struct cursor *at)
{
	char word[WORD_MAX];
	int error;

	need_word(at, word);
	if (!gen_errno(word, &error))
		gen_die(at->policy, at->line, "unknown error %s", word);
	return error;
}

static void
need_errno_once(struct cursor *at, int *out)
{
	if (*out != 0)
		gen_die(at->policy, at->line, "here for the second time");
	*out = need_errno(at);
}

/* Is the name one of the architectures of "[arch=a,b]", or has it none? */
static bool
take_arch(struct cursor *at, const char *name)
{
	char word[WORD_MAX];
	bool ours = false;

	if (!take(at, "["))
		return true;
	need(at, "arch");
	need(at, "=");
	do {
		uint32_t arch;

		need_word(at, word);
		arch = seccomp_arch_resolve_name(word);
		if (arch == 0)
			gen_die(at->policy, at->line, "unknown arch %s", word);
		if (seccomp_syscall_resolve_name_arch(arch, name) < 0)
			gen_die(at->policy, at->line,
				"%s has no system call %s", word, name);
		ours = ours || arch == at->policy->arch;
	} while (take(at, ","));
	need(at, "]");
	return ours;
}

static void
read_name(struct cursor *at, struct names *names)
{
	char word[WORD_MAX];
	int nr;

	need_word(at, word);
	if (names->first[0] == '\0')
		memcpy(names->first, word, sizeof(word));
	if (!take_arch(at, word))
		return;
	if (isdigit((unsigned char)word[0])) {
		uint64_t v = number(at, word);

		nr = v < GEN_NUMBERS ? (int)v : -1;
	} else {
		nr = seccomp_syscall_resolve_name_arch(at->policy->arch, word);
	}
	if (nr < 0 || nr >= GEN_NUMBERS)
		gen_die(at->policy, at->line, "%s has no system call %s",
			at->policy->arch_name, word);
	if (names->n == sizeof(names->numbers) / sizeof(names->numbers[0]))
		gen_die(at->policy, at->line, "too many names");
	names->numbers[names->n++] = nr;
}

static void
read_names(struct cursor *at, struct names *names)
{
	names->n = 0;
	names->first[0] = '\0';
	if (take(at, "{")) {
		do
			read_name(at, names);
		while (take(at, ","));
		need(at, "}");
	} else {
		read_name(at, names);
	}
	need(at, ":");
}

static enum gen_kind
read_operator(struct cursor *at)
{
	if (take(at, "=="))
		return GEN_EQ;
	if (take(at, "!="))
		return GEN_NE;
	if (take(at, "in "))
		return GEN_IN;
	gen_die(at->policy, at->line, "no such comparison here: \"%s\"", at->p);
}

static void
read_atom(struct cursor *at, struct gen_rule *rule)
{
	enum gen_kind kind;
	unsigned arg;
	uint64_t v;

	need(at, "arg");
	arg = digit(*at->p);
	if (arg > 5)
		gen_die(at->policy, at->line, "arguments are arg0 to arg5");
	at->p++;
	kind = read_operator(at);
	v = value(at, 0);
	if (rule->n_values > 0 && (rule->kind != kind || rule->arg != arg))
		gen_die(at->policy, at->line,
			"one argument, one comparison: no more here");
	if (rule->n_values == GEN_VALUES_MAX)
		gen_die(at->policy, at->line, "too many values");
	rule->kind = kind;
	rule->arg = arg;
	rule->values[rule->n_values++] = v;
}

static void
read_expression(struct cursor *at, const struct names *names,
		struct gen_rule *rule)
{
	const char *glue;

	if (names->n > 1)
		gen_die(at->policy, at->line, "an expression has one name");
	do {
		read_atom(at, rule);
		glue = rule->kind == GEN_EQ ? "||" : "&&";
	} while (rule->kind != GEN_IN && take(at, glue));
	rule->width = gen_width(names->first, rule->arg);
	if (rule->width == 0)
		gen_die(at->policy, at->line, "width of %s arg%u not known",
			names->first, rule->arg);
	for (size_t i = 0; rule->kind != GEN_IN && i < rule->n_values; i++)
		if (rule->width < 64 && rule->values[i] >> rule->width != 0)
			gen_die(at->policy, at->line, "value wider than %s's",
				names->first);
}

static void
read_rule(struct cursor *at, struct gen_policy *policy)
{
	struct gen_rule rule = { .line = at->line };
	struct names names;

	read_names(at, &names);
	if (take(at, "allow")) {
		rule.kind = GEN_ALLOW;
	} else if (take(at, "return ")) {
		rule.kind = GEN_RETURN;
		rule.error = need_errno(at);
	} else {
		read_expression(at, &names, &rule);
	}
	for (size_t i = 0; i < names.n; i++) {
		struct gen_rule *slot = &policy->rules[names.numbers[i]];

		if (slot->kind != GEN_NONE)
			gen_die(policy, at->line, "number %d is in line %u too",
				names.numbers[i], slot->line);
		*slot = rule;
	}
}

static void
read_line(struct gen_policy *policy, unsigned line, const char *text)
{
	struct cursor at = { policy, line, text };

	skip_space(&at);
	if (*at.p == '\0')
		return;
	if (take(&at, "@default return "))
		need_errno_once(&at, &policy->default_error);
	else if (take(&at, "@unknown return "))
		need_errno_once(&at, &policy->unknown_error);
	else
		read_rule(&at, policy);
	skip_space(&at);
	if (*at.p != '\0')
		gen_die(policy, line, "not understood: \"%s\"", at.p);
}

void
gen_read(struct gen_policy *policy, char *text)
{
	unsigned line = 0;

	while (text != NULL) {
		char *next = strchr(text, '\n'), *comment;

		if (next != NULL)
			*next++ = '\0';
		comment = strchr(text, '#');
		if (comment != NULL)
			*comment = '\0';
		read_line(policy, ++line, text);
		text = next;
	}
	if (policy->default_error == 0 || policy->unknown_error == 0)
		gen_die(policy, line, "no @default or no @unknown");
}
