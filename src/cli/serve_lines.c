/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes, cut into lines, and each line strict JSON.  A line that is bad
 * does not harm the next.  Bytes that were used are wiped, as there may have
 * been a secret among them.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "spec/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536u

int
serve_lines_init(struct serve_lines *in, struct caisson_error *err)
{
	*in = (struct serve_lines){ .buf = malloc(SERVE_LINE_MAX + 1) };
	if (in->buf == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	return 0;
}

void
serve_lines_done(struct serve_lines *in)
{
	if (in->buf != NULL)
		explicit_bzero(in->buf, SERVE_LINE_MAX + 1);
	free(in->buf);
	in->buf = NULL;
}

void
serve_lines_read(struct serve_lines *in, int fd)
{
	size_t room = SERVE_LINE_MAX + 1 - in->len;
	ssize_t n;

	if (room == 0)
		return; /* what is there has to be taken first */
	n = read(fd, in->buf + in->len, room < CHUNK ? room : CHUNK);
	if (n > 0)
		in->len += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		in->ended = true;
}

static void
use_up(struct serve_lines *in, size_t n)
{
	in->len -= n;
	memmove(in->buf, in->buf + n, in->len);
	explicit_bzero(in->buf + in->len, n);
	in->seen = 0;
}

static int
too_long(struct caisson_error *err)
{
	return err_usage(err, "a line of more than %zu bytes", SERVE_LINE_MAX);
}

static enum serve_taken
bad(struct serve_lines *in, int code)
{
	in->number++;
	return code < 0 ? SERVE_LINE_BAD : SERVE_LINE;
}

/* No end of a line is there: is it too long, or has it been cut off? */
static enum serve_taken
unfinished(struct serve_lines *in, struct caisson_error *err)
{
	in->seen = in->len;
	if (in->len > SERVE_LINE_MAX || (in->skipping && in->len > 0)) {
		bool first = !in->skipping;

		in->skipping = true;
		use_up(in, in->len);
		return first ? bad(in, too_long(err)) : SERVE_NOTHING;
	}
	if (!in->ended || in->len == 0)
		return SERVE_NOTHING;
	use_up(in, in->len);
	return bad(in, err_usage(err, "the last line has no end: it is not "
				      "carried out"));
}

enum serve_taken
serve_lines_take(struct serve_lines *in, json_t **out,
		 struct caisson_error *err)
{
	char *end = memchr(in->buf + in->seen, '\n', in->len - in->seen);
	size_t len;
	int code;

	if (end == NULL)
		return unfinished(in, err);
	len = (size_t)(end - in->buf);
	if (in->skipping) {
		/* it has been told of */
		in->skipping = false;
		use_up(in, len + 1);
		return serve_lines_take(in, out, err);
	}
	code = json_text_parse(in->buf, len, out, err);
	use_up(in, len + 1);
	return bad(in, code);
}
