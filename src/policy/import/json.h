/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON of foreign files: text to values that know where they stand, and
 * the typed ways to read them.  Every error is "FILE:LINE: text" or "FILE:
 * POINTER: text", and the last of the notes.
 */
#ifndef IMPORT_JSON_H
#define IMPORT_JSON_H

#include "policy/notes.h"

#include <jansson.h>
#include <stdbool.h>

#define JSON_TEXT_MAX  (1u << 20) /* bytes */
#define JSON_DEPTH_MAX 32

/* Whom messages go to; borrowed. */
struct json_reader {
	const char *file;
	struct notes *notes; /* or NULL */
	struct caisson_error *err; /* or NULL */
};

struct json_at {
	json_t *value; /* borrowed; NULL: not there, or null */
	const struct json_at *parent; /* NULL: the whole text */
	const char *key; /* in an object */
	size_t index; /* in a list */
};

/* out: json_decref.  Integers are read with json_read_u64 only. */
CAISSON_CHECK int json_parse(const struct json_reader *reader, const char *text,
			     size_t len, json_t **out);

/* "/linux/seccomp/syscalls/3"; "/" for the whole text. */
#define JSON_POINTER_SIZE 160
const char *json_pointer(const struct json_at *at, char out[JSON_POINTER_SIZE]);

struct json_at json_member(const struct json_at *object, const char *key);
struct json_at json_element(const struct json_at *list, size_t index);
size_t json_length(const struct json_at *list); /* 0: not there */

/* CAISSON_E_POLICY at this place; one expression with return. */
int json_fail(const struct json_reader *reader, const struct json_at *at,
	      const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Said like this the compiler knows it, too: see base/err.h. */
#define json_fail(reader, at, ...) \
	((void)json_fail((reader), (at), __VA_ARGS__), CAISSON_E_POLICY)
void json_note(const struct json_reader *reader, const struct json_at *at,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Where the value is not there these succeed, and *out is as it was. */
CAISSON_CHECK int
json_want_object(const struct json_reader *reader, const struct json_at *at);
CAISSON_CHECK int
json_want_list(const struct json_reader *reader, const struct json_at *at);
CAISSON_CHECK int json_read_string(const struct json_reader *reader,
				   const struct json_at *at, const char **out);
/* 0 to 2^64 - 1; above max: an error. */
CAISSON_CHECK int json_read_u64(const struct json_reader *reader,
				const struct json_at *at, uint64_t max,
				uint64_t *out);
/* A string of a table that ends with a NULL; -1 in *out: not one of them. */
CAISSON_CHECK int json_read_word(const struct json_reader *reader,
				 const struct json_at *at,
				 const char *const *words, int *out);

#endif
