/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files: lines to cases.  Reads what it is given and nothing else; bad
 * input is one error and no cases.
 */
#include "policy/text/cases.h"

#include "base/err.h"
#include "policy/calls.h"
#include "policy/text/cases_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The architectures that the policy is read for, here in the file. */
struct archs {
	const struct calls_arch *v[POLICY_ARCHS_MAX];
	size_t n;
};

int
cases_fail(const struct cases_reader *r, int code, size_t at, const char *fmt,
	   ...)
{
	const struct note_place place = { r->options->file, r->line,
					  (uint32_t)at + 1, r->text, r->len };
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		text[0] = '\0';
	notes_add(r->options->notes, &place, "%s", text);
	(void)err_set(r->err, code, CAISSON_STAGE_POLICY, 0, "%s:%u:%u: %s",
		      place.file, place.line, place.column, text);
	if (r->err != NULL) {
		r->err->line = place.line;
		r->err->column = place.column;
	}
	return code;
}

bool
cases_is(const struct cases_reader *r, struct cases_span word, const char *text)
{
	return strlen(text) == word.len &&
	       memcmp(r->text + word.at, text, word.len) == 0;
}

char *
cases_copy(const struct cases_reader *r, struct cases_span word, char *out,
	   size_t size)
{
	size_t len = word.len < size ? word.len : size - 1;

	memcpy(out, r->text + word.at, len);
	out[len] = '\0';
	return out;
}

void
cases_free(struct cases *cases)
{
	if (cases == NULL)
		return;
	for (size_t i = 0; i < cases->n; i++)
		free(cases->v[i].text);
	free(cases->v);
	free(cases);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Words end at blanks that are not within parentheses. */
static int
split(const struct cases_reader *r, struct cases_span *words, size_t *out_n)
{
	size_t n = 0, at = 0;

	while (at < r->len) {
		bool inside = false;
		size_t start = at;

		if (is_blank(r->text[at])) {
			at++;
			continue;
		}
		for (; at < r->len && (inside || !is_blank(r->text[at])); at++)
			inside = r->text[at] == '(' ||
				 (inside && r->text[at] != ')');
		if (inside)
			return cases_fail(r, CAISSON_E_SYNTAX, start,
					  "\"(\" without \")\"");
		if (n == CASES_WORDS)
			return cases_fail(r, CAISSON_E_SYNTAX, start,
					  "more than %u words in a line",
					  CASES_WORDS);
		words[n++] = (struct cases_span){ start, at - start };
	}
	*out_n = n;
	return 0;
}

static int
read_archs(const struct cases_reader *r, const struct cases_span *words,
	   size_t n, struct archs *out)
{
	struct archs archs = { .n = 0 };
	char name[32];

	if (n == 0)
		return cases_fail(r, CAISSON_E_SYNTAX, r->len,
				  "@arch without an architecture");
	if (n > POLICY_ARCHS_MAX)
		return cases_fail(r, CAISSON_E_SYNTAX,
				  words[POLICY_ARCHS_MAX].at,
				  "more than %d architectures",
				  POLICY_ARCHS_MAX);
	for (; archs.n < n; archs.n++) {
		(void)cases_copy(r, words[archs.n], name, sizeof(name));
		archs.v[archs.n] = calls_arch_by_name(name);
		if (archs.v[archs.n] == NULL)
			return cases_fail(r, CAISSON_E_POLICY,
					  words[archs.n].at,
					  "no architecture \"%s\"", name);
	}
	*out = archs;
	return 0;
}

static int
add_case(const struct cases_reader *r, struct cases_span word,
	 const struct cases_case *one, struct cases *cases)
{
	struct cases_case *v;

	if (cases->n == CASES_MAX)
		return cases_fail(r, CAISSON_E_POLICY, word.at,
				  "more than %d cases", CASES_MAX);
	v = reallocarray(cases->v, cases->n + 1, sizeof(*v));
	if (v == NULL)
		return err_no_memory(r->err, CAISSON_STAGE_POLICY);
	cases->v = v;
	v[cases->n] = *one;
	v[cases->n].text = strndup(r->text + word.at, word.len);
	if (v[cases->n].text == NULL)
		return err_no_memory(r->err, CAISSON_STAGE_POLICY);
	cases->n++;
	return 0;
}

/* Calls, then the answer that they have in common. */
static int
read_calls(const struct cases_reader *r, const struct cases_span *words,
	   size_t n, const struct archs *archs, struct cases *cases)
{
	struct cases_case one = { .line = r->line };
	size_t calls = n - 1;
	int ret;

	if (calls > 1 && cases_is(r, words[calls - 1], "return"))
		calls--;
	if (calls == 0)
		return cases_fail(r, CAISSON_E_SYNTAX, r->len,
				  "a call needs its answer: allow, EPERM...");
	ret = cases_read_action(r, words[n - 1], &one.action);
	for (size_t i = 0; ret == 0 && i < calls * archs->n; i++) {
		one.arch = one.caller = archs->v[i % archs->n];
		ret = cases_read_call(r, words[i / archs->n], &one);
		if (ret == 0)
			ret = add_case(r, words[i / archs->n], &one, cases);
	}
	return ret;
}

static int
read_line(const struct cases_reader *r, struct archs *archs,
	  struct cases *cases)
{
	struct cases_span words[CASES_WORDS] = { { 0, 0 } };
	size_t n = 0;
	int ret = split(r, words, &n);

	if (ret < 0 || n == 0)
		return ret;
	if (cases_is(r, words[0], "@arch"))
		return read_archs(r, words + 1, n - 1, archs);
	if (r->text[words[0].at] == '@')
		return cases_fail(r, CAISSON_E_SYNTAX, words[0].at,
				  "only @arch begins with \"@\" here");
	return read_calls(r, words, n, archs, cases);
}

static int
read_lines(struct cases_reader *r, const char *text, size_t len,
	   struct cases *cases)
{
	struct archs archs = { { r->options->arch }, 1 };
	const char *end = text + len;
	int ret = 0;

	while (ret == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline != NULL ? newline : end;
		const char *comment = memchr(text, '#', (size_t)(stop - text));

		r->text = text;
		r->len = (size_t)((comment != NULL ? comment : stop) - text);
		r->line++;
		ret = read_line(r, &archs, cases);
		text = stop + 1;
	}
	return ret;
}

int
cases_parse(const char *text, size_t len, const struct cases_options *options,
	    struct cases **out, struct caisson_error *err)
{
	struct cases_reader r = { .options = options, .text = "", .err = err };
	struct cases *cases;
	int ret;

	if (len > CASES_SIZE_MAX)
		return cases_fail(&r, CAISSON_E_POLICY, 0,
				  "larger than %u bytes", CASES_SIZE_MAX);
	cases = calloc(1, sizeof(*cases));
	if (cases == NULL)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	ret = read_lines(&r, text, len, cases);
	if (ret < 0) {
		cases_free(cases);
		return ret;
	}
	*out = cases;
	return 0;
}
