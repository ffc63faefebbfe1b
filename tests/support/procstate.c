/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON side of procstate, and the members that belong to no topic.  Reads
 * only; what it has to change for a moment (umask) it puts back.
 */
#include "procstate.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

void
procstate_number(FILE *out, const char *name, long value)
{
	fprintf(out, "\"%s\":%ld,", name, value);
}

void
procstate_hex(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, "\"%s\":\"%016llx\",", name, (unsigned long long)value);
}

void
procstate_quote(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void
procstate_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	procstate_quote(out, text);
	fputc(',', out);
}

void
procstate_first_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");

	line[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(line, size, f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	else
		line[0] = '\0';
	(void)fclose(f);
}

static void
write_list(FILE *out, const char *name, char *const *list)
{
	fprintf(out, "\"%s\":[", name);
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		if (i > 0)
			fputc(',', out);
		procstate_quote(out, list[i]);
	}
	fputs("],", out);
}

void
procstate_write(FILE *out, char *const *argv)
{
	fputc('{', out);
	procstate_identity(out);
	procstate_signals(out);
	procstate_process(out);
	procstate_files(out);
	write_list(out, "argv", argv);
	write_list(out, "environ", environ);
	procstate_number(out, "at_secure", (long)getauxval(AT_SECURE));
	procstate_number(out, "at_uid", (long)getauxval(AT_UID));
	fprintf(out, "\"at_euid\":%ld}\n", (long)getauxval(AT_EUID));
}
