/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker, as agent.c starts it: takes over what it was handed, gets ready,
 * says so, and works until it is told to stop.
 *
 *	cc -o worker worker.c -lcaisson
 */
#define _GNU_SOURCE /* sigwait */
#include <caisson.h>
#include <caisson_handshake.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 32

static bool
is_order(struct caisson_bytes config, const char *order)
{
	return config.len == strlen(order) &&
	       memcmp(config.data, order, config.len) == 0;
}

/* What is wrong; NULL: nothing is. */
static const char *
get_ready(struct caisson_inherited *in)
{
	if (!is_order(caisson_inherited_config(in), "work"))
		return "this is not work";
	if (caisson_secret_len(caisson_inherited_secret(in)) != KEY_BYTES)
		return "the key has the wrong size";
	/*
	 * Here caisson_secret_data would be used: to open a connection, to
	 * sign.  When it is not needed any more it is wiped.
	 */
	caisson_inherited_release_secret(in);
	return NULL;
}

int
main(void)
{
	struct caisson_inherited *in;
	struct caisson_error err;
	const char *wrong;
	sigset_t stop;
	int signo;

	/* First of all, before there are threads: it changes environ. */
	if (caisson_inherit(NULL, &in, &err) < 0) {
		fprintf(stderr, "worker: %s\n", err.msg);
		return 2;
	}
	if (is_order(caisson_inherited_config(in), "die"))
		return 3; /* as a bug would: without a word */
	wrong = get_ready(in);
	if (wrong != NULL) {
		if (caisson_inherited_failed(in, wrong, &err) < 0)
			fprintf(stderr, "worker: %s\n", err.msg);
		return 1;
	}

	/* Blocked before it is said that we are ready: no SIGTERM is early. */
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	if (caisson_inherited_ready(in, &err) < 0) {
		fprintf(stderr, "worker: %s\n", err.msg);
		return 1;
	}
	return sigwait(&stop, &signo) == 0 ? 0 : 1;
}
