/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the spec share. */
#ifndef UNIT_SPEC_TESTING_H
#define UNIT_SPEC_TESTING_H

#include "caisson.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above before it */
#include <cmocka.h>

/* Where must() finds what went wrong. */
extern struct caisson_error error;

/* A call that must succeed. */
#define must(call)                                            \
	do {                                                  \
		if ((call) != 0)                              \
			fail_msg("%s: %s", #call, error.msg); \
	} while (0)

struct caisson_spec *new_spec(void);

/* caisson_spec_parse of text in which ' stands for ". */
int
parse(const char *text, struct caisson_spec **out, struct caisson_error *err);
/* caisson_spec_load, likewise. */
int
load(struct caisson_spec *spec, const char *text, struct caisson_error *err);

/* The printed text; free() it. */
char *printed(const struct caisson_spec *spec);

/* Equal field by field. */
void assert_same(const struct caisson_spec *a, const struct caisson_spec *b);

/*
 * Freezes the spec: it is, field by field and as text, what the JSON text
 * (with ' for ") gives.  Frees it.
 */
void assert_same_spec(struct caisson_spec *spec, const char *text);

#endif
