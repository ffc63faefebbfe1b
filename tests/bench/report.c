/* SPDX-License-Identifier: Apache-2.0 */
/* What came out, as a table for people or as JSON. */
#include "race.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static double
us(uint64_t ns)
{
	return (double)ns / 1e3;
}

static double
call_ns(const struct contender *contender, size_t call)
{
	return (double)bench_stats(&contender->call_ps[call]).median / 1e3;
}

static double
added_ns(const struct contender *contender, size_t call)
{
	return ((double)bench_stats(&contender->added_ps[call]).median -
		(double)ADDED_BASE) /
	       1e3;
}

static double
load_ratio(const struct race *race, size_t to)
{
	const struct bench_stats ours = bench_stats(
				     &race->contenders[CAISSON].load_ns),
				 theirs =
				     bench_stats(&race->contenders[to].load_ns);

	return (double)ours.median / (double)theirs.median;
}

static double
call_ratio(const struct race *race, size_t to, size_t call)
{
	return call_ns(&race->contenders[CAISSON], call) /
	       call_ns(&race->contenders[to], call);
}

void
race_print(const struct race *race)
{
	(void)printf("\n%s\n\n| filter | insns | mean path | load us: p10 | "
		     "median | p90 |",
		     race->policy);
	for (size_t k = 0; k < N_CALLS; k++)
		(void)printf(" %s ns | + |", seccomp_calls[k]);
	(void)printf("\n|---|--:|--:|--:|--:|--:|");
	for (size_t k = 0; k < N_CALLS; k++)
		(void)printf("--:|--:|");
	(void)printf("\n");
	for (size_t i = 0; i < N_CONTENDERS; i++) {
		const struct contender *c = &race->contenders[i];
		const struct bench_stats load = bench_stats(&c->load_ns);

		(void)printf("| %s | %zu | %.1f | %.1f | %.1f | %.1f |",
			     seccomp_contenders[i], c->filter.len, c->mean_path,
			     us(load.p10), us(load.median), us(load.p90));
		for (size_t k = 0; k < N_CALLS; k++)
			(void)printf(" %.1f | %.1f |", call_ns(c, k),
				     added_ns(c, k));
		(void)printf("\n");
	}
	for (size_t i = SECCOMP_TREE; i < CAISSON; i++) {
		(void)printf("caisson / %s: load %.2f", seccomp_contenders[i],
			     load_ratio(race, i));
		for (size_t k = 0; k < N_CALLS; k++)
			(void)printf(", %s %.2f", seccomp_calls[k],
				     call_ratio(race, i, k));
		(void)printf("\n");
	}
}

static json_t *
contender_json(const struct contender *c, const char *name)
{
	const struct bench_stats load = bench_stats(&c->load_ns);
	json_t *calls = json_object();

	for (size_t k = 0; k < N_CALLS; k++)
		(void)json_object_set_new(calls, seccomp_calls[k],
					  json_pack("{s:f,s:f}", "ns",
						    call_ns(c, k), "added_ns",
						    added_ns(c, k)));
	return json_pack("{s:s,s:I,s:f,s:{s:f,s:f,s:f},s:o}", "filter", name,
			 "instructions", (json_int_t)c->filter.len, "mean_path",
			 c->mean_path, "load_us", "p10", us(load.p10), "median",
			 us(load.median), "p90", us(load.p90), "calls", calls);
}

static json_t *
ratio_json(const struct race *race, size_t to)
{
	json_t *object = json_pack("{s:s,s:f}", "to", seccomp_contenders[to],
				   "load", load_ratio(race, to));

	for (size_t k = 0; k < N_CALLS; k++)
		(void)json_object_set_new(object, seccomp_calls[k],
					  json_real(call_ratio(race, to, k)));
	return object;
}

void
race_print_json(const struct race *race)
{
	json_t *list = json_array(), *ratios = json_array(), *object;

	for (size_t i = 0; i < N_CONTENDERS; i++)
		(void)json_array_append_new(
		    list, contender_json(&race->contenders[i],
					 seccomp_contenders[i]));
	for (size_t i = SECCOMP_TREE; i < CAISSON; i++)
		(void)json_array_append_new(ratios, ratio_json(race, i));
	object = json_pack("{s:s,s:o,s:o}", "policy", race->policy, "filters",
			   list, "ratios", ratios);
	(void)json_dumpf(object, stdout, JSON_REAL_PRECISION(6));
	json_decref(object);
}
