/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the text of grants.  The promises that are kept for every
 * input: a refusal has a code, a place and a line of printable ASCII, which its
 * last note repeats; what is accepted is a file that can be taken, the same one
 * every time, and root is a target only by its word.
 */
#include "target.h"

#include "base/err.h"
#include "grant/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
find_group(void *arg, const char *name, uint32_t *out,
	   struct caisson_error *err)
{
	(void)arg;
	if (name[0] == 'x')
		return err_set(err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY,
			       0, "there is no group \"%s\"", name);
	*out = (unsigned char)name[0];
	return 0;
}

static int
find_user(void *arg, const char *name, const char *group, struct user_ids *out,
	  struct caisson_error *err)
{
	uint32_t gid = (unsigned char)name[0];

	if (name[0] == 'x' ||
	    (group != NULL && find_group(arg, group, &gid, err) < 0))
		return err_set(err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY,
			       0, "there is no user \"%s\"", name);
	if (strcmp(name, "root") == 0)
		gid = 0;
	*out =
	    (struct user_ids){ true, gid, gid, calloc(1, sizeof(uint32_t)), 1 };
	PROMISE(out->groups != NULL);
	out->groups[0] = gid;
	return 0;
}

static void
nearest(void *arg, bool groups, const char *name, char out[GRANT_NAME_SIZE])
{
	(void)arg;
	(void)groups;
	(void)snprintf(out, GRANT_NAME_SIZE, "%.3s", name);
}

static void
look(void *arg, const char *path, enum trust_kind kind, struct trust *out)
{
	(void)arg;
	(void)kind;
	*out = (struct trust){ .flaw = TRUST_OK };
	if (strncmp(path, "/tmp", 4) == 0)
		*out = (struct trust){ .flaw = TRUST_WRITABLE, .len = 4 };
	if (strncmp(path, "/x", 2) == 0)
		*out = (struct trust){ .flaw = TRUST_ERROR,
				       .error = ENOENT,
				       .len = 2 };
}

static int
compile(void *arg, const char *name, void **out, size_t *len,
	struct caisson_error *err)
{
	(void)arg;
	if (name[0] == 'x')
		return err_spec(err, "/seccomp/profile", "no profile \"%s\"",
				name);
	*out = calloc(1, 8);
	PROMISE(*out != NULL);
	*len = 8;
	return 0;
}

static const struct grant_system fuzzed = {
	.user = find_user,
	.group = find_group,
	.nearest = nearest,
	.trust = look,
	.filter = compile,
};

static void
check_line(const char *text, size_t max)
{
	size_t len = strnlen(text, max);

	PROMISE(len > 0 && len < max);
	for (size_t i = 0; i < len; i++)
		PROMISE(text[i] >= 0x20 && text[i] < 0x7f);
}

static void
check_refusal(int r, const struct caisson_error *err, const struct notes *notes)
{
	const struct note *last;

	PROMISE(r == CAISSON_E_SYNTAX || r == CAISSON_E_POLICY);
	PROMISE(err->code == r && err->stage == CAISSON_STAGE_POLICY);
	check_line(err->msg, sizeof(err->msg));
	if (err->line == 0)
		return; /* too long, as a whole */
	PROMISE(err->column > 0 && notes->n > 0);
	last = &notes->v[notes->n - 1];
	PROMISE(last->line == err->line && last->column == err->column);
}

static void
check_accepted(const struct grant_bytes *bytes)
{
	struct grant_rule rule;
	struct grant_set set;

	PROMISE(grant_take(bytes->data, bytes->len, &set));
	for (size_t i = 0; i < set.n; i++) {
		uint64_t flags;

		PROMISE(grant_next_rule(&set.rules, &rule));
		flags = grant_number(&rule, GRANT_FLAGS, 0);
		PROMISE(rule.field[GRANT_PROGRAMS].left > 0);
		PROMISE(grant_number(&rule, GRANT_LINE, 0) > 0);
		PROMISE(grant_number(&rule, GRANT_UID, 0) > 0 ||
			(flags & GRANT_ROOT) != 0);
		PROMISE((flags & GRANT_EVERYBODY) != 0 ||
			rule.field[GRANT_CALLER_UIDS].left > 0 ||
			rule.field[GRANT_CALLER_GIDS].left > 0);
	}
}

static int
run(const char *text, size_t size, struct notes *notes, struct grant_bytes *out,
    struct caisson_error *err)
{
	const struct grant_options options = { .system = &fuzzed,
					       .notes = notes };
	struct grant_text read = { .options = &options };
	int r = grant_text_add(&read, "fuzz", text, size, err);

	if (r == 0)
		r = grant_text_finish(&read, out, err);
	grant_text_done(&read);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant_bytes bytes = { NULL, 0 }, again = { NULL, 0 };
	struct notes *notes = notes_new();
	struct caisson_error err = { 0 };
	/* Of exactly this size, so that a byte too many is seen. */
	char *text = malloc(size > 0 ? size : 1);
	int r;

	PROMISE(text != NULL && notes != NULL);
	if (size > 0)
		memcpy(text, data, size);
	r = run(text, size, notes, &bytes, &err);
	for (size_t i = 0; i < notes->n; i++)
		check_line(notes->v[i].text, 4096);
	if (r < 0)
		check_refusal(r, &err, notes);
	else
		check_accepted(&bytes);
	PROMISE(run(text, size, NULL, &again, NULL) == r);
	PROMISE(again.len == bytes.len);
	PROMISE(bytes.len == 0 ||
		memcmp(again.data, bytes.data, bytes.len) == 0);
	free(bytes.data);
	free(again.data);
	notes_free(notes);
	free(text);
	return 0;
}
