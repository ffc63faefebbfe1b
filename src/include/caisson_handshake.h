/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcaisson: secrets, and the start-up handshake.  A launcher hands a program
 * a configuration and a secret, and learns at once whether it is ready, has
 * failed, or is dead.
 *
 *	launcher	launch(spec with a handshake, secret), wait_ready
 *	program		inherit, config, secret, then ready or failed
 *
 * Protocols.  "caisson" is the library's own; "v23" and "veyron" are the two
 * older forms of the same idea (docs/prior-art.md).  In all of them the
 * program finds in one variable the version, on one descriptor (3) two frames,
 * configuration and secret, each 8 bytes of length, big-endian, and so many
 * bytes; and on another one (4) it writes "ready::PID" or "failed::TEXT",
 * ended by a byte of 255 or by closing it.
 *
 *	name	variable		version	configuration	status
 *	caisson	CAISSON_EXEC_VERSION	1	any bytes	ready::PID 0xFF
 *	v23	V23_EXEC_VERSION	1.0.0	a map, VOM	ready::PID 0xFF
 *	veyron	VEYRON_EXEC_VERSION	1.0.0	a map, VOM	ready::
 *
 * The conventions (errors, ownership, threads) are those of caisson.h.
 */
#ifndef CAISSON_HANDSHAKE_H
#define CAISSON_HANDSHAKE_H

#include "caisson.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* Default limits in bytes: of a configuration, of a secret; of a status. */
#define CAISSON_HANDSHAKE_BYTES     (1u << 20)
#define CAISSON_HANDSHAKE_BYTES_MAX (1u << 26) /* what can be asked for */
#define CAISSON_STATUS_BYTES        4096u

/* ---- secrets ---------------------------------------------------------- */

/*
 * Bytes in memory of their own: not in core dumps, not in forked children,
 * not swapped out where the limit on locked memory allows it, and wiped when
 * they are freed.  Read-only once made; threads may share it.
 */
struct caisson_secret;

/* A copy of len bytes (len may be 0).  Wiping the original is the caller's. */
CAISSON_CHECK int caisson_secret_new(const void *data, size_t len,
				     struct caisson_secret **out,
				     struct caisson_error *err);

/*
 * All that fd gives until its end, straight into such memory.  CAISSON_E_USAGE
 * for more than limit bytes (0: CAISSON_HANDSHAKE_BYTES), CAISSON_E_TIMEOUT if
 * the end has not come after timeout_ms.  fd stays open and keeps its flags.
 */
CAISSON_CHECK int caisson_secret_read(int fd, size_t limit, uint64_t timeout_ms,
				      struct caisson_secret **out,
				      struct caisson_error *err);

/* Borrowed: until it is freed.  Never NULL. */
const void *caisson_secret_data(const struct caisson_secret *secret);
size_t caisson_secret_len(const struct caisson_secret *secret);

/* The time that it takes depends on len alone, where the lengths are equal. */
bool caisson_secret_equal(const struct caisson_secret *secret, const void *data,
			  size_t len);

/* Wiped and gone.  NULL ok. */
void caisson_secret_free(struct caisson_secret *secret);

/* ---- configuration maps ----------------------------------------------- */

/*
 * The configuration of "v23" and "veyron": a map of byte strings, any of them
 * empty if you like.  One thread at a time.
 */
struct caisson_config;

struct caisson_bytes {
	const void *data;
	size_t len;
};

CAISSON_CHECK int
caisson_config_new(struct caisson_config **out, struct caisson_error *err);
void caisson_config_free(struct caisson_config *config);

/* Add, or replace. */
CAISSON_CHECK int
caisson_config_set(struct caisson_config *config, struct caisson_bytes key,
		   struct caisson_bytes value, struct caisson_error *err);

/* *out is borrowed until the map changes.  CAISSON_E_NOT_FOUND: no such key. */
CAISSON_CHECK int caisson_config_get(const struct caisson_config *config,
				     struct caisson_bytes key,
				     struct caisson_bytes *out,
				     struct caisson_error *err);

/* Entries are sorted by their keys' bytes; i < count. */
size_t caisson_config_count(const struct caisson_config *config);
void caisson_config_entry(const struct caisson_config *config, size_t i,
			  struct caisson_bytes *key,
			  struct caisson_bytes *value);

void caisson_config_clear(struct caisson_config *config);

