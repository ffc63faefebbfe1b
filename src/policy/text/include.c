/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a policy names: other policies, and how often calls are made.
 * Their number, depth and size are bounded, and none includes itself.
 */
#include "policy/text/reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The next of r->sources, empty; NULL: no memory. */
static struct text_source *
new_source(struct reader *r, const char *name)
{
	struct text_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return NULL;
	r->sources[r->n_sources++] = source;
	if (policy_add_file(r->policy, name, &source->file) < 0)
		return NULL;
	source->name = r->policy->files[source->file];
	return source;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int
text_include_first(struct reader *r, const char *text, size_t len)
{
	const struct text_options *options = r->options;
	struct text_source *source = new_source(r, options->file);
	struct stat st;

	if (source == NULL)
		return text_no_memory(r);
	source->path = strdup(base_name(options->file));
	if (source->path == NULL)
		return text_no_memory(r);
	source->text = text;
	source->len = len;
	source->shipped = text_shipped_is_text(text);
	/* So that it is found when another file includes it. */
	if (options->dir_fd >= 0 &&
	    fstatat(options->dir_fd, source->path, &st, 0) == 0) {
		source->dev = st.st_dev;
		source->ino = st.st_ino;
	}
	if (len <= TEXT_SIZE_MAX)
		return text_lex_check(r, source);
	return text_syntax(r,
			   &((struct text_place){
			       .source = source, .line = 1, .column = 1 }),
			   "the text is longer than %u bytes", TEXT_SIZE_MAX);
}

/* "./x" in "a/b.policy" is "a/x". */
static char *
join(const char *file, const struct token *path)
{
	size_t dir = (size_t)(base_name(file) - file), len = path->len;
	const char *text = path->text;
	char *joined;

	if (text[0] == '/')
		dir = 0;
	while (len > 2 && text[0] == '.' && text[1] == '/') {
		text += 2;
		len -= 2;
	}
	joined = malloc(dir + len + 1);
	if (joined == NULL)
		return NULL;
	memcpy(joined, file, dir);
	memcpy(joined + dir, text, len);
	joined[dir + len] = '\0';
	return joined;
}

static bool
is_explicit(const struct token *path)
{
	return path->text[0] == '/' ||
	       (path->len > 2 && memcmp(path->text, "./", 2) == 0) ||
	       (path->len > 3 && memcmp(path->text, "../", 3) == 0);
}

/* Of the path alone: may a file be included here? */
static int
check_path(struct reader *r)
{
	const struct token *path = &r->token;
	const struct text_source *from = r->lex.source;

	if (path->kind != TOKEN_PATH)
		return text_expected(r, "a path");
	if (!is_explicit(path))
		return text_wrong(r, &path->at,
				  "a path begins with \"/\" or with \"./\", "
				  "which is the directory of this file");
	if (r->options->dir_fd < 0 && !from->shipped)
		return text_wrong(r, &path->at,
				  "nothing can be included here: the policy is "
				  "not a file");
	if (path->text[0] == '/' && (r->options->confined || from->shipped))
		return text_wrong(r, &path->at,
				  "this policy includes only what is below its "
				  "directory");
	if (from->depth == TEXT_DEPTH_MAX)
		return text_wrong(r, &path->at,
				  "more than %d files include each other",
				  TEXT_DEPTH_MAX);
	if (r->n_sources == TEXT_FILES_MAX)
		return text_wrong(r, &path->at, "more than %d files",
				  TEXT_FILES_MAX);
	return 0;
}

static int
make_source(struct reader *r, struct text_source **out)
{
	const struct text_source *from = r->lex.source;
	char *name = join(from->name, &r->token);
	struct text_source *source;

	if (name == NULL)
		return text_no_memory(r);
	source = new_source(r, name);
	free(name);
	if (source == NULL)
		return text_no_memory(r);
	source->path = join(from->path, &r->token);
	if (source->path == NULL)
		return text_no_memory(r);
	source->parent = from;
	source->depth = from->depth + 1;
	source->shipped = from->shipped;
	*out = source;
	return 0;
}

static int
check_cycle(struct reader *r, const struct text_source *source)
{
	const struct text_source *s;

	for (s = source->parent; s != NULL; s = s->parent) {
		bool same = source->shipped ? s->text == source->text
					    : s->dev == source->dev &&
						  s->ino == source->ino;

		if (same)
			return text_wrong(r, &r->token.at, "%s includes itself",
					  source->name);
	}
	return 0;
}

/* Reads the file that the token names, and goes on after it. */
static int
with_file(struct reader *r,
	  int (*read)(struct reader *r, const struct text_source *source))
{
	struct text_source *source = NULL;
	struct lexer lex = r->lex;
	bool wide = r->wide;
	int result = check_path(r);

	if (result == 0)
		result = make_source(r, &source);
	if (result == 0)
		result = text_open_source(r, &r->token, source);
	if (result == 0)
		result = check_cycle(r, source);
	if (result == 0)
		result = text_lex_check(r, source);
	if (result == 0)
		result = read(r, source);
	if (result < 0)
		return result;
	r->lex = lex;
	r->wide = wide;
	text_lex_next(r);
	return 0;
}

int
text_include_parse(struct reader *r)
{
	return with_file(r, text_parse_source);
}

int
text_include_frequency(struct reader *r)
{
	if (!r->started)
		text_statement_settle(r);
	return with_file(r, text_frequency_read);
}
