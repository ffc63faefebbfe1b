/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule in the making: the same fields as in the file, on the heap, and the
 * lines on which they were written.
 */
#ifndef GRANT_DRAFT_H
#define GRANT_DRAFT_H

#include "grant/rule.h"

struct grant_draft_ids {
	uint32_t *v; /* ascending, none twice */
	size_t n;
};

struct grant_draft_item {
	uint64_t number;
	char *text;
	void *data; /* NULL: none */
	size_t data_len;
	uint32_t line, column;
};

struct grant_draft_items {
	struct grant_draft_item *v;
	size_t n;
};

#define GRANT_IDS   (GRANT_PROGRAMS - GRANT_CALLER_UIDS)
#define GRANT_ITEMS (GRANT_LINE - GRANT_PROGRAMS)

struct grant_draft {
	char *file;
	/* By the field's number, less that of the first of its kind. */
	struct grant_draft_ids ids[GRANT_IDS];
	struct grant_draft_items items[GRANT_ITEMS];
	uint64_t number[GRANT_FIELDS];
	bool has[GRANT_FIELDS]; /* of numbers */
	uint32_t line[GRANT_FIELDS]; /* where; 0: nowhere */
	uint32_t flag_line[8]; /* bit n of GRANT_FLAGS */
};

void grant_draft_done(struct grant_draft *draft); /* again is ok */

static inline struct grant_draft_ids *
grant_draft_ids(struct grant_draft *draft, unsigned field)
{
	return &draft->ids[field - GRANT_CALLER_UIDS];
}

static inline struct grant_draft_items *
grant_draft_items(struct grant_draft *draft, unsigned field)
{
	return &draft->items[field - GRANT_PROGRAMS];
}

static inline void
grant_draft_set(struct grant_draft *draft, unsigned field, uint64_t number)
{
	draft->number[field] = number;
	draft->has[field] = true;
}

/* 1: added; 0: it is there already; -1: no memory. */
int grant_draft_add_id(struct grant_draft_ids *ids, uint32_t id);
/* Copies the text, and takes data over.  -1: no memory, data is freed. */
int grant_draft_add_item(struct grant_draft_items *items,
			 const struct grant_draft_item *item);
/* NULL: there is none of that text. */
const struct grant_draft_item *
grant_draft_find(const struct grant_draft_items *items, const char *text);

/*
 * The file of these rules: equal rules give equal bytes.  Heap.
 * CAISSON_E_POLICY: it would be longer than GRANT_SIZE_MAX.
 */
CAISSON_CHECK int grant_put(const struct grant_draft *drafts, size_t n,
			    uint8_t **out, size_t *len,
			    struct caisson_error *err);

#endif
