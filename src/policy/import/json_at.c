/* SPDX-License-Identifier: Apache-2.0 */
/* Values of foreign JSON: where they stand, what type they are, what is wrong. */
#include "policy/import/json.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 512

const char *
json_pointer(const struct json_at *at, char out[JSON_POINTER_SIZE])
{
	size_t used = 0;

	if (at->parent == NULL) {
		(void)snprintf(out, JSON_POINTER_SIZE, "/");
		return out;
	}
	out[0] = '\0';
	if (at->parent->parent != NULL)
		used = strlen(json_pointer(at->parent, out));
	if (at->key != NULL)
		(void)snprintf(out + used, JSON_POINTER_SIZE - used, "/%s",
			       at->key);
	else
		(void)snprintf(out + used, JSON_POINTER_SIZE - used, "/%zu",
			       at->index);
	return out;
}

static json_t *
not_null(json_t *value)
{
	return json_is_null(value) ? NULL : value;
}

struct json_at
json_member(const struct json_at *object, const char *key)
{
	return (struct json_at){
		.value = not_null(json_object_get(object->value, key)),
		.parent = object,
		.key = key,
	};
}

struct json_at
json_element(const struct json_at *list, size_t index)
{
	return (struct json_at){
		.value = json_array_get(list->value, index),
		.parent = list,
		.index = index,
	};
}

size_t
json_length(const struct json_at *list)
{
	return json_array_size(list->value);
}

#undef json_fail

int
json_fail(const struct json_reader *reader, const struct json_at *at,
	  const char *fmt, ...)
{
	struct note_place place = { .file = reader->file };
	char pointer[JSON_POINTER_SIZE], text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)json_pointer(at, pointer);
	notes_add(reader->notes, &place, "%s: %s", pointer, text);
	return err_set(reader->err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
		       "%s: %s: %s", reader->file, pointer, text);
}

void
json_note(const struct json_reader *reader, const struct json_at *at,
	  const char *fmt, ...)
{
	struct note_place place = { .file = reader->file };
	char pointer[JSON_POINTER_SIZE], text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	notes_add(reader->notes, &place, "%s: %s", json_pointer(at, pointer),
		  text);
}

int
json_want_object(const struct json_reader *reader, const struct json_at *at)
{
	if (at->value == NULL || json_is_object(at->value))
		return 0;
	return json_fail(reader, at, "must be an object");
}

int
json_want_list(const struct json_reader *reader, const struct json_at *at)
{
	if (at->value == NULL || json_is_array(at->value))
		return 0;
	return json_fail(reader, at, "must be a list");
}

int
json_read_string(const struct json_reader *reader, const struct json_at *at,
		 const char **out)
{
	if (at->value == NULL)
		return 0;
	if (!json_is_string(at->value))
		return json_fail(reader, at, "must be a string");
	*out = json_string_value(at->value);
	return 0;
}

/* Numbers with the top bit come as negative ones: see json_text.c. */
int
json_read_u64(const struct json_reader *reader, const struct json_at *at,
	      uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (at->value == NULL)
		return 0;
	value = (uint64_t)json_integer_value(at->value);
	if (!json_is_integer(at->value) || value > max)
		return json_fail(reader, at,
				 "must be an integer from 0 to %" PRIu64, max);
	*out = value;
	return 0;
}

int
json_read_word(const struct json_reader *reader, const struct json_at *at,
	       const char *const *words, int *out)
{
	const char *text = NULL;
	int r = json_read_string(reader, at, &text);

	if (r < 0 || text == NULL)
		return r;
	*out = -1;
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			*out = i;
	return 0;
}
