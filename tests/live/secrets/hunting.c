/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory is read by /proc/PID/mem over all that /proc/PID/maps lists, into a
 * buffer that is no part of the hunt and is wiped after use.
 */
#include "hunting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define MASK     0xA5
#define PIECE    8 /* bytes that are no accident */
#define CHUNK    (1u << 20)
#define PAGE     4096u
#define MAPS_MAX 4096
/* What sanitizers reserve for themselves: nobody writes there. */
#define TOO_LARGE (1ull << 32)

struct nonce
nonce_new(void)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t random[NONCE_LEN];
	struct nonce n;

	assert_int_equal(getrandom(random, sizeof(random), 0), NONCE_LEN);
	for (int i = 0; i < NONCE_LEN; i++)
		n.hidden[i] = (uint8_t)(digits[random[i] & 15] ^ MASK);
	return n;
}

/* Byte by byte, so that no register ever holds a piece of it. */
void
nonce_write(const struct nonce *n, void *to)
{
	volatile uint8_t *p = to;

	for (int i = 0; i < NONCE_LEN; i++)
		p[i] = n->hidden[i] ^ MASK;
}

struct caisson_secret *
nonce_secret(const struct nonce *n, size_t len)
{
	uint8_t *room = mmap(NULL, len + PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct caisson_secret *secret;

	assert_true(room != MAP_FAILED);
	if (len > 0) {
		nonce_write(n, room);
		nonce_write(n, room + len - NONCE_LEN);
	}
	secret = speaking_secret(room, len);
	explicit_bzero(room, len);
	(void)munmap(room, len + PAGE);
	return secret;
}

void *
nonce_copy(const struct nonce *n)
{
	void *copy = malloc(NONCE_LEN);

	assert_non_null(copy);
	nonce_write(n, copy);
	return copy;
}

/* Gigabytes go through here: sanitizers would look at each byte of them. */
#define QUICK __attribute__((no_sanitize("address", "undefined", "thread")))

QUICK static bool
is_piece(const uint8_t *p, const uint8_t *hidden)
{
	for (int i = 0; i < PIECE; i++)
		if ((p[i] ^ MASK) != hidden[i])
			return false;
	return true;
}

/* The first place at or after p; NULL: none. */
QUICK static const uint8_t *
find(const struct nonce *n, const uint8_t *p, const uint8_t *end)
{
	bool begins[256] = { false };

	for (int at = 0; at < NONCE_LEN; at += PIECE)
		begins[n->hidden[at] ^ MASK] = true;
	for (; end - p >= PIECE; p++) {
		if (!begins[*p])
			continue;
		for (int at = 0; at < NONCE_LEN; at += PIECE)
			if (is_piece(p, n->hidden + at))
				return p;
	}
	return NULL;
}

bool
nonce_is_in(const struct nonce *n, const void *data, size_t len)
{
	return find(n, data, (const uint8_t *)data + len) != NULL;
}

/* The buffer, never freed: CHUNK and what is carried over. */
static uint8_t *
buffer(void)
{
	static uint8_t *room;

	if (room == NULL) {
		room = mmap(NULL, CHUNK + PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(room != MAP_FAILED);
	}
	return room;
}

bool
nonce_is_in_file(const struct nonce *n, const char *path)
{
	uint8_t *buf = buffer();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t kept = 0;
	bool found = false;
	ssize_t got;

	if (fd < 0)
		return false;
	while (!found && (got = read(fd, buf + kept, CHUNK)) > 0) {
		size_t len = kept + (size_t)got;

		found = nonce_is_in(n, buf, len);
		kept = len < PIECE - 1 ? len : PIECE - 1;
		memmove(buf, buf + len - kept, kept);
	}
	(void)close(fd);
	explicit_bzero(buf, CHUNK + PAGE);
	return found;
}

struct map {
	uintptr_t from, to;
};

static size_t
read_maps(int pid, struct map *maps)
{
	FILE *f = fopen(harness_text("/proc/%d/maps", pid), "re");
	char line[512], rights[8];
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_true(n < MAPS_MAX);
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &maps[n].from,
			   &maps[n].to, rights) == 3 &&
		    maps[n].to - maps[n].from < TOO_LARGE &&
		    maps[n].from != (uintptr_t)buffer())
			n++;
	}
	(void)fclose(f);
	return n;
}

struct hunt {
	const struct nonce *n;
	int mem;
	struct nonce_range except;
	size_t read, count;
};

/* Places that begin in one chunk; a piece may reach into the next one. */
static void
hunt_chunk(struct hunt *h, uintptr_t from, size_t len)
{
	uint8_t *buf = buffer();
	ssize_t got = pread(h->mem, buf, len + PIECE - 1, (off_t)from);
	const uint8_t *p = buf, *end;

	if (got < (ssize_t)len && len > PAGE) {
		/* some of it cannot be read: page by page */
		for (size_t at = 0; at < len; at += PAGE)
			hunt_chunk(h, from + at, PAGE);
		return;
	}
	if (got <= 0)
		return;
	h->read += (size_t)got;
	end = buf + got;
	while ((p = find(h->n, p, end)) != NULL) {
		uintptr_t at = from + (uintptr_t)(p - buf);

		if (at - (uintptr_t)h->except.from >= h->except.len) {
			if (h->count++ == 0)
				print_message("found at %#" PRIxPTR "\n", at);
		}
		p++;
	}
}

size_t
nonce_count_in_memory(const struct nonce *n, int pid, struct nonce_range except)
{
	static struct map maps[MAPS_MAX];
	size_t n_maps = read_maps(pid, maps);
	struct hunt h = { .n = n, .except = except };

	h.mem = open(harness_text("/proc/%d/mem", pid), O_RDONLY | O_CLOEXEC);
	if (h.mem < 0)
		fail_msg("/proc/%d/mem: %s", pid, strerror(errno));
	for (size_t i = 0; i < n_maps; i++)
		for (uintptr_t at = maps[i].from; at < maps[i].to; at += CHUNK)
			hunt_chunk(&h, at,
				   maps[i].to - at < CHUNK ? maps[i].to - at
							   : CHUNK);
	(void)close(h.mem);
	explicit_bzero(buffer(), CHUNK + PAGE);
	assert_true(h.read > 100000); /* there is no process without memory */
	return h.count;
}

bool
nonce_is_in_proc(const struct nonce *n)
{
	static const char *const names[] = { "cmdline", "environ", "comm",
					     "status", "maps" };
	DIR *dir = opendir("/proc");
	bool found = false;
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			found |= nonce_is_in_file(n, harness_text("/proc/%s/%s",
								  e->d_name,
								  names[i]));
	}
	(void)closedir(dir);
	return found;
}
