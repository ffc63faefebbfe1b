/* SPDX-License-Identifier: Apache-2.0 */
/* Rules to the bytes of their file, which grant_take reads. */
#include "grant/draft.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define HEAD (4 * WIRE_U64)

/* Frames whose length is not known yet begin with room for it. */
struct frame {
	struct wire_writer *w;
	uint8_t *length;
};

static struct frame
begin_frame(struct wire_writer *w, bool *ok)
{
	struct frame frame = { w, w->data };

	*ok = *ok && wire_write_u64(w, 0);
	return frame;
}

static void
end_frame(const struct frame *frame, bool ok)
{
	if (ok)
		wire_put_u64(frame->length,
			     (size_t)(frame->w->data - frame->length) -
				 WIRE_U64);
}

static bool
put_number(struct wire_writer *w, unsigned field, uint64_t number)
{
	return wire_write_u64(w, field) && wire_write_u64(w, WIRE_U64) &&
	       wire_write_u64(w, number);
}

static bool
put_ids(struct wire_writer *w, unsigned field,
	const struct grant_draft_ids *ids)
{
	bool ok = ids->n == 0 || (wire_write_u64(w, field) &&
				  wire_write_u64(w, ids->n * WIRE_U64));

	for (size_t i = 0; ok && i < ids->n; i++)
		ok = wire_write_u64(w, ids->v[i]);
	return ok;
}

static bool
put_items(struct wire_writer *w, unsigned field,
	  const struct grant_draft_items *items)
{
	bool ok = true;
	struct frame frame;

	if (items->n == 0)
		return true;
	ok = wire_write_u64(w, field);
	frame = begin_frame(w, &ok);
	for (size_t i = 0; ok && i < items->n; i++) {
		const struct grant_draft_item *item = &items->v[i];

		ok = wire_write_u64(w, item->number) &&
		     wire_write_bytes(w, item->text, strlen(item->text)) &&
		     wire_write_bytes(w, item->data, item->data_len);
	}
	end_frame(&frame, ok);
	return ok;
}

static bool
put_rule(struct wire_writer *w, const struct grant_draft *draft)
{
	bool ok = true;
	struct frame frame = begin_frame(w, &ok);

	ok = ok && wire_write_u64(w, GRANT_FILE) &&
	     wire_write_bytes(w, draft->file, strlen(draft->file));
	for (unsigned i = 0; ok && i < GRANT_IDS; i++)
		ok = put_ids(w, GRANT_CALLER_UIDS + i, &draft->ids[i]);
	for (unsigned i = 0; ok && i < GRANT_ITEMS; i++)
		ok = put_items(w, GRANT_PROGRAMS + i, &draft->items[i]);
	for (unsigned i = GRANT_LINE; ok && i < GRANT_FIELDS; i++)
		ok = !draft->has[i] || put_number(w, i, draft->number[i]);
	end_frame(&frame, ok);
	return ok;
}

static bool
put_all(struct wire_writer *w, const struct grant_draft *drafts, size_t n)
{
	const struct wire_writer start = *w;
	struct wire_writer head = *w;
	bool ok = w->left > HEAD;

	if (ok) {
		w->data += HEAD;
		w->left -= HEAD;
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = put_rule(w, &drafts[i]);
	return ok && wire_write_u64(&head, GRANT_MAGIC) &&
	       wire_write_u64(&head, GRANT_VERSION) &&
	       wire_write_u64(&head, (size_t)(w->data - start.data)) &&
	       wire_write_u64(&head, n);
}

int
grant_put(const struct grant_draft *drafts, size_t n, uint8_t **out,
	  size_t *len, struct caisson_error *err)
{
	uint8_t *bytes = malloc(GRANT_SIZE_MAX);
	struct wire_writer w = { bytes, GRANT_SIZE_MAX };

	if (bytes == NULL)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	if (n > GRANT_RULES_MAX || !put_all(&w, drafts, n)) {
		free(bytes);
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "these grants are more than %u rules or %u "
			       "bytes: use fewer programs, or directories",
			       GRANT_RULES_MAX, GRANT_SIZE_MAX);
	}
	*len = (size_t)(w.data - bytes);
	*out = bytes;
	return 0;
}
