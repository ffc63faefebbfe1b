/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both importers promise for every input: a refusal has a code, a note
 * and a line of printable ASCII, and no text; what is accepted is policy text
 * that parses, the same again, and makes a filter or is too long for one.
 */
#ifndef FUZZ_IMPORTING_H
#define FUZZ_IMPORTING_H

#include "target.h"

#include "policy/filter.h"
#include "policy/import.h"
#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int importer(const char *text, size_t len,
		     const struct import_options *options, char **out,
		     struct caisson_error *err);

static void
check_refusal(int r, const struct caisson_error *err, const struct notes *notes)
{
	size_t len = strnlen(err->msg, sizeof(err->msg));

	PROMISE(r == CAISSON_E_SYNTAX || r == CAISSON_E_POLICY);
	PROMISE(err->code == r && err->stage == CAISSON_STAGE_POLICY);
	PROMISE(len > 0 && len < sizeof(err->msg));
	for (size_t i = 0; i < len; i++)
		PROMISE(err->msg[i] >= 0x20 && err->msg[i] < 0x7f);
	PROMISE(notes->n > 0);
}

static void
check_text(const char *text, const struct calls_arch *arch)
{
	struct text_options options = { .file = "imported",
					.arch = arch,
					.dir_fd = -1 };
	struct caisson_error err = { 0 };
	struct filter filter = { 0 };
	struct policy *policy = NULL;
	int r = text_parse(text, strlen(text), &options, &policy, &err);

	if (r < 0)
		(void)fprintf(stderr, "%s\n%s", err.msg, text);
	PROMISE(r == 0);
	for (const char *c = text; *c != '\0'; c++)
		PROMISE((*c >= 0x20 && *c < 0x7f) || *c == '\n' || *c == '\t');
	r = filter_generate(policy, &filter, &err);
	PROMISE(r == 0 || r == CAISSON_E_POLICY || r == CAISSON_E_UNSUPPORTED);
	filter_done(&filter);
	policy_free(policy);
}

static void
check_import(importer *import, const uint8_t *data, size_t size,
	     struct import_options options)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct caisson_error err = { 0 };
	char *out = NULL, *again = NULL;
	int r;

	options.file = "input";
	options.arch = calls_arch_by_name("x86_64");
	options.notes = notes_new();
	PROMISE(options.notes != NULL);
	r = import(text, size, &options, &out, &err);
	PROMISE((r == 0) == (out != NULL));
	if (r < 0)
		check_refusal(r, &err, options.notes);
	else
		check_text(out, options.arch);
	notes_free(options.notes);
	options.notes = NULL;
	PROMISE(import(text, size, &options, &again, NULL) == r);
	PROMISE(r < 0 || strcmp(out, again) == 0);
	free(again);
	free(out);
}

#endif
