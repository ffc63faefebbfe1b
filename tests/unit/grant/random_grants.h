/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and requests at random, from so few names and numbers that they often
 * meet; and what a rule means, said once more and in another way: over the
 * drafts, path by component, number by number, every field at once.
 */
#ifndef GRANT_RANDOM_GRANTS_H
#define GRANT_RANDOM_GRANTS_H

#include "grant/draft.h"

#define RANDOM_RULES  4
#define RANDOM_GROUPS 3
#define RANDOM_ENV    3

struct random_state {
	uint64_t state; /* not 0 */
};

uint32_t random_below(struct random_state *random, uint32_t n);

/* Fills so many drafts, to be freed with grant_draft_done. */
void
random_rules(struct random_state *random, struct grant_draft *drafts, size_t n);

/* A request and the memory that it points into. */
struct random_request {
	struct grant_request asked;
	uint32_t gids[RANDOM_GROUPS], groups[RANDOM_GROUPS];
	const char *env[RANDOM_ENV];
};
/* Half of the time near to what one of the rules says. */
void random_request(struct random_state *random,
		    const struct grant_draft *drafts, size_t n,
		    struct random_request *out);

struct reference {
	size_t rule; /* n: none */
	bool caller, target; /* some rule is for the caller; for both */
	bool exceeds[GRANT_FIELDS]; /* fields */
	bool permit;
};
void reference_decide(const struct grant_draft *drafts, size_t n,
		      const struct grant_request *asked, struct reference *out);

#endif
