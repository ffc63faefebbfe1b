/* SPDX-License-Identifier: Apache-2.0 */
/* Case files: calls, arguments, answers.  Names become numbers here. */
#include "policy/text/cases_read.h"

#include "policy/calls.h"

#include <stdarg.h>
#include <string.h>

#define NAME_SIZE 64 /* longer than any name that exists */

static struct cases_span
cut(struct cases_span word, size_t from, size_t to)
{
	return (struct cases_span){ word.at + from, to - from };
}

/* Where c stands in the word; its length: nowhere. */
static size_t
find(const struct cases_reader *r, struct cases_span word, char c)
{
	const char *start = r->text + word.at, *p = memchr(start, c, word.len);

	return p != NULL ? (size_t)(p - start) : word.len;
}

static struct cases_span
trim(const struct cases_reader *r, struct cases_span word)
{
	const char *t = r->text;

	for (; word.len > 0 && (t[word.at] == ' ' || t[word.at] == '\t');
	     word.len--)
		word.at++;
	while (word.len > 0 && (t[word.at + word.len - 1] == ' ' ||
				t[word.at + word.len - 1] == '\t'))
		word.len--;
	return word;
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

bool
cases_number(const struct cases_reader *r, struct cases_span word,
	     uint64_t *out)
{
	const char *p = r->text + word.at, *end = p + word.len;
	bool minus = p < end && *p == '-';
	unsigned base = 10;
	uint64_t value = 0;

	p += minus;
	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	} else if (end - p > 1 && p[0] == '0') {
		base = 8;
	}
	if (p == end)
		return false;
	for (; p < end; p++)
		if (digit(*p) >= base ||
		    __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit(*p), &value))
			return false;
	*out = minus ? 0 - value : value;
	return true;
}

/* One constant or number, with "~" before it or not. */
static int
read_term(const struct cases_reader *r, const struct calls_arch *arch,
	  struct cases_span word, uint64_t *out)
{
	char name[NAME_SIZE];
	const char *near;
	bool inverted, differs = false;
	uint64_t value;

	word = trim(r, word);
	inverted = word.len > 0 && r->text[word.at] == '~';
	if (inverted)
		word = trim(r, cut(word, 1, word.len));
	if (word.len == 0)
		return cases_fail(r, CAISSON_E_SYNTAX, word.at,
				  "a value is missing");
	(void)cases_copy(r, word, name, sizeof(name));
	if (!cases_number(r, word, &value) &&
	    !calls_constant(arch, name, &value, &differs)) {
		near = calls_nearest_constant(name);
		if (differs)
			return cases_fail(r, CAISSON_E_POLICY, word.at,
					  "%s has another value on %s: write "
					  "the number",
					  name, arch->name);
		return cases_fail(r, CAISSON_E_POLICY, word.at,
				  "no constant \"%s\"%s%s%s", name,
				  near != NULL ? "; did you mean " : "",
				  near != NULL ? near : "",
				  near != NULL ? "?" : "");
	}
	*out = inverted ? ~value : value;
	return 0;
}

static int
read_value(const struct cases_reader *r, const struct calls_arch *arch,
	   struct cases_span word, uint64_t *out)
{
	uint64_t value = 0, term = 0;
	int ret;

	for (;;) {
		size_t bar = find(r, word, '|');

		ret = read_term(r, arch, cut(word, 0, bar), &term);
		if (ret < 0)
			return ret;
		value |= term;
		if (bar == word.len)
			break;
		word = cut(word, bar + 1, word.len);
	}
	*out = value;
	return 0;
}

int
cases_read_arg(const struct cases_reader *r, const struct calls_arch *arch,
	       struct cases_span word, struct cases_arg *out)
{
	struct cases_arg arg = { .mask = UINT64_MAX };
	size_t slash;
	int ret = 0;

	word = trim(r, word);
	if (cases_is(r, word, "*")) {
		*out = (struct cases_arg){ .mask = 0 };
		return 0;
	}
	arg.negated = word.len > 0 && r->text[word.at] == '!';
	if (arg.negated)
		word = cut(word, 1, word.len);
	slash = find(r, word, '/');
	if (slash < word.len)
		ret = read_value(r, arch, cut(word, slash + 1, word.len),
				 &arg.mask);
	if (ret == 0)
		ret = read_value(r, arch, cut(word, 0, slash), &arg.value);
	if (ret < 0)
		return ret;
	if ((arg.value & ~arg.mask) != 0 || arg.mask == 0)
		return cases_fail(r, CAISSON_E_POLICY, word.at,
				  "the mask does not have all bits of the "
				  "value: this is never so");
	*out = arg;
	return 0;
}

