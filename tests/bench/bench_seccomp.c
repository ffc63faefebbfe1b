/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_seccomp [--json] [--quick] FILE [PROFILE...]: filters of the same
 * policy by caisson and by libseccomp, in one run and interleaved, so that
 * what disturbs one of them disturbs all.  FILE is an OCI seccomp profile.
 * Fails when a filter cannot be made or loaded, never because of a figure.
 */
#include "race.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define RACES_MAX 8u

static struct race races[RACES_MAX];

static int
run(size_t n, unsigned load_rounds, unsigned call_rounds)
{
	for (unsigned round = 0; round < load_rounds; round++)
		for (size_t i = 0; i < n; i++)
			if (race_load_round(&races[i]) < 0)
				return -1;
	for (unsigned round = 0; round < call_rounds; round++)
		for (size_t i = 0; i < n; i++)
			if (race_call_round(&races[i]) < 0)
				return -1;
	return 0;
}

static void
report(size_t n, bool json)
{
	if (json)
		(void)printf("[");
	for (size_t i = 0; i < n; i++) {
		if (!json) {
			race_print(&races[i]);
			continue;
		}
		(void)printf(i > 0 ? ",\n" : "");
		race_print_json(&races[i]);
	}
	if (json)
		(void)printf("]\n");
}

int
main(int argc, char **argv)
{
	bool json = false, quick = false;
	size_t n = 0;
	int r = 0, at = 1;

	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		json = json || strcmp(argv[at], "--json") == 0;
		quick = quick || strcmp(argv[at], "--quick") == 0;
	}
	if (at == argc || argc - at > (int)RACES_MAX) {
		(void)fprintf(stderr, "bench_seccomp [--json] [--quick] FILE "
				      "[PROFILE...]\n");
		return 2;
	}
	r = race_init(&races[n++], "container engines' default", argv[at++]);
	for (; r == 0 && at < argc; at++)
		r = race_init(&races[n++], argv[at], NULL);
	if (r == 0)
		r = run(n, quick ? 20 : 400, quick ? 3 : 21);
	if (r == 0)
		report(n, json);
	for (size_t i = 0; i < n; i++)
		race_done(&races[i]);
	return r == 0 ? 0 : 1;
}
