/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the text form, and the numbers they stand for. */
#ifndef SPEC_WORDS_H
#define SPEC_WORDS_H

#include <stdint.h>

/* What a word that is not in its table becomes; freeze refuses it. */
#define WORDS_UNKNOWN 99u

struct word {
	const char *text; /* NULL: the end of the table */
	uint32_t value;
};

extern const struct word words_direction[]; /* enum caisson_direction */
extern const struct word words_drop_sudo[]; /* enum caisson_drop_sudo */
extern const struct word words_fd_type[]; /* enum spec_fd_kind */
extern const struct word words_file_mode[]; /* enum caisson_file_mode */
extern const struct word words_stdio[]; /* enum spec_fd_kind */
extern const struct word words_tty[]; /* enum caisson_tty */
extern const struct word words_session[]; /* "new": 1 */

uint32_t words_value(const struct word *table, const char *text);
/* NULL: no such value. */
const char *words_text(const struct word *table, uint32_t value);

#endif
