/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson session from inside: one process, one thread, one poll.
 *
 *	serve.c			options, the loop, the end
 *	serve_lines.c		what comes, cut into lines
 *	serve_request.c	what a line asks for
 *	serve_launch.c	a program begins
 *	serve_child.c		what becomes of programs
 *	serve_signal.c	signals: a process, its group, its tree
 *	serve_pipes.c		the other ends of their pipes
 *	serve_data.c		bytes in JSON
 *	serve_strays.c	what programs leave behind
 */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "caisson.h"
#include "caisson_monitor.h"
#include "caisson_session.h"
#include "cli/events.h"
#include "cli/sweep.h"

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>

#define SERVE_LINE_MAX     ((size_t)1 << 20) /* bytes, of a request */
#define SERVE_CHILDREN_MAX 1024u
#define SERVE_FDS_MAX      1024u /* numbers of descriptors handed to us */
/* So much unread makes us stop listening, and reading what programs write. */
#define SERVE_UNREAD_MAX ((size_t)256 << 10)

/* ---- lines ------------------------------------------------------------ */

struct serve_lines {
	char *buf; /* heap: SERVE_LINE_MAX + 1 bytes */
	size_t len, seen; /* bytes; of those, in which no line ends */
	uint64_t number; /* of the last line that was taken */
	bool skipping; /* the line is too long */
	bool ended; /* nothing more will come */
};

enum serve_taken {
	SERVE_NOTHING = 0, /* no whole line is there */
	SERVE_LINE = 1,
	SERVE_LINE_BAD = 2, /* err says why */
};

CAISSON_CHECK int
serve_lines_init(struct serve_lines *in, struct caisson_error *err);
void serve_lines_done(struct serve_lines *in);
/* Once, what there is; it may block unless poll says otherwise. */
void serve_lines_read(struct serve_lines *in, int fd);
/* The next line as JSON, *out being the caller's. */
enum serve_taken serve_lines_take(struct serve_lines *in, json_t **out,
				  struct caisson_error *err);

/* ---- what runs -------------------------------------------------------- */

/* Our end of a descriptor of the program's. */
struct serve_pipe {
	int fd; /* -1: closed */
	int target; /* its number in the program */
	bool reads, writes; /* we do */
	/* what it writes: how much so far, and the beginning of a character */
	uint64_t seen, taken; /* of it, told of */
	bool cut;
	unsigned char carry[4];
	size_t n_carry;
	/* what it reads: a write that is not done */
	char *data; /* heap; wiped */
	size_t len, sent;
	bool then_close;
	json_t *tags; /* of the write; NULL: there is none */
};

struct serve_child {
	struct serve_child *next;
	json_t *tags; /* its events': {"id": ...} */
	struct caisson_child *child;
	int32_t pid;
	bool detach, log_denials, is_dead;
	uint64_t output_max; /* bytes of a descriptor; UINT64_MAX: all */
	struct serve_pipe *pipes; /* heap */
	size_t n_pipes;
};

struct serve {
	struct events out;
	struct serve_lines in;
	const char *const *env;
	const char *launcher_path; /* NULL: as installed */
	bool always; /* everything goes through the launcher */
	struct caisson_session *launcher; /* NULL: not needed so far */
	struct caisson_monitor *monitor;
	struct serve_child *children;
	size_t n_children;
	struct sweep sweep; /* before: whom it spares, launchers among them */
	bool has_swept; /* it knows since when */
	int signals, parent; /* -1: none */
	bool given[SERVE_FDS_MAX]; /* descriptors that we were started with */
	const char *ending; /* why it ends; NULL: it does not */
	int signo; /* that ended it; 0: none */
	struct pollfd *polled; /* heap */
	size_t n_polled, polled_room;
};

struct serve_child *serve_find(struct serve *s, const json_t *id);

/* ---- requests --------------------------------------------------------- */

struct serve_request {
	json_t *root;
	json_t *tags; /* request, and as far as it is known id, op */
	const char *op;
};

/* Everything that has come and can be answered now. */
void serve_requests(struct serve *s);
/* "done", with the tags. */
void serve_say_done(struct serve *s, json_t *tags);
void
serve_say_error(struct serve *s, json_t *tags, const struct caisson_error *err);

/* Members, which may be absent: *out stays as it is then. */
CAISSON_CHECK int serve_get_bool(const json_t *o, const char *name, bool *out,
				 struct caisson_error *err);
CAISSON_CHECK int serve_get_size(const json_t *o, const char *name,
				 uint64_t *out, struct caisson_error *err);
/* The child whose id stands in "child". */
CAISSON_CHECK int serve_get_child(struct serve *s, const json_t *o,
				  struct serve_child **out,
				  struct caisson_error *err);

typedef int serve_op(struct serve *s, const struct serve_request *rq,
		     struct caisson_error *err);
/* 0: it has been answered, or will be. */
serve_op serve_launch, serve_signal, serve_write;

/* ---- launcher, programs ----------------------------------------------- */

/* serve_launch.c; 0 also when it is open already. */
CAISSON_CHECK int
serve_open_launcher(struct serve *s, struct caisson_error *err);

/* serve_child.c */
CAISSON_CHECK int
serve_add(struct serve *s, struct serve_child *c, struct caisson_error *err);
void serve_started(struct serve *s, struct serve_child *c);
/* Whatever has happened. */
void serve_look(struct serve *s);
/* All are killed, and have been told of. */
void serve_end_children(struct serve *s);
void serve_child_done(struct serve_child *c);

/* ---- pipes ------------------------------------------------------------ */

CAISSON_CHECK int serve_pipes_open(struct serve_child *c, const int *ends,
				   size_t n, struct caisson_error *err);
/* What can be read and written without waiting. */
void serve_pipes_serve(struct serve *s, struct serve_child *c);
/* It has ended: all that it wrote, and then they are closed. */
void serve_pipes_end(struct serve *s, struct serve_child *c);
/* What poll is to look for; 0: nothing. */
short serve_pipe_events(const struct serve *s, const struct serve_pipe *p);

/* ---- bytes ------------------------------------------------------------ */

/*
 * {"text": ...} or {"base64": ...} among the members of o; *out is heap, to be
 * wiped; NULL and 0 where there is neither.
 */
CAISSON_CHECK int serve_get_data(const json_t *o, char **out, size_t *len,
				 struct caisson_error *err);
/* Adds the one or the other. */
void serve_put_data(json_t *o, const unsigned char *data, size_t len);
void serve_wipe(char *data, size_t len); /* and free; NULL ok */

/* ---- what is left behind ---------------------------------------------- */

/* A program was started: from now on there may be something. */
void serve_strays_begin(struct serve *s, pid_t program);
/* What has died among what was left to us. */
void serve_strays_reap(struct serve *s);
/* A program has ended: its group and session, where nobody else is in it. */
void
serve_strays_kill(struct serve *s, pid_t program, struct sweep_result *out);
/* A child of ours that nobody left behind; 0: none. */
void serve_strays_spare(struct serve *s, int32_t launcher);

#endif
