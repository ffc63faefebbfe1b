/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the text form.  Tables and two look-ups, no state. */
#include "spec/words.h"

#include "spec/spec.h"

#include <string.h>

const struct word words_direction[] = {
	{ "to_child", CAISSON_TO_CHILD },
	{ "from_child", CAISSON_FROM_CHILD },
	{ NULL, 0 },
};

const struct word words_drop_sudo[] = {
	{ "if-set", CAISSON_DROP_SUDO_IF_SET },
	{ "require", CAISSON_DROP_SUDO_REQUIRE },
	{ NULL, 0 },
};

const struct word words_fd_type[] = {
	{ "socketpair", SPEC_FD_SOCKETPAIR },
	{ "pipe", SPEC_FD_PIPE },
	{ "inherit", SPEC_FD_INHERIT },
	{ "file", SPEC_FD_FILE },
	{ NULL, 0 },
};

const struct word words_file_mode[] = {
	{ "read", CAISSON_FILE_READ },
	{ "write", CAISSON_FILE_WRITE },
	{ "append", CAISSON_FILE_APPEND },
	{ "read-write", CAISSON_FILE_READ_WRITE },
	{ NULL, 0 },
};

const struct word words_stdio[] = {
	{ "null", SPEC_FD_NULL },     { "inherit", SPEC_FD_INHERIT },
	{ "pipe", SPEC_FD_PIPE },     { "closed", SPEC_FD_CLOSED },
	{ "stdout", SPEC_FD_STDOUT }, { NULL, 0 },
};

const struct word words_tty[] = {
	{ "inherit", CAISSON_TTY_INHERIT },
	{ "control", CAISSON_TTY_CONTROL },
	{ "detach", CAISSON_TTY_DETACH },
	{ NULL, 0 },
};

const struct word words_session[] = {
	{ "inherit", 0 },
	{ "new", 1 },
	{ NULL, 0 },
};

uint32_t
words_value(const struct word *table, const char *text)
{
	for (; table->text != NULL; table++)
		if (strcmp(table->text, text) == 0)
			return table->value;
	return WORDS_UNKNOWN;
}

const char *
words_text(const struct word *table, uint32_t value)
{
	for (; table->text != NULL; table++)
		if (table->value == value)
			return table->text;
	return NULL;
}
