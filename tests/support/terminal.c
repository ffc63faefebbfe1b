/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals; what cannot be had fails the test. */
#include "terminal.h"

#include "harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal
terminal_open(void)
{
	struct terminal t = { posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), -1,
			      "" };

	assert_true(t.master >= 0);
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	assert_int_equal(ptsname_r(t.master, t.path, sizeof(t.path)), 0);
	t.slave = open(t.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t.slave >= 0);
	return t;
}

struct terminal
terminal_sit_down(void)
{
	struct terminal t = terminal_open();

	assert_true(setsid() > 0);
	assert_int_equal(ioctl(t.slave, TIOCSCTTY, 0), 0);
	assert_int_equal(dup2(t.slave, 0), 0);
	assert_int_equal(tcgetpgrp(0), getpgrp());
	return t;
}
