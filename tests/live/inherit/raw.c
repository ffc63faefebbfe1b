/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes at 3 and 4, one variable, frames by hand. */
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG_V23 "\x81\x51\x06\x05\x01\x03\x02\x03\xe1\x52\x05\x01\x01k\x01v"
#define CONFIG_VEYRON \
	"\xff\x81\x06\x16\x01\x03\x01\x03\x00\xff\x82\x05\x01\x01k\x01v"

const struct form forms[N_FORMS] = {
	{ "caisson", "CAISSON_EXEC_VERSION=1", "k=v", 3, true, true },
	{ "v23", "V23_EXEC_VERSION=1.0.0", CONFIG_V23, sizeof(CONFIG_V23) - 1,
	  true, true },
	{ "veyron", "VEYRON_EXEC_VERSION=1.0.0", CONFIG_VEYRON,
	  sizeof(CONFIG_VEYRON) - 1, false, false },
};

static void
need(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

/* Above every number that the program gets. */
static void
high_pipe(int out[2])
{
	int low[2];

	need(pipe2(low, O_CLOEXEC) == 0, "pipe2");
	for (int i = 0; i < 2; i++) {
		out[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 100);
		need(out[i] >= 0, "fcntl");
		(void)close(low[i]);
	}
}

static void
become(const struct form *form, const char *const *argv, const int fds[3])
{
	static const int numbers[] = { 3, 4, 1 };
	char *const env[] = { (char *)(uintptr_t)form->variable, NULL };

	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], numbers[i]) < 0)
			_exit(90);
	(void)execve(argv[0], (char *const *)(uintptr_t)argv, env);
	_exit(91);
}

struct raw
raw_start(const struct form *form, const char *const *argv, int data)
{
	struct raw raw = { -1, -1, -1, -1 };
	int out[2], status[2], own[2] = { data, -1 };

	high_pipe(out);
	high_pipe(status);
	if (data < 0)
		high_pipe(own);
	raw.pid = fork();
	need(raw.pid >= 0, "fork");
	if (raw.pid == 0)
		become(form, argv, (const int[3]){ own[0], status[1], out[1] });
	(void)close(own[0]);
	(void)close(status[1]);
	(void)close(out[1]);
	raw.data = own[1];
	raw.status = status[0];
	raw.out = out[0];
	return raw;
}

static uint8_t *
put(uint8_t *p, const void *data, size_t len)
{
	for (int i = 0; i < 8; i++)
		*p++ = (uint8_t)((uint64_t)len >> (56 - 8 * i));
	if (len > 0)
		memcpy(p, data, len);
	return p + len;
}

uint8_t *
raw_frames(const struct form *form, const void *secret, size_t len,
	   size_t *out_len)
{
	uint8_t *frames;

	*out_len = 16 + form->config_len + len;
	frames = malloc(*out_len);
	need(frames != NULL, "malloc");
	(void)put(put(frames, form->config, form->config_len), secret, len);
	return frames;
}

void
raw_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		need(n > 0, "write");
		p += n;
		len -= (size_t)n;
	}
}

void
raw_wait_empty(int fd)
{
	int left = 1;

	while (ioctl(fd, FIONREAD, &left) == 0 && left > 0)
		(void)poll(NULL, 0, 1);
	need(left == 0, "ioctl");
}

static size_t
read_all(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(fd);
	return len;
}

int
raw_finish(struct raw *raw, struct raw_end *end)
{
	int r;

	if (raw->data >= 0)
		(void)close(raw->data);
	end->status_len = 0;
	if (raw->status >= 0)
		end->status_len =
		    read_all(raw->status, end->status, sizeof(end->status));
	(void)read_all(raw->out, end->out, sizeof(end->out));
	need(waitpid(raw->pid, &r, 0) == raw->pid, "waitpid");
	return WIFEXITED(r) ? WEXITSTATUS(r) : 128 + WTERMSIG(r);
}

size_t
raw_ready(const struct form *form, pid_t pid, char *out, size_t size)
{
	int n = snprintf(out, size, "ready::");

	if (form->has_pid)
		n += snprintf(out + n, size - (size_t)n, "%d", (int)pid);
	if (form->has_end)
		n += snprintf(out + n, size - (size_t)n, "\xff");
	return (size_t)n;
}
