/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration maps: byte strings to byte strings, an array of entries that
 * is sorted by their keys.  An entry never changes: it is replaced.
 */
#include "handshake/config.h"

#include "base/err.h"
#include "handshake/protocol.h"
#include "handshake/vom.h"

#include <stdlib.h>
#include <string.h>

/* One block: the key's bytes, then the value's. */
struct entry {
	size_t key_len, value_len;
	uint8_t bytes[];
};

struct caisson_config {
	struct entry **entries;
	size_t n, room;
};

/* Both were seen to be valid. */
static struct entry *
entry_new(struct caisson_bytes key, struct caisson_bytes value)
{
	struct entry *e = NULL;
	size_t size;

	if (!__builtin_add_overflow(key.len, value.len, &size) &&
	    !__builtin_add_overflow(size, sizeof(*e), &size))
		e = malloc(size);
	if (e == NULL)
		return NULL;
	e->key_len = key.len;
	e->value_len = value.len;
	if (key.len > 0)
		memcpy(e->bytes, key.data, key.len);
	if (value.len > 0)
		memcpy(e->bytes + key.len, value.data, value.len);
	return e;
}

static struct caisson_bytes
entry_key(const struct entry *e)
{
	return (struct caisson_bytes){ e->bytes, e->key_len };
}

static struct caisson_bytes
entry_value(const struct entry *e)
{
	return (struct caisson_bytes){ e->bytes + e->key_len, e->value_len };
}

