/* SPDX-License-Identifier: Apache-2.0 */
/* Case files: the line that is being read, and the readers of its parts. */
#ifndef POLICY_TEXT_CASES_READ_H
#define POLICY_TEXT_CASES_READ_H

#include "policy/text/cases.h"

struct cases_reader {
	const struct cases_options *options;
	const char *text; /* of the line, which ends before a comment */
	size_t len;
	uint32_t line;
	struct caisson_error *err;
};

/* A part of the line. */
struct cases_span {
	size_t at, len;
};

/* Fills the error, adds the note, and returns code. */
int cases_fail(const struct cases_reader *r, int code, size_t at,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

bool cases_is(const struct cases_reader *r, struct cases_span word,
	      const char *text);
/* The word, cut to size; returns out. */
char *cases_copy(const struct cases_reader *r, struct cases_span word,
		 char *out, size_t size);

/* Decimal, 0x or leading-0 octal; false: something else, or beyond 64 bits. */
bool cases_number(const struct cases_reader *r, struct cases_span word,
		  uint64_t *out);
CAISSON_CHECK int cases_read_arg(const struct cases_reader *r,
				 const struct calls_arch *arch,
				 struct cases_span word, struct cases_arg *out);
CAISSON_CHECK int cases_read_action(const struct cases_reader *r,
				    struct cases_span word, uint32_t *out);
/* "name(args)", "x32:name", "512..1023": everything but arch and action. */
CAISSON_CHECK int cases_read_call(const struct cases_reader *r,
				  struct cases_span word,
				  struct cases_case *out);

#endif
