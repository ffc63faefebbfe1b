/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that is launched where somebody interferes: it says what the
 * kernel says about it, in one piece or not at all, and is found by its
 * arguments, and so is whatever it leaves behind.
 *
 * Its first word is its own; tests make another program of it by another one.
 *
 *	witness MARK FD exit STATUS
 *	witness MARK FD wait	for ever
 *	witness MARK FD tree	likewise, with a child in its group, a daemon
 *				in a session of its own, and that one's child
 */
#include "procstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Changed in the file, so not a constant for the compiler. */
static const volatile char who[] = "the-witness";

static int
wait_for_ever(void)
{
	while (pause() == -1)
		continue;
	return 1;
}

static void
make_tree(void)
{
	pid_t daemon;

	if (fork() == 0)
		_exit(wait_for_ever());
	daemon = fork();
	if (daemon == 0) {
		(void)setsid();
		(void)fork();
		_exit(wait_for_ever());
	}
}

int
main(int argc, char **argv)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int fd;

	if (argc < 4 || out == NULL)
		return 98;
	fd = (int)strtol(argv[2], NULL, 10);
	for (const volatile char *c = who; *c != '\0'; c++)
		fputc(*c, out);
	fputc(' ', out);
	procstate_write(out, argv);
	if (fclose(out) != 0)
		return 97;
	if (strcmp(argv[3], "tree") == 0)
		make_tree();
	if (write(fd, text, len) != (ssize_t)len)
		return 96;
	free(text);
	(void)close(fd);
	if (strcmp(argv[3], "exit") == 0 && argc > 4)
		return (int)strtol(argv[4], NULL, 10);
	return wait_for_ever();
}
