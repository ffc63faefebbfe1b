/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What JSON cannot say: strings are bytes to the kernel, but UTF-8 without NUL
 * in the text.
 */
#include "spec/print.h"

#include "base/err.h"
#include "spec/pointer.h"

#include <string.h>

/* Bytes that follow the first byte of a sequence; -1: it cannot be first. */
static int
tail_length(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c >= 0xc2 && c <= 0xdf)
		return 1;
	if (c >= 0xe0 && c <= 0xef)
		return 2;
	return c >= 0xf0 && c <= 0xf4 ? 3 : -1;
}

/* Overlong forms, surrogates and what is above U+10FFFF show in byte two. */
static bool
is_second(unsigned char first, unsigned char second)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= low && second <= high;
}

static bool
is_text(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		unsigned char first = (unsigned char)text[i++];
		int tail = tail_length(first);

		if (first == 0 || tail < 0 || (size_t)tail > len - i)
			return false;
		if (tail > 0 && !is_second(first, (unsigned char)text[i]))
			return false;
		for (; tail > 0; tail--)
			if (((unsigned char)text[i++] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static int
check_bytes(const char *pointer, const char *text, size_t len,
	    struct caisson_error *err)
{
	if (!is_text(text, len))
		return err_spec(err, pointer,
				"is not UTF-8 without NUL: JSON cannot hold "
				"it");
	return 0;
}

static int
check_text(const char *pointer, const char *text, struct caisson_error *err)
{
	return text == NULL ? 0 : check_bytes(pointer, text, strlen(text), err);
}

static int
check_list(const char *pointer, const struct spec_strings *list,
	   struct caisson_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = check_text(AT("%s/%zu", pointer, i), list->v[i], err);
	return r;
}

static int
check_map(const char *pointer, const struct spec_strings *keys,
	  const struct spec_strings *values, struct caisson_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < keys->n; i++) {
		r = check_text(AT_KEY(pointer, keys->v[i]), keys->v[i], err);
		if (r == 0)
			r = check_text(AT_KEY(pointer, keys->v[i]),
				       values->v[i], err);
	}
	return r;
}

static int
check_fds(const struct caisson_spec *spec, struct caisson_error *err)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < 3; i++)
		r = check_text(AT("/stdio/%s/file", names[i]),
			       spec->stdio[i].path, err);
	for (size_t i = 0; r == 0 && i < spec->n_extra; i++)
		r = check_text(AT("/extra_fds/%zu/path", i),
			       spec->extra[i].path, err);
	return r;
}

static int
check_handshake(const struct spec_handshake *handshake,
		struct caisson_error *err)
{
	if (handshake->has_config)
		return check_bytes("/handshake/config", handshake->config,
				   handshake->config_len, err);
	return check_map("/handshake/config", &handshake->keys,
			 &handshake->values, err);
}

int
print_check(const struct caisson_spec *spec, struct caisson_error *err)
{
	const struct {
		const char *pointer, *text;
	} texts[] = {
		{ "/path", spec->path },
		{ "/cwd", spec->cwd },
		{ "/credentials/user", spec->id.user },
		{ "/credentials/group", spec->id.group },
		{ "/seccomp/policy", spec->policy },
		{ "/process/chroot", spec->process.chroot },
	};
	int r = check_list("/argv", &spec->argv, err);

	if (r == 0 && spec->filter != NULL)
		r = err_spec(err, "/seccomp",
			     "is a filter that was set, and not a name or a "
			     "path, which text could hold");
	for (size_t i = 0; r == 0 && i < sizeof(texts) / sizeof(*texts); i++)
		r = check_text(texts[i].pointer, texts[i].text, err);
	if (r == 0)
		r = check_map("/env", &spec->env_names, &spec->env_values, err);
	if (r == 0)
		r = check_list("/capabilities", &spec->capabilities, err);
	if (r == 0)
		r = check_fds(spec, err);
	if (r == 0)
		r = check_handshake(&spec->handshake, err);
	return r;
}