/* Set every entry of `from`; others stay.  All or nothing. */
CAISSON_CHECK int caisson_config_merge(struct caisson_config *config,
				       const struct caisson_config *from,
				       struct caisson_error *err);

/*
 * As the protocol ("v23", "veyron") sends it; *out is the caller's, free().
 * Decoding: entries in any order, of two with the same key the later counts;
 * anything else than exactly one map is CAISSON_E_SYNTAX, `column` being the
 * byte, from 1.
 */
CAISSON_CHECK int
caisson_config_encode(const struct caisson_config *config, const char *protocol,
		      void **out, size_t *out_len, struct caisson_error *err);
CAISSON_CHECK int
caisson_config_decode(const char *protocol, struct caisson_bytes data,
		      struct caisson_config **out, struct caisson_error *err);

/* ---- launcher --------------------------------------------------------- */

/*
 * The start-up handshake with a program that speaks it.  protocol: "caisson",
 * "v23" or "veyron".
 *
 *	config		bytes sent as they are; for "v23" and "veyron" they
 *			must be a map that is already encoded
 *	config_entry	one entry of a map ("v23", "veyron")
 *	ready_timeout	milliseconds, 0: 30000
 *	fds		where the program finds data and status; 3 and 4
 *			unless the protocol is "caisson"
 */
CAISSON_CHECK int caisson_spec_set_handshake(struct caisson_spec *spec,
					     const char *protocol,
					     struct caisson_error *err);
CAISSON_CHECK int
caisson_spec_set_handshake_config(struct caisson_spec *spec, const void *data,
				  size_t len, struct caisson_error *err);
CAISSON_CHECK int
caisson_spec_set_handshake_config_entry(struct caisson_spec *spec,
					const char *key, const char *value,
					struct caisson_error *err);
CAISSON_CHECK int
caisson_spec_set_handshake_ready_timeout_ms(struct caisson_spec *spec,
					    uint64_t timeout_ms,
					    struct caisson_error *err);
CAISSON_CHECK int caisson_spec_set_handshake_fds(struct caisson_spec *spec,
						 int data_fd, int status_fd,
						 struct caisson_error *err);

/*
 * A spec with a handshake (caisson_spec_set_handshake) is launched like any
 * other; secret, and a configuration in place of the spec's, are options of
 * the launch.  All that is sent is in the program's hands before it runs: in
 * a pipe where that holds it, otherwise in a sealed memfd of the same number.
 * Its size is checked before anything is started.
 */

/* How far the program has come. */
enum caisson_start {
	CAISSON_START_NONE = 0, /* the spec has no handshake */
	CAISSON_START_WAITING = 1,
	CAISSON_START_READY = 2,
	CAISSON_START_FAILED = 3, /* it said so: see message */
	CAISSON_START_DIED = 4, /* ended without a word, or in its middle */
	CAISSON_START_TIMED_OUT = 5, /* not ready in ready_timeout_ms */
	CAISSON_START_LIED = 6, /* reported a pid that is not its own */
	CAISSON_START_GARBLED = 7, /* what it wrote is not a status */
};

struct caisson_readiness {
	uint32_t size; /* of the caller's struct, as in the launch options */
	uint32_t state; /* enum caisson_start */
	/* as it was written: 0 when there was none (READY, LIED) */
	uint64_t reported_pid;
	int64_t decided_ns; /* CLOCK_REALTIME; 0 while WAITING */
	/*
	 * FAILED, GARBLED: what it wrote, at most CAISSON_STATUS_BYTES of it,
	 * made printable: newline and tab are a space; other control
	 * characters, what turns text around, and what is not UTF-8 are
	 * U+FFFD.  Never NULL; the child's, until that is freed.
	 */
	const char *message;
};

void caisson_child_readiness(const struct caisson_child *child,
			     struct caisson_readiness *out);

/*
 * Wait until that is decided: 0 when it is ready; otherwise CAISSON_E_FAILED,
 * _DIED, _TIMEOUT, _LIED or _PROTOCOL, stage CAISSON_STAGE_HANDSHAKE, and
 * readiness tells more.  Asked again it answers the same.  CAISSON_E_TIMEOUT
 * is also the answer when this call's own timeout_ms passed first: then the
 * state is still CAISSON_START_WAITING.
 *
 * A word is "ready::" or "failed::".  Where the status ends with a whole one, by
 * 255, its closing, or the program's end, what is there is judged; a program
 * that ends before that has DIED, and one that closes it and goes on for a
 * second is GARBLED.
 *
 * What was not ready does not stay: after FAILED it has kill_grace_ms to end
 * by itself, after TIMED_OUT, LIED and GARBLED it is killed at once, with its
 * process group; and what is left of that when it has DIED.  The exit is waited
 * for as ever.
 *
 * The handshake goes on while somebody is here or in caisson_child_wait, or
 * while a monitor has the child.
 */