static int
read_args(const struct cases_reader *r, const struct calls_arch *arch,
	  struct cases_span word, struct cases_arg args[6])
{
	size_t comma = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0; i++) {
		if (i == 6)
			return cases_fail(r, CAISSON_E_SYNTAX, trim(r, word).at,
					  "a call has at most 6 arguments");
		comma = find(r, word, ',');
		ret = cases_read_arg(r, arch, cut(word, 0, comma), &args[i]);
		if (comma == word.len)
			break;
		word = cut(word, comma + 1, word.len);
	}
	return ret;
}

/* "NUMBER" or "NUMBER..NUMBER"; false: neither. */
static bool
read_range(const struct cases_reader *r, struct cases_span word, uint64_t *low,
	   uint64_t *high)
{
	size_t dot = find(r, word, '.');

	if (dot == word.len)
		return cases_number(r, word, low) &&
		       cases_number(r, word, high);
	return dot + 1 < word.len && r->text[word.at + dot + 1] == '.' &&
	       cases_number(r, cut(word, 0, dot), low) &&
	       cases_number(r, cut(word, dot + 2, word.len), high);
}

static int
read_name(const struct cases_reader *r, struct cases_span word,
	  struct cases_case *out)
{
	const struct calls_arch *arch = out->caller;
	char name[NAME_SIZE];
	const char *near;
	uint64_t low = 0, high = 0;

	(void)cases_copy(r, word, name, sizeof(name));
	if (read_range(r, word, &low, &high)) {
		if (low > high || high > UINT32_MAX)
			return cases_fail(r, CAISSON_E_POLICY, word.at,
					  "numbers go from 0 to 0xffffffff, "
					  "the lower one first");
		out->low = (uint32_t)low | arch->bit;
		out->high = (uint32_t)high | arch->bit;
		return 0;
	}
	if (calls_number(arch, name, &out->low)) {
		out->high = out->low;
		return 0;
	}
	if (calls_is_name(name))
		return cases_fail(r, CAISSON_E_POLICY, word.at,
				  "%s has no call \"%s\"", arch->name, name);
	near = calls_nearest(arch, name);
	return cases_fail(r, CAISSON_E_POLICY, word.at,
			  "no system call \"%s\"%s%s%s", name,
			  near != NULL ? "; did you mean " : "",
			  near != NULL ? near : "", near != NULL ? "?" : "");
}

int
cases_read_call(const struct cases_reader *r, struct cases_span word,
		struct cases_case *out)
{
	size_t open = find(r, word, '('), colon;
	struct cases_span name = cut(word, 0, open);
	char arch[32];
	int ret;

	memset(out->args, 0, sizeof(out->args));
	if (open < word.len && find(r, word, ')') != word.len - 1)
		return cases_fail(r, CAISSON_E_SYNTAX, word.at,
				  "expected NAME(ARGUMENT, ...)");
	colon = find(r, name, ':');
	if (colon < name.len) {
		(void)cases_copy(r, cut(name, 0, colon), arch, sizeof(arch));
		out->caller = calls_arch_by_name(arch);
		if (out->caller == NULL)
			return cases_fail(r, CAISSON_E_POLICY, word.at,
					  "no architecture \"%s\"", arch);
		name = cut(name, colon + 1, name.len);
	}
	ret = read_name(r, name, out);
	if (ret == 0 && open < word.len)
		ret = read_args(r, out->caller,
				cut(word, open + 1, word.len - 1), out->args);
	return ret;
}

/* An answer that has no number. */
static bool
plain_action(const struct cases_reader *r, struct cases_span word,
	     uint32_t *out)
{
	static const struct {
		const char *name;
		uint32_t action;
	} table[] = {
		{ "allow", SECCOMP_RET_ALLOW },
		{ "kill", SECCOMP_RET_KILL_PROCESS },
		{ "kill-process", SECCOMP_RET_KILL_PROCESS },
		{ "kill-thread", SECCOMP_RET_KILL_THREAD },
		{ "trap", SECCOMP_RET_TRAP },
		{ "trace", SECCOMP_RET_TRACE },
		{ "log", SECCOMP_RET_LOG },
		{ "user-notify", SECCOMP_RET_USER_NOTIF },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (cases_is(r, word, table[i].name)) {
			*out = table[i].action;
			return true;
		}
	}
	return false;
}

int
cases_read_action(const struct cases_reader *r, struct cases_span word,
		  uint32_t *out)
{
	char name[NAME_SIZE];
	uint64_t number = 0;
	int value = 0;

	if (plain_action(r, word, out))
		return 0;
	(void)cases_copy(r, word, name, sizeof(name));
	if (cases_number(r, word, &number) && number <= 4095) {
		*out = SECCOMP_RET_ERRNO | (uint32_t)number;
		return 0;
	}
	if (!calls_errno(name, &value))
		return cases_fail(r, CAISSON_E_POLICY, word.at,
				  "no answer \"%s\": allow, EPERM (any errno), "
				  "kill-process, kill-thread, trap, trace, "
				  "log, user-notify",
				  name);
	*out = SECCOMP_RET_ERRNO | (uint32_t)value;
	return 0;
}
