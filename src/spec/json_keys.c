/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are not known: what to tell whoever mistyped one. */
#include "spec/json_keys.h"

#include "base/err.h"

#include <string.h>

#define KEY_MAX      32 /* longer than every key there is */
#define DISTANCE_MAX 2 /* typing errors that are still recognised */
#define LIST_SIZE    200
#define LIST_BESIDE  100 /* more than that and a suggestion is too long */

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Insertions, deletions and substitutions from a to b, one row at a time. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[KEY_MAX + 1], n = strlen(b);

	if (strlen(a) > KEY_MAX || n > KEY_MAX)
		return KEY_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t replaced = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = least(replaced, diagonal + 1, row[j] + 1);
		}
	}
	return row[n];
}

static const char *
nearest(const char *key, const struct json_field *fields)
{
	size_t best = DISTANCE_MAX + 1, len = strlen(key);
	const char *found = NULL;

	for (; fields->key != NULL; fields++) {
		size_t d = distance(key, fields->key);

		/* Of a short key most must be right. */
		if (d < best && d * 2 < len) {
			best = d;
			found = fields->key;
		}
	}
	return found;
}

static void
list_keys(const struct json_field *fields, char out[LIST_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (; fields->key != NULL; fields++) {
		size_t len = strlen(fields->key);

		if (used + len + 3 > LIST_SIZE)
			return;
		if (used > 0) {
			memcpy(out + used, ", ", 2);
			used += 2;
		}
		memcpy(out + used, fields->key, len + 1);
		used += len;
	}
}

int
json_keys_refuse(const struct json_node *node, const struct json_field *fields,
		 struct caisson_error *err)
{
	const char *meant = nearest(node->key, fields);
	char list[LIST_SIZE];

	list_keys(fields, list);
	if (meant == NULL)
		return err_spec(err, AT_NODE(node), "unknown key; allowed: %s",
				list);
	if (strlen(list) > LIST_BESIDE)
		return err_spec(err, AT_NODE(node),
				"unknown key, did you mean \"%s\"?", meant);
	return err_spec(err, AT_NODE(node),
			"unknown key, did you mean \"%s\"? allowed: %s", meant,
			list);
}