CAISSON_CHECK int caisson_child_wait_ready(struct caisson_child *child,
					   uint64_t timeout_ms,
					   struct caisson_error *err);

/*
 * Borrowed; to poll for POLLIN beside the pidfd while WAITING (then call
 * caisson_child_wait_ready or _wait with 0); -1: nothing to poll.
 */
int caisson_child_status_fd(const struct caisson_child *child);

/* ---- program ---------------------------------------------------------- */

/* What this process was handed by whoever started it. */
struct caisson_inherited;

struct caisson_inherit_options {
	uint32_t size; /* as in the launch options */
	uint32_t reserved; /* 0 */
	uint64_t limit; /* bytes, of each frame; 0: CAISSON_HANDSHAKE_BYTES */
	uint64_t timeout_ms; /* for all of it to arrive; 0: 30000 */
};

/*
 * Take it over, once in the life of a process, whichever of its threads comes
 * first; every later call gives the same answer, the same object or the same
 * error.  options NULL: all defaults; those of the first call count, wrong ones
 * are refused each time, before anything is looked at.
 *
 * Reads and removes the protocol's variable (this is the one function of the
 * library that touches the environment: call it before other threads do), and
 * makes the status descriptor close-on-exec; the data descriptor is read and
 * closed.  Where that fails, both are closed.
 *
 *	CAISSON_E_NOT_FOUND	no variable: nobody started us like this
 *				(or a set-user-ID program, which does not
 *				believe its environment; as getauxval(3) of
 *				AT_SECURE says)
 *	CAISSON_E_UNSUPPORTED	a version that is not known, or two protocols
 *	CAISSON_E_PROTOCOL	cut short, too long, trailing bytes; or the
 *				descriptors are not what they should be
 *	CAISSON_E_SYNTAX	"v23", "veyron": the configuration is no map
 *	CAISSON_E_TIMEOUT	it did not arrive in time
 *
 * What is inherited is this process's: one that it forks can look at the
 * configuration, but has no secret, and cannot answer in its place.
 */
CAISSON_CHECK int caisson_inherit(const struct caisson_inherit_options *options,
				  struct caisson_inherited **out,
				  struct caisson_error *err);

/* "caisson", "v23" or "veyron". */
const char *caisson_inherited_protocol(const struct caisson_inherited *in);

/*
 * The configuration as it came; of "v23" and "veyron" also as a map, otherwise
 * that is NULL.  As long as the process lives.
 */
struct caisson_bytes
caisson_inherited_config(const struct caisson_inherited *in);
const struct caisson_config *
caisson_inherited_config_map(const struct caisson_inherited *in);

/* NULL after caisson_inherited_release_secret, and in a forked process. */
const struct caisson_secret *
caisson_inherited_secret(const struct caisson_inherited *in);

/* Wiped: nobody may be using it. */
void caisson_inherited_release_secret(struct caisson_inherited *in);

/*
 * The i-th extra descriptor of the older protocols, 5 + i, close-on-exec from
 * now on.  CAISSON_E_NOT_FOUND: not open.  In "caisson" the numbers are those
 * of the specification: CAISSON_E_USAGE.
 */
CAISSON_CHECK int caisson_inherited_fd(struct caisson_inherited *in, uint32_t i,
				       int *out, struct caisson_error *err);

/*
 * Tell the launcher, once.  The same call again gives the same answer; the
 * other one then is CAISSON_E_USAGE, and so is either in a forked process.
 * text: bytes that are not UTF-8 are replaced, what is too long is cut.
 * CAISSON_E_SYSTEM with EPIPE: nobody listens any more; CAISSON_E_TIMEOUT:
 * nobody reads, for as long as the handing over could take.  Never raises
 * SIGPIPE.  Any thread.
 */
CAISSON_CHECK int caisson_inherited_ready(struct caisson_inherited *in,
					  struct caisson_error *err);
CAISSON_CHECK int caisson_inherited_failed(struct caisson_inherited *in,
					   const char *text,
					   struct caisson_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