static int
compare(struct caisson_bytes a, struct caisson_bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int r = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

/* Where the key is, or would be. */
static size_t
place_of(const struct caisson_config *config, struct caisson_bytes key,
	 bool *is_there)
{
	size_t low = 0, high = config->n;

	*is_there = false;
	/* Entries that come in their order cost one look each. */
	if (high > 0 && compare(entry_key(config->entries[high - 1]), key) < 0)
		return high;
	while (low < high && !*is_there) {
		size_t middle = low + (high - low) / 2;
		int r = compare(entry_key(config->entries[middle]), key);

		*is_there = r == 0;
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

int
caisson_config_new(struct caisson_config **out, struct caisson_error *err)
{
	struct caisson_config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	*out = config;
	return 0;
}

void
caisson_config_clear(struct caisson_config *config)
{
	for (size_t i = 0; i < config->n; i++)
		free(config->entries[i]);
	free(config->entries);
	*config = (struct caisson_config){ 0 };
}

void
caisson_config_free(struct caisson_config *config)
{
	if (config == NULL)
		return;
	caisson_config_clear(config);
	free(config);
}

/* Room for one more; false without memory. */
static bool
make_room(struct caisson_config *config)
{
	size_t room = config->room > 0 ? config->room * 2 : 8;
	struct entry **entries;

	if (config->n < config->room)
		return true;
	entries = reallocarray(config->entries, room, sizeof(struct entry *));
	if (entries == NULL)
		return false;
	config->entries = entries;
	config->room = room;
	return true;
}

int
caisson_config_set(struct caisson_config *config, struct caisson_bytes key,
		   struct caisson_bytes value, struct caisson_error *err)
{
	struct entry *e, **place;
	bool is_there;
	size_t i;

	if ((key.data == NULL && key.len > 0) ||
	    (value.data == NULL && value.len > 0))
		return err_usage(err, "key or value is NULL");
	e = entry_new(key, value);
	if (e == NULL || !make_room(config)) {
		free(e);
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	}
	i = place_of(config, key, &is_there);
	place = &config->entries[i];
	if (is_there) {
		free(*place);
	} else {
		memmove(place + 1, place,
			(config->n - i) * sizeof(struct entry *));
		config->n++;
	}
	*place = e;
	return 0;
}

int
caisson_config_get(const struct caisson_config *config,
		   struct caisson_bytes key, struct caisson_bytes *out,
		   struct caisson_error *err)
{
	bool is_there = false;
	size_t i = 0;

	if (key.data != NULL || key.len == 0)
		i = place_of(config, key, &is_there);
	if (!is_there)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PAYLOAD,
			       0, "the configuration has no such key");
	*out = entry_value(config->entries[i]);
	return 0;
}

size_t
caisson_config_count(const struct caisson_config *config)
{
	return config->n;
}

void
caisson_config_entry(const struct caisson_config *config, size_t i,
		     struct caisson_bytes *key, struct caisson_bytes *value)
{
	*key = entry_key(config->entries[i]);
	*value = entry_value(config->entries[i]);
}

static int
by_key(const void *a, const void *b)
{
	const struct config_pair *x = a, *y = b;
	int r = compare(x->key, y->key);

	return r != 0 ? r : (x->at > y->at) - (x->at < y->at);
}

int
config_from_pairs(struct config_pair *pairs, size_t n,
		  struct caisson_config **out, struct caisson_error *err)
{
	struct caisson_config *config = NULL;
	int r;

	if (n > 1)
		qsort(pairs, n, sizeof(*pairs), by_key);
	r = caisson_config_new(&config, err);
	for (size_t i = 0; i < n && r == 0; i++)
		/* The next one has the same key: this one does not count. */
		if (i + 1 == n || compare(pairs[i].key, pairs[i + 1].key) != 0)
			r = caisson_config_set(config, pairs[i].key,
					       pairs[i].value, err);
	if (r < 0) {
		caisson_config_free(config);
		return r;
	}
	*out = config;
	return 0;
}

/* merged has room for the n new ones too; what they replace is freed. */
static void
merge_sorted(struct caisson_config *to, struct entry **merged,
	     struct entry *const *new, size_t n)
{
	size_t at = 0, i = 0, j = 0;

	while (i < to->n || j < n) {
		int r = i == to->n ? 1 : -1;

		if (i < to->n && j < n)
			r = compare(entry_key(to->entries[i]),
				    entry_key(new[j]));
		if (r == 0)
			free(to->entries[i++]);
		merged[at++] = r < 0 ? to->entries[i++] : new[j++];
	}
	free(to->entries);
	to->entries = merged;
	to->room = to->n + n;
	to->n = at;
}

/* NULL: no memory. */
static struct entry **
copy_entries(const struct caisson_config *from)
{
	struct entry **copies = calloc(from->n, sizeof(struct entry *));

	for (size_t i = 0; copies != NULL && i < from->n; i++) {
		const struct entry *e = from->entries[i];

		copies[i] = entry_new(entry_key(e), entry_value(e));
		if (copies[i] != NULL)
			continue;
		while (i-- > 0)
			free(copies[i]);
		free(copies);
		return NULL;
	}
	return copies;
}

int
caisson_config_merge(struct caisson_config *config,
		     const struct caisson_config *from,
		     struct caisson_error *err)
{
	struct entry **merged, **copies;

	if (from->n == 0)
		return 0;
	merged = calloc(config->n + from->n, sizeof(struct entry *));
	copies = merged != NULL ? copy_entries(from) : NULL;
	if (copies == NULL) {
		free(merged);
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	}
	merge_sorted(config, merged, copies, from->n);
	free(copies);
	return 0;
}

static int
vom_version(const char *protocol, uint8_t *out, struct caisson_error *err)
{
	const struct protocol *p =
	    protocol != NULL ? protocol_find(protocol) : NULL;

	if (p == NULL || p->vom == 0)
		return err_usage(err, "a map is for \"v23\" and \"veyron\"");
	*out = p->vom;
	return 0;
}

int
caisson_config_encode(const struct caisson_config *config, const char *protocol,
		      void **out, size_t *out_len, struct caisson_error *err)
{
	uint8_t version = 0;
	int r = vom_version(protocol, &version, err);

	return r < 0 ? r : vom_encode(config, version, out, out_len, err);
}

int
caisson_config_decode(const char *protocol, struct caisson_bytes data,
		      struct caisson_config **out, struct caisson_error *err)
{
	uint8_t version = 0;
	int r = vom_version(protocol, &version, err);

	return r < 0 ? r : vom_decode(version, data, out, err);
}
