/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what the launcher sent.  Bytes go from the descriptor to where they
 * belong, the secret's into its own memory, and nowhere else.  The descriptor's
 * flags are shared with whoever else has it open, so they stay as they are, and
 * it may block or not: nothing is done to it before poll(2) says that it can
 * be done.
 */
#include "handshake/inherit.h"

#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

uint64_t
inherit_until(uint64_t timeout_ms)
{
	uint64_t now = clock_mono_ms();

	return timeout_ms < UINT64_MAX - now ? now + timeout_ms : UINT64_MAX;
}

ssize_t
inherit_transfer(int fd, short event, void *data, size_t len, uint64_t until_ms)
{
	for (;;) {
		struct pollfd p = { fd, event, 0 };
		uint64_t now = clock_mono_ms();
		uint64_t left = until_ms > now ? until_ms - now : 0;
		int r = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		ssize_t n = r;

		if (r > 0)
			n = event == POLLIN ? read(fd, data, len)
					    : write(fd, data, len);
		if (r > 0 && n >= 0)
			return n;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (left == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/* Not whether it ends: whoever sent it may well keep it open. */
static int
nothing_follows(int fd, struct caisson_error *err)
{
	uint8_t byte;

	if (inherit_transfer(fd, POLLIN, &byte, 1, 0) > 0)
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_INHERIT,
			       0, "more bytes follow the secret");
	return 0;
}

int
inherit_read(int fd, uint64_t until_ms, struct payload_reader *reader,
	     struct caisson_error *err)
{
	void *where;
	size_t wanted;
	int r = 0;

	while (r == 0 && (wanted = payload_reader_wants(reader, &where)) > 0) {
		ssize_t n =
		    inherit_transfer(fd, POLLIN, where, wanted, until_ms);

		if (n < 0 && errno == ETIMEDOUT)
			return err_set(err, CAISSON_E_TIMEOUT,
				       CAISSON_STAGE_INHERIT, 0,
				       "configuration and secret did not "
				       "arrive in time");
		if (n < 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_INHERIT, errno,
				       "read descriptor %d", fd);
		r = n == 0 ? payload_reader_end(reader, err)
			   : payload_reader_got(reader, (size_t)n, err);
	}
	return r < 0 ? r : nothing_follows(fd, err);
}
