/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other ends of the pipes of programs.  What they write becomes events, as
 * fast as those are read and no faster; what they are to read is written as
 * fast as they read it.  Nothing here waits.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/utf8.h"
#include "cli/events_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 4096u

int
serve_pipes_open(struct serve_child *c, const int *ends, size_t n,
		 struct caisson_error *err)
{
	c->pipes = calloc(n + 1, sizeof(*c->pipes));
	if (c->pipes == NULL)
		return err_no_memory(err, CAISSON_STAGE_PIPES);
	for (size_t i = 0; i < n; i++) {
		struct serve_pipe *p = &c->pipes[i];
		int flags;

		c->n_pipes = i + 1; /* the others are no descriptors yet */
		p->target = ends[i];
		p->fd = caisson_child_take_fd(c->child, ends[i]);
		flags = fcntl(p->fd, F_GETFL);
		p->reads = (flags & O_ACCMODE) != O_WRONLY;
		p->writes = (flags & O_ACCMODE) != O_RDONLY;
		/* our end alone: the program's is another description */
		if (flags < 0 || fcntl(p->fd, F_SETFL, flags | O_NONBLOCK) < 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_PIPES, errno,
				       "descriptor %d", ends[i]);
	}
	return 0;
}

/* ---- what it writes --------------------------------------------------- */

/* Bytes at the end that may be the beginning of a character: at most 3. */
static size_t
beginning(const unsigned char *data, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char c = data[len - n];

		if ((c & 0xc0) == 0x80)
			continue;
		return c >= 0xc2 && c <= 0xf4 &&
			       n < (c < 0xe0   ? 2u
				    : c < 0xf0 ? 3u
					       : 4u)
			   ? n
			   : 0;
	}
	return 0;
}

static void
say_output(struct serve *s, struct serve_child *c, struct serve_pipe *p,
	   const unsigned char *data, size_t len)
{
	size_t room = c->output_max - p->taken < len
			  ? (size_t)(c->output_max - p->taken)
			  : len;
	json_t *o;

	p->taken += room;
	if (len == 0 || (room == 0 && p->cut))
		return;
	o = events_begin("output");
	events_set(o, "fd", json_integer(p->target));
	serve_put_data(o, data, room);
	if (room < len) {
		p->cut = true;
		events_set(o, "truncated", json_true());
	}
	s->out.tags = c->tags;
	events_emit(&s->out, o);
	s->out.tags = NULL;
}

/* false: there is nothing now, or will never be. */
static bool
take_output(struct serve *s, struct serve_child *c, struct serve_pipe *p)
{
	unsigned char data[sizeof(p->carry) + CHUNK];
	size_t len = p->n_carry;
	ssize_t n;

	memcpy(data, p->carry, len);
	do
		n = read(p->fd, data + len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	p->n_carry = 0;
	if (n <= 0) {
		say_output(s, c, p, data, len);
		p->reads = false;
		return false;
	}
	p->seen += (size_t)n;
	len += (size_t)n;
	p->n_carry = beginning(data, len);
	len -= p->n_carry;
	memcpy(p->carry, data + len, p->n_carry);
	say_output(s, c, p, data, len);
	return true;
}

/* ---- what it reads ---------------------------------------------------- */

static void
close_pipe(struct serve_pipe *p)
{
	fd_close(&p->fd);
	p->reads = p->writes = false;
}

static void
write_done(struct serve *s, struct serve_pipe *p, int error)
{
	struct caisson_error err;
	int code = 0;

	serve_wipe(p->data, p->len);
	p->data = NULL;
	p->len = p->sent = 0;
	if (error != 0)
		code = err_set(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE,
			       error, "descriptor %d", p->target);
	if (code < 0)
		serve_say_error(s, p->tags, &err);
	else
		serve_say_done(s, p->tags);
	json_decref(p->tags);
	p->tags = NULL;
	if (p->then_close || error != 0) {
		p->writes = false;
		if (!p->reads)
			close_pipe(p);
		else
			(void)shutdown(p->fd, SHUT_WR);
	}
}

static void
write_on(struct serve *s, struct serve_pipe *p)
{
	while (p->sent < p->len) {
		ssize_t n = write(p->fd, p->data + p->sent, p->len - p->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			write_done(s, p, errno);
			return;
		}
		p->sent += (size_t)n;
	}
	write_done(s, p, 0);
}

static struct serve_pipe *
find(const struct serve_child *c, uint64_t target)
{
	for (size_t i = 0; i < c->n_pipes; i++)
		if ((uint64_t)c->pipes[i].target == target)
			return &c->pipes[i];
	return NULL;
}

/* Descriptor 0 unless another one is named. */
static int
find_writable(const struct serve_child *c, const json_t *o,
	      struct serve_pipe **out, struct caisson_error *err)
{
	uint64_t target = 0;
	int code = serve_get_size(o, "fd", &target, err);

	if (code < 0)
		return code;
	*out = find(c, target);
	if (*out == NULL || !(*out)->writes)
		return err_usage(err,
				 "/fd: %llu is no pipe that the program reads "
				 "(any more)",
				 (unsigned long long)target);
	if ((*out)->tags != NULL)
		return err_usage(err, "/fd: the write before is not done");
	return 0;
}

int
serve_write(struct serve *s, const struct serve_request *rq,
	    struct caisson_error *err)
{
	struct serve_child *c = NULL;
	struct serve_pipe *p = NULL;
	bool then_close = false;
	int code = serve_get_child(s, rq->root, &c, err);

	if (code == 0)
		code = find_writable(c, rq->root, &p, err);
	if (code == 0)
		code = serve_get_bool(rq->root, "close", &then_close, err);
	if (code == 0)
		code = serve_get_data(rq->root, &p->data, &p->len, err);
	if (code < 0 || p == NULL)
		return code;
	p->sent = 0;
	p->then_close = then_close;
	p->tags = json_incref(rq->tags);
	write_on(s, p);
	return 0;
}

/* ---- all of them ------------------------------------------------------ */

short
serve_pipe_events(const struct serve *s, const struct serve_pipe *p)
{
	bool may_read = p->reads && s->out.n_pending <= SERVE_UNREAD_MAX;

	if (p->fd < 0)
		return 0;
	return (short)((may_read ? POLLIN : 0) |
		       (p->tags != NULL ? POLLOUT : 0));
}

void
serve_pipes_serve(struct serve *s, struct serve_child *c)
{
	for (size_t i = 0; i < c->n_pipes; i++) {
		struct serve_pipe *p = &c->pipes[i];

		if (p->tags != NULL)
			write_on(s, p);
		/* once, so that each has its turn */
		if (p->reads && s->out.n_pending <= SERVE_UNREAD_MAX)
			(void)take_output(s, c, p);
		if (p->fd >= 0 && !p->reads && !p->writes)
			close_pipe(p);
	}
}

/* As much as is there now: others may still be writing. */
static void
take_rest(struct serve *s, struct serve_child *c, struct serve_pipe *p)
{
	uint64_t end = p->seen;
	int n = 0;

	if (p->reads && ioctl(p->fd, FIONREAD, &n) == 0 && n > 0)
		end += (uint64_t)n;
	while (p->reads && p->seen < end && take_output(s, c, p))
		continue;
}

void
serve_pipes_end(struct serve *s, struct serve_child *c)
{
	for (size_t i = 0; i < c->n_pipes; i++) {
		struct serve_pipe *p = &c->pipes[i];

		if (p->tags != NULL)
			write_done(s, p, EPIPE);
		take_rest(s, c, p);
		say_output(s, c, p, p->carry, p->n_carry);
		p->n_carry = 0;
		close_pipe(p);
	}
}
