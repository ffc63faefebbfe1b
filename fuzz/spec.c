/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: text to spec.  The promises that are kept for every input:
 * a refusal has a code, a line of printable ASCII and no spec; what is
 * accepted prints, parses again and prints the same; and a load into a spec
 * that fails leaves it as it was.
 */
#include "target.h"

#include "caisson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check_refusal(int r, const struct caisson_error *err)
{
	size_t len = strnlen(err->msg, sizeof(err->msg));

	PROMISE(r == CAISSON_E_SYNTAX || r == CAISSON_E_SPEC ||
		r == CAISSON_E_UNSUPPORTED);
	PROMISE(err->code == r);
	PROMISE(len > 0 && len < sizeof(err->msg));
	for (size_t i = 0; i < len; i++)
		PROMISE(err->msg[i] >= 0x20 && err->msg[i] < 0x7f);
	PROMISE((err->line > 0) == (err->column > 0));
	PROMISE(r == CAISSON_E_SYNTAX || err->line == 0);
}

/* NULL: it would be longer than a text may be. */
static char *
print(const struct caisson_spec *spec)
{
	struct caisson_error err = { 0 };
	char *text = NULL;
	int r = caisson_spec_print(spec, &text, &err);

	PROMISE(r == 0 || strstr(err.msg, "is longer than") != NULL);
	return text;
}

static void
check_accepted(const struct caisson_spec *spec)
{
	struct caisson_spec *again = NULL;
	char *first = print(spec), *second;

	if (first == NULL)
		return;
	PROMISE(caisson_spec_parse(first, strlen(first), &again, NULL) == 0);
	second = print(again);
	PROMISE(second != NULL && strcmp(first, second) == 0);
	caisson_spec_free(again);
	free(second);
	free(first);
}

/* On top of a spec that is there already. */
static void
check_load(const char *text, size_t size)
{
	struct caisson_spec *spec = NULL;
	char *printed;
	int r;

	PROMISE(caisson_spec_new(&spec, NULL) == 0);
	PROMISE(caisson_spec_set_path(spec, "/before", NULL) == 0);
	PROMISE(caisson_spec_set_cwd(spec, "/before", NULL) == 0);
	r = caisson_spec_load(spec, text, size, NULL);
	if (r < 0) {
		PROMISE(caisson_spec_freeze(spec, NULL) == 0);
		printed = print(spec);
		PROMISE(strstr(printed, "\"path\": \"/before\"") != NULL);
		PROMISE(strstr(printed, "\"cwd\": \"/before\"") != NULL);
		free(printed);
	}
	caisson_spec_free(spec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct caisson_spec *spec = NULL;
	struct caisson_error err = { 0 };
	int r = caisson_spec_parse(text, size, &spec, &err);

	PROMISE((r == 0) == (spec != NULL));
	if (r < 0)
		check_refusal(r, &err);
	else
		check_accepted(spec);
	caisson_spec_free(spec);
	check_load(text, size);
	return 0;
}
