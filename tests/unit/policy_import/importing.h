/* SPDX-License-Identifier: Apache-2.0 */
/* Imports for the tests: by format and words of options. */
#ifndef POLICY_IMPORT_IMPORTING_H
#define POLICY_IMPORT_IMPORTING_H

#include "policy/filter.h"
#include "policy/import.h"
#include "policy/text.h"

#define IMPORTING_CAPS_MAX 41

struct importing {
	struct import_options options;
	char *words; /* heap: what the options point into */
	const char *caps[IMPORTING_CAPS_MAX + 1];
};

/*
 * "arch=x86_64 caps=CAP_SYS_ADMIN,CAP_KILL kernel=6.1 ignore-unknown": each of
 * these, none of them, in any order.  -1: not understood.
 */
int importing_init(struct importing *importing, const char *words);
void importing_done(struct importing *importing);

/* By the ending of its name: ".json", or else a unit. */
int importing_run(const struct importing *importing, const char *text,
		  size_t len, char **out, struct caisson_error *err);

#endif
