/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the time of a comparison depend on what is compared?  Two classes of
 * input, equal and different in the first byte, in random order; Welch's t of
 * their times.  Beyond 4.5 either way the classes can be told apart.  memcmp,
 * which stops early, shows that the measurement can tell.
 *
 *	bench_compare [--json] [--quick]
 */
#include "base/secret.h"
#include "bench.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LEN     512u
#define SAMPLES 1000000u
#define QUICK   50000u
#define WARM    1000u /* samples that say what is an outlier */

struct moments {
	double n, mean, squares;
};

struct contender {
	const char *name;
	bool (*is_equal)(const void *a, const void *b, size_t len);
	double t;
};

static bool
memcmp_is_equal(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len) == 0;
}

static struct contender contenders[] = {
	{ "caisson", secret_is_equal, 0 },
	{ "memcmp", memcmp_is_equal, 0 },
};

static void
add(struct moments *m, double value)
{
	double delta = value - m->mean;

	m->n++;
	m->mean += delta / m->n;
	m->squares += delta * (value - m->mean);
}

static double
welch(const struct moments *a, const struct moments *b)
{
	double error =
	    a->squares / (a->n - 1) / a->n + b->squares / (b->n - 1) / b->n;

	return error > 0 ? (a->mean - b->mean) / sqrt(error) : 0;
}

/* xorshift: which class comes next is not to follow any rhythm. */
static unsigned
next_class(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x >> 32) & 1;
}

/* The same memory for both classes: only its first byte differs. */
static uint64_t
sample(const struct contender *c, unsigned class)
{
	static uint8_t a[LEN], b[LEN];
	static volatile bool result;
	uint64_t start;

	b[0] = (uint8_t) class;
	start = bench_now_ns();
	result = c->is_equal(a, b, LEN);
	start = bench_now_ns() - start;
	if (result != (class == 0))
		(void)fprintf(stderr, "%s: a wrong answer\n", c->name);
	return start;
}

static void
measure(struct contender *c, unsigned samples)
{
	struct moments classes[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	static struct bench_series warm;
	uint64_t outlier;

	warm.n = 0;
	for (unsigned i = 0; i < WARM; i++)
		bench_add(&warm, sample(c, next_class()));
	/* Interrupts are not what is measured. */
	outlier = 2 * bench_stats(&warm).p90;
	for (unsigned i = 0; i < samples; i++) {
		unsigned class = next_class();
		uint64_t ns = sample(c, class);

		if (ns <= outlier)
			add(&classes[class], (double)ns);
	}
	c->t = welch(&classes[0], &classes[1]);
}

int
main(int argc, char **argv)
{
	bool json = false, quick = false;

	for (int i = 1; i < argc; i++) {
		json = json || strcmp(argv[i], "--json") == 0;
		quick = quick || strcmp(argv[i], "--quick") == 0;
	}
	for (size_t i = 0; i < 2; i++) {
		measure(&contenders[i], quick ? QUICK : SAMPLES);
		(void)printf(json ? "{\"compare\": \"%s\", \"t\": %.2f}\n"
				  : "%-8s t = %.2f\n",
			     contenders[i].name, contenders[i].t);
	}
	return 0;
}
